"""What pools carry, for people and spreadsheets: the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from frontends.cli.tables import Column, Screen
from frontends.cli.text import sentence
from frontends.cli.writing import write_csv

if TYPE_CHECKING:
    from impact.capacity import CapacityFinding, PoolCapacity

__all__ = ["draw", "list_pools"]

_VERDICTS: Final = {
    "overloaded": "overloaded",
    "no_redundancy": "can lose nobody",
    "not_known": "not known",
    "redundant": "redundant",
}
_LISTED: Final = 50


def draw(finding: CapacityFinding) -> None:
    """Print the answer: a sentence, the pools, what to mind."""
    screen = Screen()
    screen.say(sentence(finding.headline), "bold")
    rows = list(finding.pools)
    if rows:
        screen.say()
        columns = [
            Column("pool"),
            Column("load", right=True),
            Column("capacity", right=True),
            Column("needs", fixed=True),
            Column("load takes", fixed=True),
            Column("may fail", right=True),
            Column("bears growth", right=True),
            Column("verdict"),
        ]
        screen.table(columns, map(_row, rows[:_LISTED]))
        screen.more(min(len(rows), _LISTED), len(rows), "all are in -o csv")
    if finding.warnings:
        screen.heading("Mind")
        for warning in finding.warnings:
            screen.say(f"- {warning}")


def _row(row: PoolCapacity) -> list[object]:
    growth = row.growth_to_one_too_many
    return [
        f"{row.consumer_name}/{row.pool}",
        "not said" if row.load is None else f"{row.load:,g}",
        "not known" if row.capacity is None else f"{row.capacity:,g}",
        f"{row.need} of {row.n}",
        "not known" if row.required is None else f"{row.required} of {row.n}" + (" (!)" if row.need_too_low else ""),
        "-" if row.survives is None else row.survives,
        "-" if growth is None else "now" if growth < 0 else f"{growth:+,.1f} %",
        _VERDICTS[row.verdict] + (" until then" if row.becomes_essential else ""),
    ]


def list_pools(finding: CapacityFinding) -> None:
    """Write the pools as CSV, one a line."""
    keys = [
        *("consumer", "consumer_name", "pool", "n", "need", "stated", "load", "capacity", "required", "survives"),
        *("headroom", "growth_to_one_too_many", "grown_required", "becomes_essential", "need_too_low", "verdict"),
        *("without_capacity", "shared"),
    ]
    write_csv(keys, ([row[key] for key in keys] for row in finding.pools.plain()))
