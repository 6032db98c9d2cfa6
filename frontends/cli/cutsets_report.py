"""Minimal cut sets, for people and spreadsheets: the smallest first, every item with its class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from frontends.cli.tables import Column, Screen
from frontends.cli.text import sentence
from frontends.cli.writing import write_csv

if TYPE_CHECKING:
    from impact.cutsets.finding import CutSetFinding

__all__ = ["draw", "list_sets"]

_MOST_FREQUENT: Final = 5


def draw(finding: CutSetFinding) -> None:
    """Print the answer: a sentence, the sets, the items that stand in most of them, what it rests on."""
    screen = Screen()
    screen.say(sentence(finding.headline, finding.service_name), "bold")
    named = {each.id: f"{each.name} ({each.class_name})" for each in finding.items}
    lines = [[len(each), " + ".join(named[id_] for id_ in each)] for each in finding.cut_sets if each]
    if finding.cut_sets[:1] == [[finding.service]]:
        lines[0][1] = f"{named[finding.service]}, itself"
    if lines:
        screen.say()
        screen.table([Column("items", right=True), Column("lost together, they bring it down")], lines)
        screen.more(len(lines), sum(finding.counts.values()), "see all with --limit 0")
    often = [each for each in finding.items if each.sets > 1][:_MOST_FREQUENT]
    if often:
        screen.heading("In most of these sets")
        for item in often:
            screen.say(f"- {item.name} ({item.class_name}): {item.sets:,}")
    if finding.warnings:
        screen.heading("Mind")
        for warning in finding.warnings:
            screen.say(f"- {warning}")


def list_sets(finding: CutSetFinding) -> None:
    """Write the cut sets as CSV, one a line."""
    named = {each.id: each for each in finding.items}
    write_csv(
        ("order", "ids", "names", "classes"),
        (
            [len(each), each, [named[id_].name for id_ in each], [named[id_].class_name for id_ in each]]
            for each in finding.cut_sets
        ),
    )
