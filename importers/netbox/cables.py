"""Cables as NetBox records them: two ends, each at one port or several.

In comes the Inventory, out goes for every cable the points at its two ends, and for every point its cable. Reads the
three forms there have been: terminations of their own (3.3 and later), two fields of the cable (before), and REST's
lists. Only planned cables are left out: they are not there yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from importers.netbox.inventory import Inventory, Point, Row, external_id
from importers.netbox.models import EVIDENCE
from importers.netbox.statements import Origin, Statements, counted

__all__ = ["Cable", "Cabling", "read_cabling"]

_PORTS = frozenset(model for model in EVIDENCE if model.endswith(("port", "outlet"))) | {"dcim.interface"}


@dataclass(frozen=True, slots=True)
class Cable:
    """One cable and the points at its ends A and B."""

    row: Row
    a: tuple[Point, ...]
    b: tuple[Point, ...]

    @property
    def key(self) -> str:
        """What tells this cable from a parallel one, in the record."""
        return self.row.id

    def opposite(self, point: Point) -> tuple[Point, ...]:
        """Return the points at the other end than `point`."""
        return self.b if point in self.a else self.a


@dataclass(slots=True)
class Cabling:
    """Every cable that is there, and which cable a point has."""

    inventory: Inventory
    cables: list[Cable] = field(default_factory=list)
    at: dict[Point, Cable] = field(default_factory=dict)

    def owner(self, point: Point) -> str | None:
        """Return the item that a point belongs to, None where no file says."""
        model, key = point
        if model in ("dcim.powerfeed", "circuits.circuit"):
            return external_id(model, key)
        fields = self.inventory.fields(model, key)
        if model == "circuits.circuittermination":
            circuit = fields.get("circuit")
            return external_id("circuits.circuit", circuit) if isinstance(circuit, int) else None
        device = fields.get("device") if model in _PORTS else None
        return external_id("dcim.device", device) if isinstance(device, int) else None

    def port_name(self, point: Point) -> str:
        """Return a point's own name, such as Gi1/0/1."""
        fields = self.inventory.fields(*point)
        if point[0] == "circuits.circuittermination":
            return f"termination {fields.get('term_side') or point[1]}"
        return self.inventory.name(*point) or external_id(*point)

    def describe(self, cable: Cable) -> dict[str, Any]:
        """Return what is worth keeping of a cable, as attributes of the relationship it proves."""
        ends = ["/".join(map(self.port_name, side)) for side in (cable.a, cable.b)]
        about: dict[str, Any] = {"ports": " - ".join(ends)}
        for name in ("label", "type", "color", "description"):
            if cable.row.text(name):
                about[f"cable_{name}"] = cable.row.text(name)
        if cable.row.fields.get("length") is not None:
            about["cable_length"] = f"{cable.row.fields['length']} {cable.row.text('length_unit')}".strip()
        return about


def read_cabling(inventory: Inventory, said: Statements) -> Cabling:
    """Return every cable with both ends; what lacks one is refused, what is only planned is noted."""
    ends = _ends(inventory, said)
    cabling = Cabling(inventory)
    planned = 0
    for row in inventory.rows("dcim.cable"):
        if row.text("status") == "planned":
            planned += 1
            continue
        a, b = (tuple(ends.get((row.key, side), ())) for side in "AB")
        lost = [external_id(*point) for point in (*a, *b) if cabling.owner(point) is None]
        if not a or not b:
            said.warn(row, "only one end of this cable is recorded, or none: it connects nothing")
        elif lost:
            said.refuse(
                Origin(row.file, row.row),
                row.id,
                f"it ends at {', '.join(lost)}, of which the files do not say whose it is: export those objects too",
            )
        else:
            cable = Cable(row, a, b)
            cabling.cables.append(cable)
            for point in (*a, *b):
                cabling.at[point] = cable
    _add_paths(cabling, said)
    if planned:
        said.note(f"only planned, hence left out: {counted(planned, 'cable')}")
    return cabling


def _add_paths(cabling: Cabling, said: Statements) -> None:
    """Add what REST says of the far ends of ports whose cables are in no file; the path through panels is not told."""
    inventory, added = cabling.inventory, 0
    for model in sorted(_PORTS | {"dcim.powerfeed", "circuits.circuittermination"}):
        for row in inventory.rows(model):
            point, cable = (model, row.key), row.ref("cable")
            if cable is None or point in cabling.at or inventory.find("dcim.cable", cable) is not None:
                continue
            others = [inventory.point(*each) for each in row.fields.get("connected_endpoints") or () if len(each) == 2]
            ends = tuple(each for each in others if each is not None and cabling.owner(each) is not None)
            if not ends or cabling.owner(point) is None:
                continue
            path = Cable(Row(row.file, row.row, "dcim.cable", cable, {}), (point,), ends)
            cabling.cables.append(path)
            added += 1
            for each in (point, *ends):
                cabling.at.setdefault(each, path)
    if added:
        said.note(f"{counted(added, 'path')} taken from connected_endpoints, for the cables are in no file")


def _ends(inventory: Inventory, said: Statements) -> dict[tuple[int, str], list[Point]]:
    found: dict[tuple[int, str], list[Point]] = {}

    def put(cable: int, side: object, content_type: object, key: object) -> bool:
        point = inventory.point(content_type, key)
        if point is None or side not in ("A", "B"):
            return False
        points = found.setdefault((cable, str(side)), [])
        if point not in points:
            points.append(point)
        return True

    for row in inventory.rows("dcim.cable"):
        for side in "AB":
            for each in _listed(row.fields, side):
                put(row.key, side, *each)
    for row in inventory.rows("dcim.cabletermination"):
        cable = row.ref("cable")
        if cable is None or not put(
            cable, row.fields.get("cable_end"), row.fields.get("termination_type"), row.fields.get("termination_id")
        ):
            said.warn(row, "this termination names no cable, no end or no port: it connects nothing")
        elif inventory.find("dcim.cable", cable) is None:
            said.warn(row, f"it belongs to dcim.cable:{cable}, which is in no file: it connects nothing")
    return found


def _listed(fields: Mapping[str, Any], side: str) -> list[list[Any]]:
    """Return the ends that stand in the cable itself: REST's list, or the two fields of before 3.3."""
    listed = fields.get(f"{side.lower()}_terminations")
    if isinstance(listed, list):
        return [each for each in listed if isinstance(each, list) and len(each) == 2]
    kind, key = fields.get(f"termination_{side.lower()}_type"), fields.get(f"termination_{side.lower()}_id")
    return [[kind, key]] if kind is not None and key is not None else []
