"""Availability for a person and for a spreadsheet: a table of services, then what brings them down.

Pictures are bars of characters beside the figures they show; neither they nor a colour say anything alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from frontends.cli.tables import Column, Screen, count_of
from frontends.cli.writing import write_csv
from impact.availability.wording import duration, percent, short

if TYPE_CHECKING:
    from impact.availability.finding import AvailabilityFinding

__all__ = ["draw", "list_services"]

_VERDICTS: Final = {
    "met": ("✓", "+", "green", "met"),
    "not met": ("✗", "x", "bold red", "not met"),
    "not enough data to promise": ("?", "?", "yellow", "too little data"),
    "undecided": ("~", "~", "yellow", "undecided"),
    "not modelled": ("–", "-", "yellow", "not modelled"),
    "no target": ("", "", "", ""),
}
_METHODS: Final = {"exact": "", "interval": " (interval)", "estimate": " (estimate)"}
_BAR: Final = 10
_WIDE: Final = 100
"""Columns of a terminal that holds every column of the table of services."""
_DETAILED: Final = 5
"""Services named one by one that are drawn with all that brings them down."""
Row = dict[str, Any]
Cell = Callable[[Row], Any]


def draw(finding: AvailabilityFinding, *, sentences: bool, alone: bool) -> None:
    """Print the answer. `alone`: services were named, so each is shown closely; `sentences`: some are explained."""
    screen = Screen()
    rows = finding.services.plain()
    screen.say(_headline(rows, now=finding.now), "bold")
    explained = [row for row in rows if row["explanation"]] if sentences else []
    for row in explained:
        screen.heading(row["name"])
        for sentence in row["explanation"]:
            screen.say(sentence)
    rest = [row for row in rows if not row["explanation"]]
    if rest:
        _draw_services(screen, rest)
    for row in rows[:_DETAILED] if alone else []:
        _draw_contributors(screen, row)
    if not alone:
        _draw_worst(screen, [each.model_dump(by_alias=True) for each in finding.worst])
        _draw_enter_first(screen, [each.model_dump(by_alias=True) for each in finding.enter_first])
    if finding.warnings:
        screen.heading("Mind")
        for warning in finding.warnings:
            screen.say(f"- {warning}")


def _headline(rows: Sequence[Row], *, now: bool) -> str:
    known = [row for row in rows if row["availability"] is not None]
    aims = [row["verdict"] for row in rows if row["target"] is not None]
    parts = [f"{count_of(len(rows), 'service')}, {len(known)} modelled"]
    if len(rows) == 1 and known:
        [row] = rows
        parts = [
            f"{row['name']} is up {'at most ' * row['at_most']}{percent(row['availability'])} of the time, down "
            f"{'at least ' * row['at_most']}{duration(row['downtime_minutes_per_month'])} a month"
        ]
    if aims:
        told = [f"{aims.count(verdict)} {verdict}" for verdict in _VERDICTS if verdict in aims]
        parts.append(
            f"targets: {', '.join(told)}" if len(rows) > 1 else f"target {_target(rows[0]['target'])}: {aims[0]}"
        )
    parts.append("as it stands now, what is down by status counted as down" if now else "by design")
    return "; ".join(parts) + "."


def _draw_services(screen: Screen, rows: Sequence[Row]) -> None:
    screen.heading("Services")
    planned = any(row["experienced"] and row["experienced"]["planned_hours_per_year"] for row in rows)
    aimed = any(row["target"] is not None for row in rows)
    narrow = screen.console.width < _WIDE
    # What is left out where there is no room stands in the closer look, and in the other forms of answer.
    shown: dict[str, tuple[Column, Cell]] = {
        "service": (Column("service"), lambda row: row["name"]),
        "availability": (Column("availability", right=True), lambda row: _availability(screen, row)),
        "down": (Column("down/month", right=True), lambda row: _maybe(row["downtime_minutes_per_month"])),
    }
    if planned:
        shown["planned"] = (Column("with work", right=True), _experienced)
    if aimed:
        shown["target"] = (Column("target", right=True), lambda row: _target(row["target"]))
        if not (narrow and planned):
            shown["budget"] = (Column("of budget", fixed=True), lambda row: _spent(screen, row))
        shown["verdict"] = (Column("verdict", fixed=True), lambda row: _verdict_cell(screen, row["verdict"]))
    if not (narrow and aimed):
        shown["defaults"] = (Column("defaults", right=True), _on_defaults)
    screen.table([column for column, _ in shown.values()], ([told(row) for _, told in shown.values()] for row in rows))


def _availability(screen: Screen, row: Row) -> str:
    if row["availability"] is None:
        return "not modelled"
    return f"{_bound(screen, row)}{percent(row['availability'])}{_METHODS[row['method']]}"


def _maybe(minutes: float | None) -> str:
    return "" if minutes is None else short(minutes)


def _experienced(row: Row) -> str:
    return "" if row["experienced"] is None else short(row["experienced"]["downtime_minutes_per_month"])


def _target(target: float | None) -> str:
    """Return a target as one writes it: 99.5 %, not 99.500 %."""
    return "" if target is None else f"{100 * target:.7g} %"


def _on_defaults(row: Row) -> str:
    return "" if row["basis"] is None else percent(row["basis"]["default"], 0)


def _bound(screen: Screen, row: Row) -> str:
    return ("<= " if screen.ascii else "≤ ") if row["at_most"] else ""


def _spent(screen: Screen, row: Row) -> Text:
    """Draw how much of the allowed downtime is expected to be used."""
    minutes, budget = row["downtime_minutes_per_month"], row["budget_minutes_per_month"]
    if minutes is None or budget is None:
        return Text()
    if budget == 0:
        return Text("none allowed" if minutes > 0 else "none needed")
    share = minutes / budget
    return Text.assemble(_bar(screen, share, 6), f" {100 * share:,.0f} %")


def _bar(screen: Screen, share: float, width: int = _BAR) -> Text:
    """Draw a share as a bar; one above 1 runs out of it with an arrow."""
    full, empty, over = ("#", ".", ">") if screen.ascii else ("█", "░", "▶")
    if share > 1:
        return Text(full * (width - 1) + over)
    filled = min(width, max(1 if share > 0 else 0, round(share * width)))
    return Text(full * filled + empty * (width - filled))


def _verdict_cell(screen: Screen, verdict: str) -> Text:
    sign, plain_sign, style, word = _VERDICTS[verdict]
    return Text(f"{plain_sign if screen.ascii else sign} {word}".strip(), style=style)


def _draw_contributors(screen: Screen, row: Row) -> None:
    contributors = row["contributors"]
    if not contributors:
        return
    screen.heading(f"What brings {row['name']} down")
    screen.table(
        [
            Column("item"),
            Column("class"),
            Column("down/month", right=True),
            Column("share", fixed=True),
            Column("figure", fixed=True),
            Column("a pair saves", right=True),
        ],
        (
            [
                each["name"],
                each["class"] or count_of(len(each["members"]), "member"),
                short(each["minutes_per_month"]),
                Text.assemble(_bar(screen, each["share"]), f" {percent(each['share'], 0)}"),
                each["basis"],
                _pair(each["pair_saves_minutes_per_month"]),
            ]
            for each in contributors
        ),
    )
    screen.more(len(contributors), row["contributors_total"], "each matters less")
    _draw_promise(screen, row)


def _pair(saved: float | None) -> str:
    return "" if saved is None else short(saved)


def _both_figures(row: Row) -> list[tuple[str, Any]]:
    """Tell the agreed figure, which leaves planned work out, and the experienced one beside it."""
    felt = row["experienced"]
    if not felt or not felt["planned_hours_per_year"]:
        return [("downtime a year", duration(row["downtime_minutes_per_year"]))]
    return [
        (name, f"{percent(each['availability'])}, down {duration(each['downtime_minutes_per_year'])} a year")
        for name, each in (("agreed (without work)", row), ("experienced (with it)", felt))
    ]


def _draw_promise(screen: Screen, row: Row) -> None:
    kept, cost, found = row["attainment"], row["cost"], row["uncertainty"]
    pairs = _both_figures(row)
    if row["outages_per_year"] is not None:
        pairs.append(("outages a year", f"{row['outages_per_year']:.3g}"))
    if row["mean_outage_minutes"] is not None:
        pairs.append(("mean outage", duration(row["mean_outage_minutes"])))
    if kept is not None and kept["month"] is not None:
        told = f"{percent(kept['month'], 1)} of months, {percent(kept['year'], 1)} of years (approximation)"
        pairs.append(("target kept in", told))
    if kept is not None and kept["safe_month"] is not None:
        told = f"{percent(kept['safe_month'])} a month, {percent(kept['safe_year'])} a year (approximation)"
        pairs.append(("kept by 95 % of them", told))
    if found is not None:
        told = f"{percent(found['low'])} to {percent(found['high'])} by the recorded ranges of "
        pairs.append(("90 % range", told + f"{found['items_with_range']} of {count_of(found['items'], 'item')}"))
    if cost["user_hours_per_year"] is not None:
        by = "by the weekly profile" if cost["by_usage"] else "all users, around the clock"
        pairs.append(("user hours lost a year", f"{cost['user_hours_per_year']:,.0f} ({by})"))
    if cost["paid_while_down_per_year"] is not None:
        pairs.append(("yearly cost paid while down", f"{cost['paid_while_down_per_year']:,.0f}"))
    if pairs:
        screen.say()
        screen.pairs(pairs)


def _draw_worst(screen: Screen, rows: Sequence[Row]) -> None:
    if not rows:
        return
    screen.heading("Where downtime comes from, over all services")
    screen.table(
        [
            Column("item"),
            Column("class"),
            Column("services", right=True),
            Column("downtime a year", right=True),
            Column("share", fixed=True),
            Column("figure", fixed=True),
        ],
        (
            [
                each["name"],
                each["class"],
                each["services"],
                short(each["service_minutes_per_year"]),
                Text.assemble(_bar(screen, each["share"]), f" {percent(each['share'], 0)}"),
                each["basis"],
            ]
            for each in rows
        ),
    )


def _draw_enter_first(screen: Screen, rows: Sequence[Row]) -> None:
    if not rows:
        return
    screen.heading("Enter these figures first")
    screen.table(
        [Column("item"), Column("class"), Column("now"), Column("downtime a year", right=True), Column("source")],
        (
            [
                each["name"],
                each["class"],
                "no data" if each["basis"] == "no_data" else "default",
                "" if each["minutes_per_year"] is None else short(each["minutes_per_year"]),
                each["source"],
            ]
            for each in rows
        ),
    )


def list_services(finding: AvailabilityFinding) -> None:
    """Write the services as CSV, one a line; empty where there is no figure."""
    plain = (
        *("id", "name", "class", "criticality", "users", "availability", "method", "low", "high", "at_most"),
        *("downtime_minutes_per_month", "downtime_minutes_per_year", "outages_per_year", "mean_outage_minutes"),
        *("mean_up_hours", "defaults_used", "no_data", "target", "budget_minutes_per_month", "verdict"),
    )
    nested = (
        *(("experienced", name) for name in ("availability", "downtime_minutes_per_month", "planned_hours_per_year")),
        *(("basis", name) for name in ("measured", "entered", "default")),
        *(("attainment", name) for name in ("month", "year", "safe_month", "safe_year")),
        *(("cost", name) for name in ("user_hours_per_year", "paid_while_down_per_year")),
    )
    write_csv(
        [*plain, *(f"{group}_{name}" for group, name in nested), "external_ids"],
        (
            [
                *(row[name] for name in plain),
                *(None if row[group] is None else row[group][name] for group, name in nested),
                [f"{source}:{id_}" for source, id_ in row["external_ids"].items()],
            ]
            for row in finding.services.plain()
        ),
    )
