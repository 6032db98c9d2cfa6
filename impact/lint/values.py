"""Lints of items themselves: those that are missing or were only referred to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cmdb.model import STATUSES
from cmdb.model.vocabulary import PLACEHOLDER_CLASS
from cmdb.snapshot import Snapshot
from impact.lint.finding import LintFinding, at_item

__all__ = ["missing_item", "placeholder"]


def missing_item(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find items that their sources no longer show; they count as up."""
    for row in np.flatnonzero(snapshot.statuses == STATUSES.index("missing")).tolist():
        yield at_item(
            snapshot,
            row,
            "missing_item",
            "its sources no longer show it; it counts as up",
            "find out whether it is gone: cmdb retire, or correct the source",
            severity="warning",
        )


def placeholder(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find items that others refer to and no source has described."""
    if PLACEHOLDER_CLASS not in snapshot.class_names:
        return
    unknown = snapshot.class_codes == snapshot.class_names.index(PLACEHOLDER_CLASS)
    for row in np.flatnonzero(unknown & snapshot.in_service).tolist():
        yield at_item(
            snapshot,
            row,
            "placeholder",
            f"another item refers to it, but no source describes it (class {PLACEHOLDER_CLASS})",
            "import the source that has it, or add it with cmdb item add",
            severity="warning",
        )
