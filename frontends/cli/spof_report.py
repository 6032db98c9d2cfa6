"""Single points of failure, for people and spreadsheets: the heaviest first, then why redundancy does not help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from frontends.cli.tables import Column, Screen, count_of
from frontends.cli.text import sentence
from frontends.cli.writing import write_csv

if TYPE_CHECKING:
    from cmdb.snapshot import Snapshot
    from impact.spof.finding import ColdStart, Since, SinglePoint, SpofFinding

__all__ = ["draw", "list_points"]

_MOST_POOLS: Final = 2
"""Pools told of one item; the JSON holds all."""
_MOST_EXPLAINED: Final = 5
_MOST_MEMBERS: Final = 4
_MOST_LOOPS: Final = 5
_MOST_PAIRS: Final = 20
_WHY: Final = {
    "data_lost": "data lost",
    "requirement_gone": "no longer said",
    "redundancy_removed": "less redundancy",
    "need_raised": "need raised",
    "requirement_added": "now required",
    "new_item": "new item",
    "redundancy_added": "improved",
    "changed": "changed",
}


def draw(snapshot: Snapshot, finding: SpofFinding) -> None:
    """Print the answer: a sentence, the table, the hidden ones explained, loops, what it rests on."""
    screen = Screen()
    screen.say(sentence(finding.headline), "bold")
    points = list(finding.spofs)
    if points:
        screen.say()
        columns = [
            Column("item"),
            Column("class"),
            Column("services", right=True),
            Column("weight", right=True),
            Column("kind", fixed=True),
            Column("takes down"),
        ]
        screen.table(
            columns,
            (
                [each.name, each.class_name, len(each.services), f"{each.weight:,}", _kind(each), _lost(snapshot, each)]
                for each in points
            ),
        )
    screen.more(len(points), finding.total, "see all with --limit 0")
    if finding.obvious_left_out:
        screen.say(f"{count_of(finding.obvious_left_out, 'item')} left out: only their services' own software.", "dim")
    _draw_since(screen, finding)
    _explain(screen, [each for each in points if each.hidden])
    _draw_loops(screen, snapshot, finding.circular_starts)
    if finding.warnings:
        screen.heading("Mind")
        for warning in finding.warnings:
            screen.say(f"- {warning}")


def _kind(point: SinglePoint) -> str:
    if point.hidden:
        return "hidden"
    return "obvious" if point.obvious else "plain"


def _lost(snapshot: Snapshot, point: SinglePoint) -> str:
    names = [snapshot.name_at(snapshot.row_of(id_)) for id_ in point.services[:2]]
    more = len(point.services) - len(names)
    return f"{', '.join(names)}{f' and {more:,} more' if more else ''}"


def _explain(screen: Screen, hidden: list[SinglePoint]) -> None:
    """Print which pools each hidden one defeats, and how each member comes to need it."""
    if not hidden:
        return
    arrow = " > " if screen.ascii else " → "
    screen.heading("Hidden: redundancy that does not help")
    columns = [Column("item"), Column("defeats"), Column("needs", fixed=True), Column("for these fall with it")]
    screen.table(columns, (line for point in hidden[:_MOST_EXPLAINED] for line in _explained(point, arrow)))
    if len(hidden) > _MOST_EXPLAINED:
        screen.say(f"… {len(hidden) - _MOST_EXPLAINED:,} more, explained with --item ITEM or -o json", "dim")


def _explained(point: SinglePoint, arrow: str) -> Iterator[list[str]]:
    first = [each for each in point.hidden_by if not each.nested][:_MOST_POOLS]
    name = point.name
    for pool in first:
        defeated = f"{pool.consumer_name} / {pool.pool}"
        needs = f"{pool.need} of {pool.n}{', all' if pool.need == pool.n else ''}{' (assumed)' if pool.assumed else ''}"
        for member in pool.members[:_MOST_MEMBERS]:
            yield [name, defeated, needs, arrow.join(member.path_names[:-1] or [point.name])]
            name = defeated = needs = ""
        more = len(pool.members) - _MOST_MEMBERS
        if more > 0:
            yield ["", "", "", f"… {more:,} more"]
        if pool.not_counted:
            yield ["", "", "", f"({count_of(pool.not_counted, 'member')} up for a time only, and not counted)"]
    if more := len(point.hidden_by) - len(first):
        yield ["", f"… {count_of(more, 'more pool')}", "", ""]


def _draw_since(screen: Screen, finding: SpofFinding) -> None:
    """Print what is new and what is gone since a baseline, each with why."""
    if finding.since is None:
        return
    columns = [Column("item"), Column("services"), Column("why", fixed=True), Column("what happened")]
    for title, pairs in (("New since then", finding.since.new), ("Gone since then", finding.since.gone)):
        if pairs:
            alike: dict[tuple[str, str], list[Since]] = {}
            for each in pairs:
                alike.setdefault((each.item, each.why), []).append(each)
            kept = list(alike.values())[:_MOST_PAIRS]
            screen.heading(title)
            screen.table(columns, ([same[0].item_name, _some(same), _WHY[same[0].why], _what(same)] for same in kept))
            screen.more(len(kept), len(alike), "see all with -o json")


def _some(same: list[Since]) -> str:
    names = ", ".join(each.service_name for each in same[:2])
    return names if len(same) <= 2 else f"{names} and {len(same) - 2:,} more"


def _what(same: list[Since]) -> str:
    others = len({each.what for each in same}) - 1
    return same[0].what + (f", and {others:,} more like it" if others else "")


def _draw_loops(screen: Screen, snapshot: Snapshot, loops: list[ColdStart]) -> None:
    loops = [loop for loop in loops if loop.services]
    if not loops:
        return
    screen.heading("Circular starts: they run, and may not start again once all is off")
    for loop in loops[:_MOST_LOOPS]:
        names = ", ".join(loop.names[:6]) + (f" and {len(loop.names) - 6:,} more" if len(loop.names) > 6 else "")
        if loop.never:
            why = (
                "each waits for another" if len(loop.never) == len(loop.members) else f"{len(loop.never):,} never start"
            )
        else:
            needed = ", ".join(snapshot.name_at(snapshot.row_of(id_)) for id_ in loop.only_with[:5])
            why = f"start only with {needed}"
        screen.say(f"- {names}: {why}; {count_of(len(loop.services), 'service')} above")
    if len(loops) > _MOST_LOOPS:
        screen.say(f"and {len(loops) - _MOST_LOOPS:,} more loops, all of them with -o json", "dim")


def list_points(finding: SpofFinding) -> None:
    """Write the single points as CSV, one a line."""
    keys = ("id", "name", "class", "status", "weight", "hidden", "obvious", "services", "hidden_by", "external_ids")
    write_csv(
        keys,
        (
            [
                *(each.id, each.name, each.class_name, each.status, each.weight, each.hidden, each.obvious),
                each.services,
                [f"{pool.consumer_name}/{pool.pool}" for pool in each.hidden_by],
                [f"{source}:{id_}" for source, id_ in each.external_ids.items()],
            ]
            for each in finding.spofs
        ),
    )
