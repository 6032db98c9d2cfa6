"""One thing that looks wrong, with what to do about it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cmdb.snapshot import Snapshot
from impact.finding import Row

__all__ = ["LintFinding", "at_item"]


class LintFinding(Row):
    """One thing that looks wrong in the record."""

    severity: Literal["warning", "info"]
    kind: str = Field(description="Which lint found it.")
    item: str | None = Field(description="Id of the item it is about; null where it is about many.")
    name: str = Field(description="What to call it: the item's name, or what the many have in common.")
    message: str
    advice: str


def at_item(
    snapshot: Snapshot, row: int, kind: str, message: str, advice: str, *, severity: Literal["warning", "info"]
) -> LintFinding:
    """Return a finding about one item."""
    return LintFinding(
        severity=severity,
        kind=kind,
        item=snapshot.id_at(row),
        name=snapshot.name_at(row),
        message=message,
        advice=advice,
    )
