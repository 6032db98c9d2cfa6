"""What is in the way of what: a sweep over the starts and ends of all changes.

Takes a Snapshot, changes and `Circumstances`, gives a `ConflictsFinding`. In every elementary interval the union of
what is down is evaluated, only among changes that carry something in common.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

from cmdb.model.change import IN_THE_WAY, ChangeStanding
from cmdb.model.circumstances import Circumstances
from cmdb.snapshot import Snapshot
from impact.collisions.effects import Effects
from impact.collisions.finding import KINDS, Conflict, ConflictsFinding
from impact.collisions.intervals import Interval, groups_of, intervals_of
from impact.collisions.joint import joint_losses, lost_with_outages
from impact.collisions.pairs import Found, overlapping_pairs, pair_conflicts
from impact.collisions.works import Work, works_of
from impact.engine import ImpactEngine
from impact.timetable import Timetable

__all__ = ["conflicts_of", "in_the_way"]


def in_the_way(changes: Iterable[ChangeStanding], *, drafts: bool = False) -> list[ChangeStanding]:
    """Return the changes that count for others: submitted to implementing, drafts where they are wanted."""
    return [each for each in changes if each.state in IN_THE_WAY or (drafts and each.state == "draft")]


def conflicts_of(
    snapshot: Snapshot,
    changes: Sequence[ChangeStanding],
    circumstances: Circumstances,
    *,
    about: Collection[str] | None = None,
) -> ConflictsFinding:
    """Return the conflicts among changes; `about` keeps those that concern one of these numbers.

    `changes` are all that count, also those already in `circumstances`. A change is judged with its back-out, and what
    it only puts at risk counts as down. Open outages count as down throughout.
    """
    engine = ImpactEngine.of(snapshot)
    works = works_of(engine, changes)
    if about is not None:
        wanted = [work for work in works if work.number in about]
        works = [work for work in works if any(work.start < each.end and work.end > each.start for each in wanted)]
    outages = _rows(snapshot, circumstances, "down")
    effects = Effects(engine, outages, _rows(snapshot, circumstances, "degraded"))
    untroubled = Effects(engine) if outages else effects
    warnings: list[str] = []
    found: list[Found] = []
    for one, other in overlapping_pairs(works):
        if about is None or one.number in about or other.number in about:
            found += pair_conflicts(effects, one, other)
    found += _over_time(effects, untroubled, works, circumstances.settings.reserve, about, warnings)
    found += _calendar(snapshot, works, circumstances, about)
    dated = {work.number for work in works}
    undated = [
        each.number for each in changes if each.request.start is None and (about is None or each.number in about)
    ]
    if outages:
        many = len(set(outages))
        warnings.append(f"{many} open {'outage counts' if many == 1 else 'outages count'} as going on throughout")
    return ConflictsFinding(
        revision=snapshot.revision,
        revision_at=snapshot.revision_at,
        conflicts=[_told(snapshot, each) for each in sorted(found, key=_order)],
        changes=[each.number for each in changes if each.number in dated],
        not_dated=[number for number in undated if about is None or number in about],
        reserve=circumstances.settings.reserve,
        warnings=warnings,
    )


def _rows(snapshot: Snapshot, circumstances: Circumstances, state: str) -> list[int]:
    rows = (snapshot.row_of(each.item) for each in circumstances.outages if each.state == state)
    return [row for row in rows if row >= 0]


def _order(found: Found) -> tuple[dt.datetime, int, tuple[str, ...], int]:
    return found.start, KINDS.index(found.kind), found.changes, found.service


def _over_time(
    effects: Effects,
    untroubled: Effects,
    works: Sequence[Work],
    reserve: int,
    about: Collection[str] | None,
    warnings: list[str],
) -> list[Found]:
    """Return joint losses and margins, with what lasts over several intervals made one."""
    lasting: dict[tuple[str, tuple[str, ...], int], Found] = {}
    finished: list[Found] = []
    for interval in intervals_of(works):
        here: dict[tuple[str, tuple[str, ...], int], Found] = {}
        for group in groups_of(interval.works):
            if about is None or any(work.number in about for work in group):
                for each in _in_interval(effects, untroubled, interval, group, reserve, warnings):
                    if about is None or any(number in about for number in each.changes):
                        here[each.kind, each.changes, each.service] = each
        for key, each in here.items():
            before = lasting.pop(key, None)
            if before is not None and before.end == each.start:
                here[key] = each._replace(start=before.start)
            elif before is not None:
                finished.append(before)
        finished += lasting.values()
        lasting = here
    return [*finished, *lasting.values()]


def _in_interval(
    effects: Effects,
    untroubled: Effects,
    interval: Interval,
    group: Sequence[Work],
    reserve: int,
    warnings: list[str],
) -> list[Found]:
    rows = [work.rows_at(interval.start, interval.end) for work in group]
    name = effects.engine.snapshot.name_at
    found = []
    if len(group) > 1:
        for loss in joint_losses(effects, rows):
            chosen = [group[at] for at in loss.changes]
            numbers = tuple(sorted(work.number for work in chosen))
            if not loss.surely_all:
                told = f"more than {name(loss.service)} shows may be lost jointly: too many changes at once to try all"
                if told not in warnings:
                    warnings.append(told)
            text = f"{name(loss.service)} survives each of them, and goes down with {_all_of(numbers)} together"
            items = tuple(sorted({row for at in loss.changes for row in rows[at]}))
            found.append(Found("joint", numbers, items, loss.service, interval.start, interval.end, text))
    if untroubled is not effects:
        for work, of_work in zip(group, rows, strict=True):
            for service in lost_with_outages(effects, untroubled, of_work):
                text = (
                    f"{name(service)} survives {work.number} alone, and goes down with it while what is down stays so"
                )
                found.append(Found("joint", (work.number,), of_work, service, interval.start, interval.end, text))
    if reserve > 1:
        whole = tuple(sorted({row for each in rows for row in each}))
        up = [service for service in effects.worse(whole) if service not in effects.fallen(whole)]
        numbers = tuple(sorted(work.number for work in group))
        for service, left in effects.failures_left(whole, up, reserve).items():
            many = "1 further failure" if left == 1 else f"{left} further failures"
            text = f"{many} would bring {name(service)} down; the reserve is {reserve}"
            found.append(Found("margin", numbers, whole, service, interval.start, interval.end, text))
    return found


def _all_of(numbers: Sequence[str]) -> str:
    return f"{', '.join(numbers[:-1])} and {numbers[-1]}"


def _calendar(
    snapshot: Snapshot, works: Sequence[Work], circumstances: Circumstances, about: Collection[str] | None
) -> list[Found]:
    wanted = [work for work in works if about is None or work.number in about]
    if not wanted or not circumstances.calendar:
        return []
    start, end = min(work.start for work in wanted), max(work.end for work in wanted)
    timetable = Timetable(snapshot, circumstances.calendar, start, end)
    found = []
    for work in wanted:
        for breach in timetable.breaches(work.occupied):
            if breach.kind == "freeze" and work.standing.request.type == "emergency":
                continue
            row = snapshot.row_of(breach.item)
            found.append(Found(breach.kind, (work.number,), (row,), -1, breach.start, breach.end, breach.text))
    return found


def _told(snapshot: Snapshot, found: Found) -> Conflict:
    return Conflict(
        kind=found.kind,
        changes=list(found.changes),
        items=[snapshot.id_at(row) for row in found.rows],
        service=snapshot.id_at(found.service) if found.service >= 0 else None,
        service_name=snapshot.name_at(found.service) if found.service >= 0 else None,
        start=found.start.isoformat(),
        end=found.end.isoformat(),
        text=found.text,
    )
