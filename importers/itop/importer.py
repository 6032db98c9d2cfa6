"""The importer: opened files in, one ImportBatch out; all files are one export."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cmdb.errors import CmdbError
from cmdb.model import BatchBuilder, ImportBatch
from importers.itop.estate import Estate
from importers.itop.records import attribute_code, link_class, read_records, related
from importers.reading import SourceFile, read_csv, sniff
from importers.registry import ReadOptions

__all__ = ["ITopImporter", "importer"]

_OBJECT: Final = re.compile(r'"[A-Za-z]\w*::\d+"\s*:')
_ANSWER: Final = re.compile(r'"objects"\s*:\s*null[\s\S]*"code"|"code"\s*:[\s\S]*"objects"\s*:\s*null')
_POINTING: Final = re.compile(r"(?:_id\s*\*?->|->(?:name|friendlyname|finalclass)\s*\*?$)", re.IGNORECASE)
_TELLING: Final = frozenset(["business_criticity", "move2production", "finalclass", "managementip", "asset_number"])


class ITopImporter:
    """Reads exports of iTop; all files together are one batch."""

    name = "itop"
    description = "iTop: CSV exports, one class a file, and REST JSON (core/get)"
    example = "cmdb import Server.csv Hypervisor.csv Farm.csv"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is: arrows, codes or link columns in a header, `Class::id` in an answer."""
        try:
            syntax = sniff(source)
            if syntax == "csv":
                header = read_csv(source).header
                codes = {attribute_code(name)[0] for name in header}
                # Labels such as "Server" and "Volume" are anybody's; codes are iTop's.
                raw = {name.strip().rstrip("*").strip() for name in header}
                if any(_POINTING.search(name) for name in header) or link_class(raw) is not None:
                    return 0.85
                return 0.75 if len(codes & _TELLING) > 1 and "sys_class_name" not in codes else 0.0
            sample = source.sample() if syntax == "json" else ""
        except CmdbError:
            return 0.0
        if _OBJECT.search(sample) and ('"objects"' in sample or '"relations"' in sample):
            return 0.9
        return 0.7 if _ANSWER.search(sample) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem where a file is no export, or nothing tells its class."""
        words = options.words(self.name)
        builder = BatchBuilder(
            options.source or self.name,
            options.scope or "",
            complete=options.complete,
            vocabulary=self.name,
            words=words,
        )
        estate = Estate(words)
        for done, source in enumerate(sources, 1):
            estate.take(read_records(source))
            options.progress(done, len(sources))
        estate.gather()
        for number, source in enumerate(sources):
            builder.file(source.name, source.sha256, source.size)
            estate.say(number, builder)
            estate.say_pools(number, builder)
            for start, end in related(source):
                estate.say_impact(builder, start, end)
            for note in source.notes:
                builder.note(note)
        if estate.left_out:
            listed = ", ".join(f"{count:,} {name}" for name, count in sorted(estate.left_out.items()))
            builder.note(f"no configuration items, not imported: {listed}")
        return [builder.batch()]


importer = ITopImporter()
