"""Outages and incidents: that an item or a service was, or is, down or degraded, and why."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Outage"]


class Outage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One outage of one item. Open while `end` is None. Times are UTC in ISO 8601.

    `item` is a record id; `change` the number of the change request that caused it, where one did; `reference` the
    number of the incident elsewhere. `withdrawn`: it was entered by mistake, and counts for nothing.
    """

    number: str
    item: str
    start: str
    end: str | None = None
    state: Literal["down", "degraded"] = "down"
    planned: bool = False
    change: str | None = None
    reference: str | None = None
    text: str = ""
    withdrawn: bool = False
    source: str = ""
    """Which other tool said so; empty for a person."""
