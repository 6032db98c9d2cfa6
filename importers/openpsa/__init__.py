"""Open-PSA fault trees: gates and basic events as items, with an item down when its event occurs.

    read ── definitions (who defines what) ──┬── expressions (probabilities)  ──┐
                                             └── formulas (gates) ── gates ─────┴── BatchBuilder

An or-gate requires each of its events, an and-gate has a pool of which one must be up, an atleast-gate a pool of which
so many must be up that fewer than its minimum have failed. What is not monotone has no such form and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cmdb.errors import FileProblem
from cmdb.model import BatchBuilder, ImportBatch
from importers.openpsa.definitions import read_definitions
from importers.openpsa.taking import take_all
from importers.reading import SourceFile, sniff
from importers.registry import ReadOptions

__all__ = ["OpenPsaImporter", "importer"]

_ROOT = re.compile(r"<(?:\w+:)?opsa-mef[\s>/]")


class OpenPsaImporter:
    """Reads fault trees of the Open-PSA model exchange format; all files together are one model and one batch."""

    name = "openpsa"
    description = "Open-PSA fault trees: gates as items with requirements and pools, probabilities as availability"
    example = "cmdb import --format openpsa tree.xml data.xml --source plant"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is that the file is a model: its root element tells."""
        try:
            return 1.0 if sniff(source) == "xml" and _ROOT.search(source.sample()) else 0.0
        except FileProblem:
            return 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files.

        Raises FileProblem for a file that is no such model and for a tree that cannot be kept as it is meant: a gate
        that is not monotone, an event that nothing defines, a circle of gates. A tree with a branch less would be
        answered for as if it were whole.
        """
        model = read_definitions(sources)
        builder = BatchBuilder(
            options.source or (f"openpsa.{model.name}" if model.name else "openpsa"),
            options.scope or "",
            complete=options.complete,
        )
        take_all(model, sources, builder, options.progress)
        return [builder.batch()]


importer = OpenPsaImporter()
