"""Shares and durations as people say them. No rounding makes a service perfect, or its downtime nothing."""

from __future__ import annotations

from typing import Final

__all__ = ["duration", "of_minutes", "percent", "short"]


_SHORT: Final = {"seconds": "s", "minutes": "min", "hours": "h", "days": "d"}
_MINUTES: Final = {"seconds": 1 / 60, "minutes": 1.0, "hours": 60.0, "days": 1440.0}


def percent(share: float, digits: int = 3) -> str:
    """Return a share as a percentage that never rounds up to 100 nor down to 0.

    >>> percent(0.9989001), percent(0.9999999999), percent(1.0), percent(0.25, 0), percent(0.0000001)
    ('99.890 %', 'more than 99.999 %', '100 %', '25 %', 'less than 0.001 %')
    """
    step = 10.0**-digits
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    if 100 * share > 100 - step / 2:
        return f"more than {100 - step:.{digits}f} %"
    if 100 * share < step / 2:
        return f"less than {step:.{digits}f} %"
    return f"{100 * share:.{digits}f} %"


def duration(minutes: float) -> str:
    """Return a duration as one says it.

    >>> duration(0.005), duration(41.6), duration(130), duration(60 * 24 * 12), duration(0), duration(4.25)
    ('0.3 seconds', '42 minutes', '2.2 hours', '12 days', 'no time', '4.3 minutes')
    """
    if minutes <= 0:
        return "no time"
    if minutes < 1:
        return f"{60 * minutes:.2g} seconds"
    if minutes < 10:
        return f"{minutes:.2g} minutes"
    if minutes < 120:
        return f"{minutes:.0f} minutes"
    if minutes < 48 * 60:
        return f"{minutes / 60:.2g} hours" if minutes < 600 else f"{minutes / 60:.0f} hours"
    return f"{minutes / 1440:.0f} days"


def short(minutes: float) -> str:
    """Return a duration for a table.

    >>> short(0.005), short(41.6), short(130), short(60 * 24 * 12), short(0)
    ('0.3 s', '42 min', '2.2 h', '12 d', '0')
    """
    if minutes <= 0:
        return "0"
    number, unit = duration(minutes).split()
    return f"{number} {_SHORT[unit]}"


def of_minutes(part: float, whole: float) -> str:
    """Return a part of a downtime in the unit in which the whole is told.

    >>> of_minutes(41.2, 95.3), of_minutes(0.5, 4.2), of_minutes(3000, 9000), of_minutes(0.001, 95)
    ('41 of its 95 minutes', '0.5 of its 4.2 minutes', '50 of its 150 hours', 'less than 0.1 of its 95 minutes')
    """
    number, unit = duration(whole).split() if whole > 0 else ("0", "minutes")
    scaled = part / _MINUTES[unit]
    if scaled < 0.05:
        told = "less than 0.1" if scaled > 0 else "none"
    else:
        told = f"{scaled:.0f}" if scaled >= 9.5 else f"{scaled:.2g}"
    return f"{told} of its {number} {unit}"
