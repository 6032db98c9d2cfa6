"""What breaks if, for a person and for a spreadsheet: services first, each with its reason in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from frontends.cli.tables import STATE_WORDS, Column, Screen, count_of, state_cell
from frontends.cli.writing import write_csv

if TYPE_CHECKING:
    from cmdb.snapshot import Snapshot
    from impact.finding import ImpactFinding

__all__ = ["because", "draw", "list_affected"]

_WHY_NOT: Final = {
    "none": "has no impact, by the catalogue",
    "no_rule": "no rule of the catalogue says who needs whom",
    "undirected": "has no direction",
    "network": "cannot be judged, for the network shows no way",
}
_MOST_NOT_FOLLOWED: Final = 10
Row = dict[str, Any]


def draw(snapshot: Snapshot, finding: ImpactFinding) -> None:
    """Print the answer: a sentence, the services, the other items by state, what was not looked at."""
    screen = Screen()
    screen.say(_headline(snapshot, finding), "bold")
    rows = finding.affected.plain()
    services = [row for row in rows if row["service"]]
    if services:
        screen.heading("Services")
        columns = [
            Column("state", fixed=True),
            Column("service"),
            Column("criticality", fixed=True),
            Column("users", right=True),
            Column("because"),
        ]
        screen.table(
            columns,
            (
                [
                    state_cell(row["state"], ascii_only=screen.ascii),
                    row["name"],
                    row["criticality"],
                    row["users"],
                    because(snapshot, finding, row),
                ]
                for row in services
            ),
        )
    _draw_others(screen, snapshot, finding, [row for row in rows if not row["service"]])
    screen.more(len(rows), finding.total, "see all with --limit 0")
    _draw_not_followed(screen, finding)
    if finding.warnings:
        screen.heading("Mind")
        for warning in finding.warnings:
            screen.say(f"- {warning}")


def _draw_others(screen: Screen, snapshot: Snapshot, finding: ImpactFinding, rows: Sequence[Row]) -> None:
    columns = [Column("state", fixed=True), Column("item"), Column("class"), Column("because")]
    for state in ("down", "degraded", "at_risk"):
        group = [row for row in rows if row["state"] == state]
        if not group:
            continue
        screen.heading(f"Other items {STATE_WORDS[state]}")
        screen.table(
            columns,
            (
                [
                    state_cell(state, ascii_only=screen.ascii),
                    row["name"],
                    row["class"],
                    because(snapshot, finding, row),
                ]
                for row in group
            ),
        )


def _draw_not_followed(screen: Screen, finding: ImpactFinding) -> None:
    if not len(finding.not_followed):
        return
    screen.heading(f"Not looked at: {count_of(finding.links_not_evaluated, 'link')} without impact in the answer")
    rows = finding.not_followed.plain()
    screen.table(
        [Column("item"), Column("relationship"), Column("links", right=True), Column("why")],
        ([row["name"], row["type"], row["count"], _WHY_NOT[row["why"]]] for row in rows[:_MOST_NOT_FOLLOWED]),
    )
    screen.more(min(len(rows), _MOST_NOT_FOLLOWED), len(rows), "see all with -o json")


def _headline(snapshot: Snapshot, finding: ImpactFinding) -> str:
    names = [each.name for each in finding.down]
    taken = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    length = "" if finding.minutes is None else f" for {finding.minutes:g} minutes"
    basis = finding.basis
    assert basis is not None
    rows = [snapshot.row_of(id_) for id_ in finding.services]
    if not rows:
        return f"Taking {taken} down{length}: {finding.headline}."
    from impact.states import AT_RISK, DEGRADED, DOWN

    states = [int(basis.after.state[row]) for row in rows]
    parts = [
        text.format(count_of(states.count(code), "service"))
        for code, text in ((DOWN, "brings {} down"), (DEGRADED, "degrades {}"), (AT_RISK, "puts {} at risk"))
        if code in states
    ]
    told = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    hit = [max(int(snapshot.users[row]), 0) for row, code in zip(rows, states, strict=True) if code >= DEGRADED]
    people = f"; up to {count_of(sum(hit), 'user')} would notice" if sum(hit) else ""
    blind = finding.links_not_evaluated
    unknown = f"; {count_of(blind, 'link was', 'links were')} not evaluated" if blind else ""
    return f"Taking {taken} down{length} {told}{people}; {count_of(finding.total, 'item')} affected in all{unknown}."


def because(snapshot: Snapshot, finding: ImpactFinding, row: Row) -> str:
    """Return the nearest reason for an item's state in words, and how it leads back to what was taken down."""
    name: Callable[[str], str] = lambda id_: snapshot.name_at(snapshot.row_of(id_))  # noqa: E731 - read aloud below
    reasons = row["because"]
    if not reasons:
        return ""
    text = _reason_text(reasons[0], row["state"], name, lambda id_: _state_word(snapshot, finding, id_))
    text += "".join(f" ← {step}" for step in _way_back([name(id_) for id_ in finding.chain(row["id"])], finding))
    if len(reasons) > 1:
        text += f"; and {count_of(len(reasons) - 1, 'more reason')}"
    if row["state_before"] != "unaffected":
        text += f"; was {STATE_WORDS[row['state_before']]} before"
    if row["redundancy_lost"] and row["state"] == "degraded" and reasons[0]["kind"] != "pool":
        text += "; redundancy lost"
    if row["service"] and row["new_spofs"]:
        new = [name(id_) for id_ in row["new_spofs"]]
        text += f"; now falls with {' or '.join(new[:2])}{f' or {len(new) - 2:,} more' if len(new) > 2 else ''} alone"
    return text


def _way_back(chain: Sequence[str], finding: ImpactFinding) -> list[str]:
    """Return the end of a causal chain (affected item first): what was hit first, and whose loss hit it.

    Its first two members are known from the row and its reason, and so is the last when one item was asked about.
    """
    rest = list(chain[2:-1] if len(finding.down) == 1 else chain[2:])
    return ["…", rest[-1]] if len(rest) > 1 else rest


def _state_word(snapshot: Snapshot, finding: ImpactFinding, id_: str) -> str:
    from impact.states import STATES

    assert finding.basis is not None
    return STATE_WORDS[STATES[finding.basis.after.state[snapshot.row_of(id_)]]]


def _reason_text(reason: Row, state: str, name: Callable[[str], str], word: Callable[[str], str]) -> str:
    if reason["kind"] == "seed":
        return "its status says so"
    if reason["kind"] == "hard":
        return f"{name(reason['provider'])} is {STATE_WORDS[state]}"
    if reason["kind"] == "soft":
        return f"{name(reason['provider'])} is {word(reason['provider'])}"
    if reason["kind"] == "network":
        return _network_text(reason, state, name, word)
    up = reason["n"] - reason["down"] - reason["not_counted"]
    needed = f"{reason['need']} needed{' (assumed)' if reason['assumed'] else ''}"
    told = f"pool {reason['pool']}: {up} of {reason['n']} up"
    if state == "at_risk" and not reason["down"]:
        return f"{told} but {len(reason['causes'])} at risk, {needed}"
    if state == "degraded" and reason["degraded"]:
        return f"{told} but {reason['degraded']} degraded, {needed}"
    if state == "degraded":
        return f"{told}, {needed}, below full strength" if up >= reason["need"] else f"{told}, {needed}"
    return f"{told}, {needed}"


def _network_text(reason: Row, state: str, name: Callable[[str], str], word: Callable[[str], str]) -> str:
    """Return what became of reaching a provider over the network."""
    provider, causes = name(reason["provider"]), reason["causes"]
    culprits = name(causes[0]) + (f" and {len(causes) - 1} more" if len(causes) > 1 else "")
    if state == "down":
        return f"no path to {provider} is left without {culprits}"
    if state == "degraded":
        return f"reaches {provider} only through what is down or degraded: {culprits}"
    if reason["down"]:
        return f"still reaches {provider}, by {reason['n'] - reason['down']} of {count_of(reason['n'], 'path')}"
    # Not "only": an item that is exposed has other ways, and none that the loss of one item more leaves.
    return f"reaches {provider} through what is {' or '.join(sorted({word(each) for each in causes}))}: {culprits}"


def list_affected(snapshot: Snapshot, finding: ImpactFinding) -> None:
    """Write the affected items as CSV, one a line, the reason in words."""
    keys = [
        *("id", "name", "class", "status", "service", "state", "state_before"),
        *("redundancy_lost", "criticality", "users", "distance", "failures_to_outage"),
    ]
    write_csv(
        [*keys, "new_spofs", "because", "external_ids"],
        (
            [
                *(row[key] for key in keys),
                row["new_spofs"],
                because(snapshot, finding, row),
                [f"{source}:{id_}" for source, id_ in row["external_ids"].items()],
            ]
            for row in finding.affected.plain()
        ),
    )
