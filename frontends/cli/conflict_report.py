"""Conflicts between changes, for people and spreadsheets: the gravest told first, and a drawing of when each works."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from cmdb.changes.conflict_kinds import CONFLICT_KINDS
from frontends.cli.change_view import time_of
from frontends.cli.tables import Column, Screen, count_of
from frontends.cli.writing import write_csv, write_encoded

if TYPE_CHECKING:
    from cmdb.model.change import ChangeRequest
    from cmdb.snapshot import Snapshot
    from frontends.cli.session import Session
    from impact.collisions import ConflictsFinding

__all__ = ["answer"]

_WIDTH: Final = 48
_DRAWN: Final = 20


def answer(
    session: Session, snapshot: Snapshot, finding: ConflictsFinding, requests: Mapping[str, ChangeRequest], output: str
) -> None:
    """Write the conflicts in the form asked for."""
    if output == "json":
        write_encoded(finding.to_json())
        return
    if output == "csv":
        write_csv(
            ["kind", "changes", "service", "start", "end", "text"],
            [[e.kind, " ".join(e.changes), e.service_name, e.start, e.end, e.text] for e in finding.conflicts],
        )
        for warning in finding.warnings:
            session.warn(warning)
        return
    screen = Screen()
    looked = count_of(len(finding.changes), "change")
    if not finding.conflicts:
        screen.say(f"No conflict among {looked}, at revision {finding.revision}.")
    else:
        joint = sum(each.kind == "joint" for each in finding.conflicts)
        fatal = f", {joint} of them fatal together" if joint else ""
        screen.say(f"{count_of(len(finding.conflicts), 'conflict')} among {looked}{fatal}.", "bold")
        screen.say()
        screen.table(
            [
                Column("kind", fixed=True),
                Column("changes"),
                Column("from", fixed=True),
                Column("to", fixed=True),
                Column("what"),
            ],
            (
                [
                    CONFLICT_KINDS[e.kind],
                    ", ".join(e.changes),
                    *_times(e.start, e.end, requests.get(e.changes[0])),
                    e.text,
                ]
                for e in finding.conflicts
            ),
        )
        _timeline(screen, finding, requests)
    if finding.not_dated:
        screen.say(f"Without a start, so not compared: {', '.join(finding.not_dated)}.")
    for warning in finding.warnings:
        screen.say(f"warning: {warning}")


def _times(start: str, end: str, request: ChangeRequest | None) -> tuple[str, str]:
    zone = request.zone if request is not None else None
    return time_of(start, zone)[:16], time_of(end, zone)[5:]


def _timeline(screen: Screen, finding: ConflictsFinding, requests: Mapping[str, ChangeRequest]) -> None:
    """Draw when the changes of the first joint loss work, or of the first conflict where none is joint."""
    first = next((each for each in finding.conflicts if each.kind == "joint"), finding.conflicts[0])
    night = dt.datetime.fromisoformat(first.start)
    near = dt.timedelta(hours=12)
    chosen = []
    for number, request in requests.items():
        if request.start is None or request.end is None:
            continue
        start, end = dt.datetime.fromisoformat(request.start), dt.datetime.fromisoformat(request.end)
        if any(number in each.changes for each in finding.conflicts) and abs(start - night) < near:
            chosen.append((start, end, number))
    if len(chosen) < 2:
        return
    chosen.sort()
    begin, finish = chosen[0][0], max(end for _, end, _ in chosen)
    step = (finish - begin) / _WIDTH
    screen.heading(f"From {time_of(begin.isoformat())} to {time_of(finish.isoformat())}")
    full, empty = ("#", ".") if screen.ascii else ("█", "·")
    for start, end, number in chosen[:_DRAWN]:
        bar = "".join(
            full if start < begin + step * (at + 1) and end > begin + step * at else empty for at in range(_WIDTH)
        )
        screen.say(f"  {number}  {bar}  {requests[number].title}")
    screen.more(min(len(chosen), _DRAWN), len(chosen), "all of them with -o json")
