"""What became different for a change since it was assessed, as estate and calendar moved: computed anew, not kept.

Takes a Record and changes, gives sentences. `reassess_moved` keeps what is different, so that the log tells of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final, NamedTuple

from cmdb.changes.approvals import became_different, effect_became_different, void_because
from cmdb.changes.papers import Assessment
from cmdb.errors import CmdbError
from cmdb.model.change import IN_THE_WAY, ChangeStanding
from cmdb.model.circumstances import Circumstances
from cmdb.model.occupation import moment
from cmdb.record import Record
from cmdb.snapshot import Snapshot
from frontends.desk.assessing import assess_change, keepable, kept_effect, last_assessment
from frontends.desk.process import Step, assess_and_keep, names_of
from impact.change_effect import EffectFinding, effect_of

__all__ = ["Moved", "Progress", "effect_moved", "effect_of_open", "moved_of", "moved_since", "reassess_moved"]

Progress = Callable[[int, int], None]
"""Told how many changes are done, of how many."""

_APPROVED: Final = ("approved", "scheduled", "implementing")


class Moved(NamedTuple):
    """Of a change: what is different, and why an approval of it would be void; both empty where nothing moved."""

    standing: ChangeStanding
    different: list[str]
    void: list[str]
    problem: str = ""
    """Why it cannot be judged any more."""


def moved_of(
    record: Record, snapshot: Snapshot, standing: ChangeStanding, *, now: dt.datetime | None = None
) -> Moved | None:
    """Assess a change anew and compare with what is kept; None for one that was never assessed."""
    before = last_assessment(record, standing)
    if before is None:
        return None
    try:
        kept = keepable(assess_change(record, snapshot, standing, now=now, limit=0))
    except CmdbError as error:
        return Moved(standing, [], [], str(error))
    names = names_of(snapshot, before, kept)
    void = void_because(before, kept, names) if standing.state in _APPROVED else []
    return Moved(standing, became_different(before, kept, names), void)


def moved_since(
    record: Record,
    snapshot: Snapshot,
    *,
    now: dt.datetime,
    ahead: dt.timedelta | None = None,
    progress: Progress = lambda done, total: None,
) -> tuple[list[Moved], int]:
    """Return the changes for which something moved, and how many start later than `ahead` and were not looked at."""
    found: list[Moved] = []
    looked, later = [], 0
    for standing in record.changes.all():
        if standing.state not in IN_THE_WAY or standing.request.start is None or standing.assessment is None:
            continue
        if ahead is not None and moment(standing.request.start) > now + ahead:
            later += 1
        else:
            looked.append(standing)
    for done, standing in enumerate(looked):
        progress(done, len(looked))
        moved = moved_of(record, snapshot, standing, now=now)
        if moved is not None and (moved.different or moved.void or moved.problem):
            found.append(moved)
    return found, later


def reassess_moved(record: Record, progress: Progress = lambda done, total: None) -> list[tuple[Moved, Step | None]]:
    """Assess anew, and keep, every change for which estate or calendar moved; in the order of their numbers.

    What cannot be judged any more has no step, and nothing of it is changed.
    """
    found, _ = moved_since(record, record.snapshot(), now=dt.datetime.now(dt.UTC), progress=progress)
    return [(each, None if each.problem else assess_and_keep(record, each.standing.number)) for each in found]


def effect_moved(
    record: Record, snapshot: Snapshot, standing: ChangeStanding, circumstances: Circumstances
) -> tuple[EffectFinding, Assessment | None, list[str]]:
    """Return the effect of a change as it is now, the assessment that stands, and how its effect became different."""
    effect, before = effect_of(snapshot, standing, circumstances), last_assessment(record, standing)
    if before is None or before.effect is None:
        return effect, before, []
    now = kept_effect(effect)
    ids = {*before.effect.succeeds, *before.effect.fails, *now.succeeds, *now.fails}
    names = {each: snapshot.name_at(row) for each in ids if (row := snapshot.row_of(each)) >= 0}
    return effect, before, effect_became_different(before.effect, now, names)


def effect_of_open(record: Record, snapshot: Snapshot, standing: ChangeStanding) -> tuple[Assessment | None, list[str]]:
    """Return the assessment that stands and, of a change that is not over, how its effect became different since."""
    if standing.assessment is None or standing.state not in ("draft", *IN_THE_WAY):
        return last_assessment(record, standing), []
    try:
        _, before, moved = effect_moved(record, snapshot, standing, record.circumstances())
    except CmdbError as error:
        return last_assessment(record, standing), [str(error)]
    return before, moved
