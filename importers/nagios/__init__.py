"""Nagios and Icinga 1 object configuration: hosts, services, groups, parents and dependencies.

    read ── definitions (with templates applied) ── objects ── Gatherer

A host with several parents is reached while one of them is up: that is how Nagios decides between down and unreachable,
so its parents are a pool of which one must be up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cmdb.model import ImportBatch
from importers.gathering import Gatherer, first_words
from importers.nagios.definitions import read_definitions, resolved
from importers.nagios.objects import Objects
from importers.reading import SourceFile
from importers.registry import ReadOptions

__all__ = ["NagiosImporter", "importer"]

_DEFINE: Final = re.compile(
    r"^[ \t]*define[ \t]+(?:host|service|hostgroup|hostdependency|command|contact)\w*[ \t]*\{", re.MULTILINE
)


class NagiosImporter:
    """Reads object files, or the object cache; all files together are one batch."""

    name = "nagios"
    description = "Nagios and Icinga 1 objects: hosts with their parents, services, dependencies"
    example = "cmdb import --format nagios /etc/nagios/objects/*.cfg --source nagios"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: definitions of objects."""
        return 0.95 if _DEFINE.search(first_words(source)) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem for a file with a definition that does not end."""
        gathered = Gatherer(options, source="nagios")
        read = [(source, list(read_definitions(source))) for source in sources]
        every = [each for _, definitions in read for each in definitions]
        complaints, objects = resolved(every)
        estate = Objects(gathered, objects)
        for done, (source, definitions) in enumerate(read, 1):
            gathered.begin(source)
            for each in definitions:
                if (complaint := complaints.get(id(each))) is not None:
                    gathered.builder.refuse(each.row, None, complaint)
                elif (told := objects.get(id(each))) is not None:
                    estate.take(told)
            gathered.progress(done, len(sources))
        return [gathered.batch()]


importer = NagiosImporter()
