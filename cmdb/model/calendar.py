"""Rules of the calendar: maintenance windows, freezes and business hours, as iCalendar has them (RFC 5545).

Local wall time and a zone are kept, never an offset: a window at 02:00 in Oslo is there in summer and in winter.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["CalendarRule"]


class CalendarRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """One rule: when (`start` in local wall time like "2026-01-25T02:00", `zone`, `minutes`, `rrule`), and for whom.

    `minutes` is wall time from start to end: the real duration differs on the night the clock moves. `exdates` and
    `rdates` are local starts left out and added. It holds for the items (record ids), classes and services (record
    ids: the service and all it stands on) named; for everything where none is named. `hours` are business hours;
    a rule that is `withdrawn` holds no longer.
    """

    key: str
    kind: Literal["window", "freeze", "hours"]
    name: str
    start: str
    zone: str
    minutes: float
    rrule: str | None = None
    exdates: tuple[str, ...] = ()
    rdates: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    text: str = ""
    withdrawn: bool = False
