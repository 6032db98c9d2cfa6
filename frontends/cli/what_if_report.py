"""What would differ, for a person and for a spreadsheet: what is supposed, then the services, then the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from frontends.cli.tables import STATE_WORDS, Column, Screen, state_cell
from frontends.cli.text import sentence
from frontends.cli.writing import write_csv

if TYPE_CHECKING:
    from cmdb.snapshot import Snapshot
    from impact.whatif.finding import WhatIfFinding

__all__ = ["draw", "list_services"]

_MOST: Final = 30
_SAVED: Final = "saved_minutes_per_month"
_CHANGE: Final = {"lost": "less", "gained": "more", "same": ""}
Row = dict[str, Any]


def draw(today: Snapshot, finding: WhatIfFinding) -> None:
    """Print the answer: what is supposed, the difference in a sentence, then services, points, pools and items."""
    screen = Screen()
    screen.say(f"Supposed{f', {finding.title}' if finding.title else ''} (nothing of it is recorded):", "bold")
    for step in finding.steps:
        screen.say(f"- {step}")
    screen.say()
    screen.say(sentence(finding.headline), "bold")
    _draw_services(screen, finding)
    _draw_single_points(screen, today, finding)
    _draw_pools(screen, finding)
    _draw_items(screen, finding)
    if finding.notes or finding.warnings:
        screen.heading("Mind")
        for text in [*finding.notes, *finding.warnings]:
            screen.say(f"- {text}")


def _draw_services(screen: Screen, finding: WhatIfFinding) -> None:
    rows = finding.services.plain()
    if not rows:
        return
    screen.heading("Services")
    figures = any(row["downtime_minutes_per_month"] is not None for row in rows)
    columns = [Column("service"), Column("today", fixed=True), Column("then", fixed=True)]
    if figures:
        columns += [Column("minutes a month", right=True), Column("saved", right=True)]
    columns += [Column("single points", right=True)]
    arrow = "->" if screen.ascii else "→"

    def cells(row: Row) -> list[Any]:
        states = [_state(screen, row["state_before"], "not there"), _state(screen, row["state"], "gone")]
        # What is supposed to be down is down for as long as that is supposed: no minutes are expected of it.
        down = "down" in (row["state"], row["state_before"])
        before, now = (row[f"downtime_minutes_per_month{side}"] for side in ("_before", ""))
        points_before, points_now = row["single_points_before"], row["single_points"]
        if row["data_lost"]:
            # What looks better may be only unknown.
            now = None if before is None or now is None or now < before else now
            points_now = "?" if points_now < points_before else points_now
        minutes = ["", ""] if down else [f"{_minutes(before)} {arrow} {_minutes(now)}", _minutes(row[_SAVED], "")]
        points = "" if down else f"{points_before} {arrow} {points_now}"
        return [row["name"], *states, *(minutes if figures else []), points]

    screen.table(columns, map(cells, rows[:_MOST]))
    screen.more(min(len(rows), _MOST), len(rows), "see all with -o json")


def _state(screen: Screen, state: str | None, absent: str) -> Any:
    return absent if state is None else state_cell(state, ascii_only=screen.ascii)


def _minutes(value: float | None, absent: str = "?") -> str:
    """Return minutes with as many digits as tell them apart."""
    if value is None:
        return absent
    return f"{value:,.1f}" if abs(value) >= 0.1 or value == 0 else f"{value:.2g}"


def _draw_single_points(screen: Screen, today: Snapshot, finding: WhatIfFinding) -> None:
    rows = finding.single_points.plain()
    names = {row["id"]: row["name"] for row in finding.services.plain()}
    for change, title in (("new", "New single points of failure"), ("gone", "Single points of failure gone")):
        group = [row for row in rows if row["change"] == change]
        if not group:
            continue
        screen.heading(title)

        def services(row: Row) -> str:
            known = [names.get(id_) or today.name_at(today.row_of(id_)) for id_ in row["services"]]
            return ", ".join(known[:5]) + (f" and {len(known) - 5} more" if len(known) > 5 else "")

        columns = [Column("item"), Column("class"), Column("of services"), Column("weight", right=True)]
        screen.table(columns, ([row["name"], row["class"], services(row), row["weight"]] for row in group[:_MOST]))
        screen.more(min(len(group), _MOST), len(group), "see all with -o json")


def _draw_pools(screen: Screen, finding: WhatIfFinding) -> None:
    rows = finding.pools.plain()
    if not rows:
        return
    screen.heading("Redundancy")
    columns = [Column("consumer"), Column("pool"), Column("today"), Column("then"), Column("to spare", fixed=True)]
    screen.table(
        columns,
        (
            [
                row["name"],
                row["pool"],
                _strength(row["n_before"], row["need_before"]),
                _strength(row["n"], row["need"]),
                f"{_spare(row['margin_before'])} → {_spare(row['margin'])} {_CHANGE[row['change']]}".rstrip(),
            ]
            for row in rows[:_MOST]
        ),
    )
    screen.more(min(len(rows), _MOST), len(rows), "see all with -o json")


def _strength(n: int | None, need: int | None) -> str:
    return "no pool" if n is None else f"{need} of {n}"


def _spare(margin: int | None) -> str:
    return "-" if margin is None else str(margin)


def _draw_items(screen: Screen, finding: WhatIfFinding) -> None:
    rows = finding.items.plain()
    if not rows:
        return
    screen.heading("Other items in another state")
    screen.table(
        [Column("item"), Column("class"), Column("today", fixed=True), Column("then", fixed=True)],
        (
            [
                row["name"],
                row["class"],
                STATE_WORDS[row["state_before"]],
                state_cell(row["state"], ascii_only=screen.ascii),
            ]
            for row in rows[:_MOST]
        ),
    )
    screen.more(min(len(rows), _MOST), len(rows), "see all with -o json")


def list_services(finding: WhatIfFinding) -> None:
    """Write the services that differ as CSV, one a line."""
    from impact.whatif.finding import ServiceDifference

    keys = [field.alias or name for name, field in ServiceDifference.model_fields.items()]
    write_csv(keys, ([row[key] for key in keys] for row in finding.services.plain()))
