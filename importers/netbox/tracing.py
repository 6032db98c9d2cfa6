"""From one network interface to the other, through patch panels and circuits.

In come cables, out go links: the two interfaces, every cable on the way, and every panel and circuit passed. A panel
passes front port to rear port; several front ports share one rear port by position, which is remembered on the way in
and taken on the way out, as NetBox itself does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from importers.netbox.cables import Cable, Cabling
from importers.netbox.inventory import Inventory, Point, external_id

__all__ = ["Link", "trace_links"]

_INTERFACE, _FRONT, _REAR, _CIRCUIT_END = (
    "dcim.interface",
    "dcim.frontport",
    "dcim.rearport",
    "circuits.circuittermination",
)
_MOST_PATHS = 64
"""Ends that one interface is followed to; a breakout of breakouts could otherwise go on and on."""


class Link(NamedTuple):
    """Two interfaces that reach each other, seen from `near`."""

    near: Point
    far: Point
    cables: tuple[Cable, ...]
    through: tuple[str, ...]
    """Panels and circuits on the way, as external ids, in order."""

    @property
    def key(self) -> str:
        """What tells this link from a parallel one: its cables in order."""
        first, *others = self.cables
        return "+".join([first.key, *(str(each.row.key) for each in others)])

    def turned(self) -> Link:
        """Return the link seen from its other end."""
        return Link(self.far, self.near, self.cables[::-1], self.through[::-1])


class _Step(NamedTuple):
    point: Point
    positions: tuple[int, ...]
    cables: tuple[Cable, ...]
    through: tuple[str, ...]


class _Panels:
    """Which front port lies on which position of which rear port, and the two ends of each circuit."""

    def __init__(self, inventory: Inventory) -> None:
        self.rear_of: dict[int, list[tuple[int, int]]] = {}
        self.front_of: dict[tuple[int, int], int] = {}
        self.positions: dict[int, int] = {}
        self.other_end: dict[int, int] = {}
        for row in inventory.rows(_FRONT):
            self._map(row.key, row.ref("rear_port"), row.fields.get("rear_port_position"))
            mappings = row.fields.get("rear_ports")
            for each in mappings if isinstance(mappings, list) else ():
                if isinstance(each, dict):
                    self._map(row.key, each.get("rear_port"), each.get("rear_port_position"))
        for row in inventory.rows("dcim.portmapping"):
            if (front := row.ref("front_port")) is not None:
                self._map(front, row.ref("rear_port"), row.fields.get("rear_port_position"))
        for row in inventory.rows(_REAR):
            self.positions[row.key] = row.ref("positions") or 1
        by_circuit: dict[int, list[int]] = {}
        for row in inventory.rows(_CIRCUIT_END):
            if (circuit := row.ref("circuit")) is not None:
                by_circuit.setdefault(circuit, []).append(row.key)
        for ends in by_circuit.values():
            if len(ends) == 2:
                self.other_end |= {ends[0]: ends[1], ends[1]: ends[0]}

    def _map(self, front: int, rear: object, position: object) -> None:
        if isinstance(rear, int):
            place = position if isinstance(position, int) else 1
            self.rear_of.setdefault(front, []).append((rear, place))
            self.front_of[rear, place] = front


def trace_links(cabling: Cabling) -> list[Link]:
    """Return every link between two interfaces, once, seen from the end whose key is lower."""
    panels = _Panels(cabling.inventory)
    found: dict[tuple[frozenset[Point], frozenset[str]], Link] = {}
    for start in sorted(point for point in cabling.at if point[0] == _INTERFACE):
        for count, link in enumerate(_paths(start, cabling, panels)):
            if count >= _MOST_PATHS:
                break
            ends = frozenset((link.near, link.far)), frozenset(each.key for each in link.cables)
            found.setdefault(ends, link)
    return list(found.values())


def _paths(start: Point, cabling: Cabling, panels: _Panels) -> Iterator[Link]:
    waiting = [_Step(start, (), (), ())]
    while waiting:
        point, positions, cables, through = waiting.pop()
        cable = cabling.at.get(point)
        if cable is None or cable in cables:
            continue
        so_far = (*cables, cable)
        for far in cable.opposite(point):
            if far[0] == _INTERFACE:
                if far != start:
                    yield Link(start, far, so_far, through)
                continue
            for following, left in _across(far, positions, panels):
                passed = cabling.owner(far) or external_id(*far)
                waiting.append(_Step(following, left, so_far, (*through, passed)))


def _across(point: Point, positions: tuple[int, ...], panels: _Panels) -> Iterator[tuple[Point, tuple[int, ...]]]:
    """Yield where one comes out of a panel or a circuit, and the positions still to be taken."""
    model, key = point
    if model == _FRONT:
        for rear, place in panels.rear_of.get(key, ()):
            shared = panels.positions.get(rear, 1) > 1
            yield (_REAR, rear), (*positions, place) if shared else positions
    elif model == _REAR:
        shared = panels.positions.get(key, 1) > 1
        place = positions[-1] if shared and positions else 1
        front = panels.front_of.get((key, place))
        # Into a shared rear port without having come from a front port: every position would do, so none is known.
        if front is not None and (positions or not shared):
            yield (_FRONT, front), positions[:-1] if shared else positions
    elif model == _CIRCUIT_END and key in panels.other_end:
        yield (_CIRCUIT_END, panels.other_end[key]), positions
