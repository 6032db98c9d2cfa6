"""Django's dumpdata: a list of {model, pk, fields}.

In come the decoded rows of one file, out they go into the Inventory as they are: references are bare keys already.
Only rows of models that are read are kept; the others are counted.
"""

from __future__ import annotations

from typing import Any

from importers.netbox.inventory import Inventory, Row
from importers.netbox.models import EVIDENCE, ITEMS
from importers.netbox.statements import Origin, Statements

__all__ = ["is_dumpdata", "keep", "read_dumpdata"]


def is_dumpdata(value: Any) -> bool:
    """Tell whether a decoded file is dumpdata, from its first row."""
    return (
        isinstance(value, list) and bool(value) and isinstance(value[0], dict) and {"model", "fields"} <= set(value[0])
    )


def read_dumpdata(value: list[Any], file: int, inventory: Inventory, said: Statements) -> None:
    """Keep every row of a dump; a row that cannot be told apart is refused."""
    for number, entry in enumerate(value, 1):
        origin = Origin(file, number)
        model = entry.get("model") if isinstance(entry, dict) else None
        fields = entry.get("fields") if isinstance(entry, dict) else None
        if not isinstance(model, str) or not isinstance(fields, dict):
            said.refuse_unidentified(origin, "a row of dumpdata holds model, pk and fields: export it again")
            continue
        model = model.lower()
        inventory.count(model)
        if model not in ITEMS and model not in EVIDENCE:
            continue
        key = entry.get("pk")
        if isinstance(key, int) and not isinstance(key, bool):
            keep(Row(file, number, model, key, fields), inventory, said)
        elif model in ITEMS or key is not None:
            said.refuse_unidentified(origin, f"the pk of this {model} is {key!r}: export without --natural-primary")


def keep(row: Row, inventory: Inventory, said: Statements) -> None:
    """Keep a row unless its object was read before; one that differs from what was read is refused."""
    other = inventory.add(row)
    if other is not None and other.fields != row.fields:
        said.refuse(
            Origin(row.file, row.row),
            row.id,
            "this object stands in the files twice and differs; the first is kept. Export it again in one go",
        )
