"""Debian control files: package indexes (Packages) and what a machine has installed (/var/lib/dpkg/status).

    read ── stanzas ── relations (names, versions, alternatives) ── packages ── Gatherer

`a | b` is redundancy that the source states: any one is enough. So is a virtual package that several provide. An
alternative that is not in the files is not there to stand in, and does not count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cmdb.model import ImportBatch
from importers.debian.packages import Packages
from importers.debian.stanzas import read_stanzas
from importers.gathering import Gatherer, first_words
from importers.reading import SourceFile
from importers.registry import ReadOptions

__all__ = ["DebianImporter", "importer"]

_FIRST: Final = re.compile(r"\A\s*(?:#[^\n]*\n)*Package: ?[a-z0-9][a-z0-9+.-]+\s*\n")
_FIELD: Final = re.compile(r"^(?:Version|Architecture|Status|Depends): ?\S", re.MULTILINE)


class DebianImporter:
    """Reads package indexes and dpkg's status; all files together are one batch."""

    name = "debian"
    description = "Debian control files: packages, what they depend on, and alternatives as pools"
    example = "cmdb import --format debian /var/lib/dpkg/status --source dpkg --scope web1"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: it begins with a package and its fields."""
        sample = first_words(source)
        return 0.95 if _FIRST.match(sample) and _FIELD.search(sample) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem for a file that is no list of stanzas."""
        gathered = Gatherer(options, source="debian")
        read = [(source, list(read_stanzas(source))) for source in sources]
        packages = Packages(gathered, [stanza for _, stanzas in read for stanza in stanzas])
        for done, (source, stanzas) in enumerate(read, 1):
            gathered.begin(source)
            for stanza in stanzas:
                packages.take(stanza)
            gathered.progress(done, len(sources))
        packages.note()
        return [gathered.batch()]


importer = DebianImporter()
