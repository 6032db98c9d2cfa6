"""A change request as plain values, in the names of the contract, and as a person reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from cmdb.model.change import ChangeRequest, ChangeStanding
    from cmdb.snapshot import Snapshot
    from frontends.cli.tables import Screen

__all__ = ["Stretch", "change_json", "draw_stretches", "item_name", "services_told", "span_of", "state_word", "time_of"]


class Stretch(NamedTuple):
    """A stretch of a change's time: its phase, services as (name, state) and the other changes in it."""

    start: str
    end: str
    phase: str
    services: Sequence[tuple[str, str]]
    meanwhile: Sequence[str]


def draw_stretches(screen: Screen, stretches: Iterable[Stretch], zone: str | None) -> None:
    """Print what a change does, stretch by stretch."""
    from frontends.cli.tables import Column

    columns = [Column("from", fixed=True), Column("to", fixed=True), Column("", fixed=True), Column("services")]
    screen.table(
        [*columns, Column("meanwhile")],
        (
            [
                time_of(each.start, zone)[:16],
                time_of(each.end, zone)[11:],
                "work" if each.phase == "work" else "if it fails",
                services_told(each.services),
                ", ".join(each.meanwhile),
            ]
            for each in stretches
        ),
        indent=2,
    )


def services_told(services: Sequence[tuple[str, str]]) -> str:
    """Return the first services with their state, and how many more there are.

    >>> services_told([("E-post", "at_risk")]), services_told([("a", "down")] * 6)
    ('E-post at risk', 'a down, a down, a down, a down and 2 more')
    """
    named = ", ".join(f"{name} {state_word(state)}" for name, state in services[:4])
    return named + (f" and {len(services) - 4} more" if len(services) > 4 else "")


def change_json(standing: ChangeStanding) -> dict[str, Any]:
    """Return a change as the contract has it: everything of it, defaults as well."""
    import msgspec

    def plain(value: Any) -> Any:
        if isinstance(value, msgspec.Struct):
            return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
        return [plain(each) for each in value] if isinstance(value, tuple) else value

    told: dict[str, Any] = plain(standing)
    request = told.pop("request")
    return {"number": told.pop("number"), "state": told.pop("state"), **request, **told}


def item_name(snapshot: Snapshot, item: str) -> str:
    """Return an item's name; its id where the record has it no more."""
    return snapshot.name_at(row) if (row := snapshot.row_of(item)) >= 0 else item


def state_word(state: str) -> str:
    """Return a state as a person says it."""
    return state.replace("_", " ")


def time_of(text: str, zone: str | None = None) -> str:
    """Return a time in its zone, the zone named; without one with its offset.

    >>> time_of("2026-11-26T21:00:00+00:00", "Europe/Oslo"), time_of("2026-11-26T22:00:00+01:00")
    ('2026-11-26 22:00 Europe/Oslo', '2026-11-26 22:00 +01:00')
    """
    moment = dt.datetime.fromisoformat(text)
    if zone is not None:
        return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"
    offset = moment.strftime("%z")
    return f"{moment:%Y-%m-%d %H:%M} {'UTC' if offset in ('', '+0000') else f'{offset[:3]}:{offset[3:]}'}"


def span_of(request: ChangeRequest) -> str:
    """Return when a change is planned; empty where nobody said."""
    if request.start is None:
        return ""
    if request.end is None:
        return f"from {time_of(request.start, request.zone)}"
    start, end = time_of(request.start, request.zone), time_of(request.end, request.zone)
    # The day and the zone are said once where they are the same.
    return f"{start[:16]} to {end[11:] if start[:10] == end[:10] else end}"
