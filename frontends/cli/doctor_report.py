"""What the doctor found, for a person: the store's checks, then each kind of trouble with what to do about it."""

from __future__ import annotations

import itertools
from typing import Final

from rich.text import Text

from frontends.cli.doctor_view import SEVERITIES, Examined, Trouble
from frontends.cli.tables import Column, Screen, count_of
from frontends.cli.writing import write_csv

__all__ = ["draw", "list_findings"]

_STYLES: Final = {"error": "bold red", "warning": "yellow", "info": "cyan"}
_WORDS: Final = {"info": "remark"}
_TITLES: Final = {
    "assumed_need": "Needs that nobody stated",
    "common_cause_differs": "Pools of the same members that fail together in different measure",
    "confirmed_members_changed": "Pools that changed since their need was confirmed",
    "contradicting_availability": "Availabilities that contradict the times between failures and to repair",
    "cycle": "Items that stand on each other",
    "higher_tier_provider": "Items that rely on what usually stands on them",
    "lasts_outside_pool": "Batteries without a pool",
    "mean_outside_range": "Mean times outside their own range",
    "missing_item": "Items that their sources no longer show",
    "mixed_pool": "Pools that are hard and soft at once",
    "mttr_without_mtbf": "Times to repair without times between failures",
    "need_above_members": "Pools that need more than they have",
    "no_rule": "Relationships that no rule explains",
    "placeholder": "Items that are only referred to",
    "plain_beside_pool": "Pools that protect from nothing",
    "pool_of_one": "Pools of one",
    "service_without_providers": "Services that rely on nothing",
    "stale_item": "Items not seen for long",
    "store": "The store",
    "two_cycle": "Items that require each other",
    "unknown_class": "Classes that the catalogue lacks",
    "unknown_type": "Relationship types that the catalogue lacks",
    "unmet_requirement": "Requirements that nobody meets",
}


def draw(examined: Examined, limit: int) -> None:
    """Print what was found; `limit` findings of each kind, 0 for all."""
    screen = Screen()
    screen.say(_headline(examined), "bold")
    screen.heading(f"{examined.address}, revision {examined.revision}; catalogue: {', '.join(examined.catalogue)}")
    screen.table(
        [Column("check"), Column("state", fixed=True), Column("detail")],
        ([each.check, _verdict(each.ok, screen.ascii), each.detail] for each in examined.checks),
    )
    for (severity, kind), group in itertools.groupby(examined.troubles, lambda each: (each.severity, each.kind)):
        _draw_kind(screen, severity, kind, list(group), limit)


def _draw_kind(screen: Screen, severity: str, kind: str, troubles: list[Trouble], limit: int) -> None:
    shown = troubles[:limit] if limit else troubles
    screen.say()
    title = _TITLES.get(kind, kind.replace("_", " ").capitalize())
    screen.line(
        Text.assemble((_WORDS.get(severity, severity), _STYLES[severity]), (f"  {title} ({len(troubles):,})", "bold"))
    )
    advice = {each.advice for each in shown}
    if len(advice) == 1:
        screen.say(f"  What to do: {advice.pop()}.")
        columns, rows = [Column("which"), Column("what")], [[each.name, each.message] for each in shown]
    else:
        columns = [Column("which"), Column("what"), Column("what to do")]
        rows = [[each.name, each.message, each.advice] for each in shown]
    screen.table(columns, rows, indent=2)
    screen.more(len(shown), len(troubles), "see all with --limit 0 or -o json")


def _headline(examined: Examined) -> str:
    told = [
        count_of(examined.counts[severity], _WORDS.get(severity, severity))
        for severity in SEVERITIES
        if examined.counts[severity]
    ]
    return f"Found {', '.join(told)}." if told else "Nothing looks wrong."


def _verdict(ok: bool, ascii_only: bool) -> Text:
    sign = ("+" if ok else "x") if ascii_only else ("✓" if ok else "✗")
    return Text(f"{sign} {'ok' if ok else 'broken'}", style="green" if ok else "bold red")


def list_findings(examined: Examined) -> None:
    """Write the findings as CSV, one a line."""
    write_csv(Trouble._fields, examined.troubles)
