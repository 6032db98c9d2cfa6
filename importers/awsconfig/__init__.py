"""AWS Config snapshots and histories: the configuration items of an account.

    read ── items ── relations (directions made one) ── Gatherer

AWS tells each relation from both ends in words ("Contains", "Is contained in"); it is recorded once, in one direction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from cmdb.model import ImportBatch
from importers.awsconfig.items import Account
from importers.gathering import Gatherer, first_words
from importers.reading import SourceFile, read_json
from importers.registry import ReadOptions

__all__ = ["AwsConfigImporter", "importer"]

_FORMAT: Final = re.compile(r'"configurationItems"\s*:\s*\[')


class AwsConfigImporter:
    """Reads snapshots; all files together are one batch."""

    name = "awsconfig"
    description = "AWS Config snapshots: resources of an account, their zones and relations"
    example = "cmdb import --format awsconfig ConfigSnapshot-*.json --source aws --scope 123456789012"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: a list of configuration items."""
        return 0.95 if _FORMAT.search(first_words(source)) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem for a file without configuration items."""
        gathered = Gatherer(options, source="aws")
        read: list[tuple[SourceFile, list[Any]]] = []
        for source in sources:
            whole = read_json(source)
            items = whole.get("configurationItems") if isinstance(whole, dict) else None
            if not isinstance(items, list):
                raise source.problem("this is no AWS Config snapshot: it has no list configurationItems")
            read.append((source, items))
        account = Account(gathered, [item for _, items in read for item in items])
        for done, (source, items) in enumerate(read, 1):
            gathered.begin(source)
            for row, item in enumerate(items, 1):
                account.take(row, item)
            gathered.progress(done, len(sources))
        return [gathered.batch()]


importer = AwsConfigImporter()
