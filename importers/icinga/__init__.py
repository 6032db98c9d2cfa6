"""Icinga 2 objects: hosts, services, dependencies with redundancy groups.

    read ── parser (objects and their plain values) ── objects ── Gatherer

Icinga's configuration is a program: `apply` rules and functions make objects when it runs. What is written as an object
is read here; what is applied is counted and told, so that nobody takes a part for the whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cmdb.model import ImportBatch
from importers.gathering import Gatherer, first_words
from importers.icinga.objects import take_objects
from importers.icinga.parser import read_statements
from importers.reading import SourceFile
from importers.registry import ReadOptions

__all__ = ["IcingaImporter", "importer"]

_OBJECT: Final = re.compile(r"^[ \t]*(?:object|template|apply)[ \t]+[A-Z]\w+[ \t]+(?:for[ \t]*\(|\")", re.MULTILINE)


class IcingaImporter:
    """Reads object files; all files together are one batch."""

    name = "icinga"
    description = "Icinga 2 objects: hosts, services, dependencies and their redundancy groups"
    example = "cmdb import --format icinga /etc/icinga2/conf.d/*.conf --source icinga"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: objects with quoted names."""
        return 0.9 if _OBJECT.search(first_words(source)) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem for a file whose braces do not close."""
        gathered = Gatherer(options, source="icinga")
        read = [(source, read_statements(source)) for source in sources]
        take_objects(gathered, read)
        return [gathered.batch()]


importer = IcingaImporter()
