"""What an item stands on, for a person as a tree and for a spreadsheet as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from frontends.cli.tables import Screen
from frontends.cli.text import on_one_line, sentence
from frontends.cli.writing import write_csv

if TYPE_CHECKING:
    from impact.needs import NeededItem, NeedsFinding, Requirement, Step

__all__ = ["draw", "list_items"]

_DEEPEST = 40
"""Levels that are indented; an estate may hold a chain of thousands."""


def draw(finding: NeedsFinding, drawn: NeedsFinding, limit: int) -> None:
    """Print the answer: a sentence, the tree, what it rests on. `drawn` is as much of `finding` as the tree shows."""
    screen = Screen()
    screen.say(sentence(finding.headline, finding.items[0].name), "bold")
    steps = list(drawn.walk())
    kept = steps[:limit] if limit else steps
    if finding.total:
        screen.say()
        for guide, step in zip(_guides([each.level for each in steps], screen.ascii), kept, strict=False):
            screen.line(Text(guide, style="dim").append_text(_line(step)))
        screen.more(len(kept), len(steps), "see all lines with --limit 0")
        screen.more(drawn.total, finding.total, "further down, see them with --depth N; 0 is to the end")
    if finding.over_network:
        screen.heading("Over the network")
        _tell_paths(screen, finding, limit)
    if finding.unmet:
        screen.heading("Unmet: required, and out of service")
        for unmet in finding.unmet:
            lost = f"pool {unmet.pool}, nobody in service" if unmet.provider is None else unmet.provider_name or ""
            status = f" ({unmet.provider_status})" if unmet.provider_status else ""
            screen.say(f"- {unmet.name} requires {lost}{status}")
    if finding.cycles:
        screen.heading("Cycles: they stand on each other")
        names = {each.id: each.name for each in finding.items}
        for cycle in finding.cycles:
            screen.say("- " + ", ".join(names[id_] for id_ in cycle))
    if finding.warnings:
        screen.heading("Mind")
        for warning in finding.warnings:
            screen.say(f"- {warning}")


def _tell_paths(screen: Screen, finding: NeedsFinding, limit: int) -> None:
    kept = finding.over_network[: limit or len(finding.over_network)]
    for each in kept:
        # One path that shares no device with another may still be one of many that all meet in one device.
        paths = "a direct link" if each.paths == 1 else f"{each.paths} paths that share no device"
        if each.on_every_path:
            paths = f"paths that all run through {', '.join(each.on_every_path_names)}"
        soft = " (soft)" if not each.hard else ""
        ends = f"{each.consumer_name} reaches {each.provider_name}"
        screen.say(f"- {ends}{soft} by {paths}")
    screen.more(len(kept), len(finding.over_network), "see all lines with --limit 0")


def _guides(levels: Sequence[int], ascii_only: bool) -> list[str]:
    """Return what stands before each line of a tree, from the lines' levels."""
    bar, tee, corner = ("|  ", "|- ", "`- ") if ascii_only else ("│  ", "├─ ", "└─ ")
    guides: list[str] = []
    open_levels: set[int] = set()
    for level in reversed(levels):
        open_levels = {each for each in open_levels if each <= level}
        inner = "".join(bar if each in open_levels else "   " for each in range(1, min(level, _DEEPEST)))
        guides.append((inner + (tee if level in open_levels else corner)) if level else "")
        open_levels.add(level)
    return guides[::-1]


def _line(step: Step) -> Text:
    requirement, item = step.requirement, step.item
    if item is None:
        assert requirement is not None
        full = f", degraded below {requirement.full}" if requirement.full else ""
        assumed = ", assumed" if requirement.assumed else ""
        soft = "" if requirement.hard else ", soft"
        text = f" needs {requirement.need} of {requirement.n}{assumed}{full}{soft}"
        return Text.assemble(("pool ", "dim"), (on_one_line(requirement.pool or ""), "bold"), text)
    line = Text()
    if requirement is not None:
        line.append(f"{requirement.type or 'requires'} ", "dim")
    line.append(on_one_line(item.name), "bold" if step.level == 0 else "")
    line.append(f"  {item.class_name}", "dim")
    marks = [
        *([item.status] if item.status != "operational" else []),
        *(["soft: degraded without it"] if requirement is not None and not requirement.hard else []),
        *(["in a cycle"] if item.in_cycle else []),
        *(["opened above"] if step.again else []),
        *(["more below"] if not item.expanded else []),
    ]
    if marks:
        line.append(f"  ({'; '.join(marks)})")
    return line


def list_items(finding: NeedsFinding) -> None:
    """Write the items as CSV, one a line, with what each requires in words."""
    names = {each.id: each.name for each in finding.items}
    keys = ("id", "name", "class", "status", "criticality", "depth", "shared", "in_cycle", "requires", "external_ids")
    write_csv(keys, (_row(item, names) for item in finding.items))


def _row(item: NeededItem, names: dict[str, str]) -> list[object]:
    return [
        *(item.id, item.name, item.class_name, item.status, item.criticality, item.depth, item.shared, item.in_cycle),
        "; ".join(_required(each, names) for each in item.requires),
        [f"{source}:{id_}" for source, id_ in item.external_ids.items()],
    ]


def _required(requirement: Requirement, names: dict[str, str]) -> str:
    if requirement.kind == "pool":
        members = ", ".join(names.get(id_, id_) for id_ in requirement.members)
        return f"{requirement.need} of {requirement.n} in pool {requirement.pool} ({members})"
    provider = requirement.provider or ""
    return f"{names.get(provider, provider)}{'' if requirement.hard else ' (soft)'}"
