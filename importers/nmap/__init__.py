"""Nmap scans in XML (-oX): hosts that answered, and what listens on them.

    read ── hosts (address, names, ports) ── Gatherer

A scan sees what answers, not what relies on what: it fills in hosts and their software. A host that does not answer is
not therefore gone, so it is only counted. The XML is read without anything from outside the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cmdb.model import ImportBatch
from importers.gathering import Gatherer, first_words
from importers.nmap.hosts import take_host
from importers.reading import SourceFile, read_xml
from importers.registry import ReadOptions

__all__ = ["NmapImporter", "importer"]

_ROOT: Final = re.compile(r"<nmaprun[\s>]")


class NmapImporter:
    """Reads scans; all files together are one batch."""

    name = "nmap"
    description = "Nmap scans in XML: hosts that answered, their addresses, and what listens on them"
    example = "cmdb import --format nmap scan.xml --scope office"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: its root element tells."""
        return 1.0 if _ROOT.search(first_words(source)) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem for a file that is cut off or no scan."""
        gathered = Gatherer(options, source="nmap")
        for done, source in enumerate(sources, 1):
            root = read_xml(source)
            if root.name != "nmaprun":
                raise source.problem(f"this is no scan: its root is <{root.name}>, and nmaprun is due", root.line)
            gathered.begin(source)
            for element in root:
                if element.name == "host":
                    take_host(gathered, element)
            stats = root.child("runstats")
            finished = stats.child("finished") if stats is not None else None
            if finished is None or finished.attributes.get("exit", "success") != "success":
                gathered.builder.cut = f"the scan in {source.name} did not run to its end"
            gathered.progress(done, len(sources))
        gathered.note("a scan tells what listens where, and nothing of what relies on it")
        return [gathered.batch()]


importer = NmapImporter()
