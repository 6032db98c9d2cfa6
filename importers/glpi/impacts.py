"""Impact relations: who impacts whom, untyped, as GLPI draws them.

In come rows of ImpactRelation; out go relationships of type `impacts`. Two suppliers of one type are no proof that they
stand in for each other: they are counted, and no pool is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from cmdb.model import BatchBuilder

__all__ = ["IMPACT_FIELDS", "ImpactTaker"]

IMPACT_FIELDS: Final = ("itemtype_source", "items_id_source", "itemtype_impacted", "items_id_impacted")


class ImpactTaker:
    """Takes the impact relations of one batch."""

    def __init__(self, builder: BatchBuilder) -> None:
        self._builder = builder
        self._suppliers: dict[tuple[str, str], set[str]] = {}

    def take(self, row: int, cells: Mapping[str, str]) -> None:
        """Take one row of ImpactRelation."""
        source_type, source_id, target_type, target_id = (cells.get(field, "") for field in IMPACT_FIELDS)
        if not (source_type and source_id and target_type and target_id):
            lacking = ", ".join(field for field in IMPACT_FIELDS if not cells.get(field))
            self._builder.refuse_unidentified(row, f"{lacking} is empty: an impact has two ends, each with type and id")
            return
        source, target = f"{source_type}:{source_id}", f"{target_type}:{target_id}"
        values = {"attributes": {"name": cells["name"]}} if cells.get("name") else {}
        if self._builder.relationship(row, source, "impacts", target, values):
            self._suppliers.setdefault((target, source_type), set()).add(source)

    def notes(self) -> list[str]:
        """Return what hints at redundancy and proves none."""
        several = Counter(kind for (_, kind), suppliers in self._suppliers.items() if len(suppliers) > 1)
        if not several:
            return []
        listed = ", ".join(f"{count:,} by several of {kind}" for kind, count in sorted(several.items()))
        return [f"items impacted {listed}: GLPI does not say that they stand in for each other, so no pool is made"]
