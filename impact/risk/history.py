"""History by decayed weight: a change counts half after a year. By class, team and model, never by person.

Takes `PastChange`s and the time, gives `History`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from cmdb.model.circumstances import ChangeSettings, PastChange
from cmdb.model.occupation import moment
from impact.risk.inputs import Group, History

__all__ = ["decay", "history_for"]

_Kind = Literal["class", "team", "model"]


def decay(age_days: float, half_life_days: float) -> float:
    """Return the weight of a change of this age, from 0 to 1; what lies ahead weighs 1."""
    return float(0.5 ** (max(0.0, age_days) / half_life_days))


def history_for(
    past: Iterable[PastChange],
    now: dt.datetime,
    settings: ChangeSettings,
    *,
    classes: Sequence[str] = (),
    team: str | None = None,
    model: str | None = None,
) -> History:
    """Return what was seen of all changes and of the groups that a change belongs to; those after `now` left out."""
    of_change: list[tuple[_Kind, str]] = [("class", name) for name in dict.fromkeys(classes)]
    if team:
        of_change.append(("team", team))
    if model:
        of_change.append(("model", model))
    everything = _Seen()
    seen = {group: _Seen() for group in of_change}
    for each in past:
        closed = moment(each.closed_at)
        if closed > now:
            continue
        weight = decay((now - closed).total_seconds() / 86_400.0, settings.half_life_days)
        everything.add(weight, each.failed)
        belongs = {("class", name) for name in each.classes} | {("team", each.team), ("model", each.model)}
        for group in of_change:
            if group in belongs:
                seen[group].add(weight, each.failed)
    return History(
        everything.failed,
        everything.total,
        tuple(
            Group(kind, name, of.failed, of.total, of.told_failed, of.told_total) for (kind, name), of in seen.items()
        ),
    )


@dataclass(slots=True)
class _Seen:
    failed: float = 0.0
    total: float = 0.0
    told_failed: int = 0
    told_total: int = 0

    def add(self, weight: float, failed: bool) -> None:
        self.failed += weight * failed
        self.total += weight
        self.told_failed += failed
        self.told_total += 1
