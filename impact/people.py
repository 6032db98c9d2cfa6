"""How many people use a service when: its weekly profile, or all its users around the clock where none is set.

Takes a Snapshot, gives a `Profile` by service. Hours of the week count from Monday 00:00, local time of the zone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from cmdb.snapshot import Snapshot

__all__ = ["HOURS_PER_WEEK", "Profile", "profile_of"]

HOURS_PER_WEEK: Final = 168


@dataclass(frozen=True)
class Profile:
    """Active users of one service by hour of the week. `stated` is False where it is all its users at all times."""

    hours: NDArray[np.float64] = field(repr=False)
    zone: ZoneInfo
    stated: bool
    users_stated: bool
    """False: nobody said how many users it has, and the settings' number stands in."""

    def at(self, moment: dt.datetime) -> float:
        """Return the users active at an aware time."""
        local = moment.astimezone(self.zone)
        return float(self.hours[local.weekday() * 24 + local.hour])

    def busiest(self, start: dt.datetime, end: dt.datetime) -> float:
        """Return the most users active in any hour that the span touches."""
        if end - start >= dt.timedelta(days=7):
            return float(self.hours.max())
        found, moment = self.at(start), start
        while (moment := moment + dt.timedelta(hours=1)) < end:
            found = max(found, self.at(moment))
        return max(found, self.at(max(start, end - dt.timedelta(seconds=1))))

    def quietest(self, minutes: float) -> float:
        """Return the least that `busiest` can be for a span so long, wherever in the week it begins on the hour."""
        hours = max(1, int(np.ceil(minutes / 60.0)))
        if hours >= HOURS_PER_WEEK:
            return float(self.hours.max())
        twice = np.concatenate([self.hours, self.hours])
        windows = np.lib.stride_tricks.sliding_window_view(twice, hours)[:HOURS_PER_WEEK]
        return float(windows.max(axis=1).min())


def profile_of(snapshot: Snapshot, row: int, zone: ZoneInfo, default_users: float) -> Profile:
    """Return the weekly profile of a service; `default_users` stand in where neither profile nor users are stated."""
    values = snapshot.shown_at(row)["values"]
    usage, users = values.get("usage"), snapshot.users_at(row)
    if usage:
        return Profile(np.asarray(usage, np.float64), zone, stated=True, users_stated=True)
    count = default_users if users is None else users
    return Profile(np.full(HOURS_PER_WEEK, float(count)), zone, stated=False, users_stated=users is not None)
