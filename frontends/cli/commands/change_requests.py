"""`cmdb change new|edit|show|list|log`: what is asked for, and what has become of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from frontends.cli.answers import show_fact, show_rows, when
from frontends.cli.options import CmdbCommand, limit_option, message_option, output_option
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from cmdb.model.change import ChangeRequest
    from cmdb.snapshot import Snapshot

__all__ = ["COMMANDS"]

_ASKED: Final = (
    click.option("--file", "file", type=click.Path(path_type=Path), metavar="CHANGE.yaml", help="What is asked for."),
    click.option("--title", help="What is to be done, in a line."),
    click.option("--item", "items", multiple=True, metavar="ITEM", help="An item that is worked on; may be repeated."),
    click.option(
        "--action",
        type=click.Choice(["outage", "restart", "at_risk", "decommission"]),
        help="What is done to the items; at_risk: they stay up unless the change fails.",
    ),
    click.option("--type", "type_", type=click.Choice(["standard", "normal", "emergency"])),
    click.option("--model", metavar="NAME", help="The pre-approved change model of a standard change."),
    click.option("--start", metavar="TIME", help="Like 2026-11-26T22:00:00+01:00, or local time of --zone."),
    click.option("--end", metavar="TIME"),
    click.option("--zone", metavar="ZONE", help="The zone in which its times are told, such as Europe/Oslo."),
    click.option("--minutes", type=float, metavar="N", help="Planned outage in minutes."),
    click.option("--team", metavar="NAME"),
    click.option("--assignee", "assignees", multiple=True, metavar="NAME"),
    click.option("--back-out", type=click.Choice(["tested", "written", "none"]), help="State of the back-out plan."),
    click.option("--back-out-minutes", type=float, metavar="N", help="How long backing out takes."),
    click.option("--tests", type=click.Choice(["full", "partial", "none"])),
    click.option("--requester", metavar="NAME", help="Who asks for it; you, if not said."),
    click.option("--justification", metavar="TEXT"),
)


def _asking(decorated: Any) -> Any:
    for option in reversed(_ASKED):
        decorated = option(decorated)
    return decorated


def _request(snapshot: Snapshot, asked: dict[str, Any]) -> ChangeRequest:
    """Return the request that a file states, or options, or a file with options over it."""
    from cmdb.changes.reading import request_of
    from frontends.desk.change_file import naming, read_change_file, read_values

    said = _said(asked)
    if asked["file"] is None:
        if not said:
            raise click.UsageError("say what is asked for: --file CHANGE.yaml, or --title and --item")
        return request_of(said, naming(snapshot))
    if not said:
        return read_change_file(asked["file"], naming(snapshot))
    values, _ = read_values(asked["file"])
    return request_of({**values, **said}, naming(snapshot))


def _said(asked: dict[str, Any]) -> dict[str, Any]:
    plain = ("title", "model", "start", "end", "zone", "team", "tests", "requester", "justification")
    said: dict[str, Any] = {name: asked[name] for name in plain if asked[name] is not None}
    if asked["type_"] is not None:
        said["type"] = asked["type_"]
    if asked["minutes"] is not None:
        said["planned_outage_minutes"] = asked["minutes"]
    if asked["assignees"]:
        said["assignees"] = list(asked["assignees"])
    if asked["items"]:
        said["items"] = [{"item": each, "action": asked["action"] or "outage"} for each in asked["items"]]
    elif asked["action"] is not None:
        raise click.UsageError("--action says what is done to each --item; name one")
    back_out = {"state": asked["back_out"], "minutes": asked["back_out_minutes"]}
    if any(value is not None for value in back_out.values()):
        if back_out["state"] == "tested":
            raise click.UsageError("a tested back-out plan needs when or a reference; state it in a file")
        said["back_out"] = {name: value for name, value in back_out.items() if value is not None}
    return said


@click.command("new", cls=CmdbCommand)
@_asking
@message_option()
@output_option()
@pass_session
def new(session: Session, /, message: str, output: str, **asked: Any) -> None:
    """Enter a change as a draft.

    What it would do is assessed at any time; others see it once it is submitted.

    \b
    cmdb change new --file change.yaml
    cmdb change new --title "Patch db1" --item db1 --start 2026-11-26T22:00+01:00 --end 2026-11-26T23:00+01:00
    """
    from frontends.cli.change_view import change_json

    with session.record() as record:
        request = _request(record.snapshot(), asked)
        with session.changing():
            standing = record.changes.new(request, note=message)
    told = f"{standing.number} is a draft: {request.title}. Assess it with: cmdb change assess {standing.number}"
    show_fact(change_json(standing), told, output)


@click.command("edit", cls=CmdbCommand)
@click.argument("number")
@_asking
@click.option("--upon", type=int, metavar="VERSION", help="The version you saw; refused when another stands.")
@message_option()
@output_option()
@pass_session
def edit(session: Session, /, number: str, upon: int | None, message: str, output: str, **asked: Any) -> None:
    """Change what is asked for; what was approved before is void.

    A file says the whole request anew; options alone change what they name.
    """
    from frontends.cli.change_view import change_json

    with session.record() as record:
        snapshot = record.snapshot()
        request = _request(snapshot, asked) if asked["file"] is not None else _over(record, snapshot, number, asked)
        with session.changing():
            standing = record.changes.edit(number, request, upon=upon, note=message)
    told = f"{standing.number} is at version {standing.version} now, and is {standing.state}."
    show_fact(change_json(standing), told, output)


def _over(record: Any, snapshot: Snapshot, number: str, asked: dict[str, Any]) -> ChangeRequest:
    import msgspec

    from cmdb.changes.reading import request_of
    from frontends.desk.change_file import naming

    standing = record.changes.get(number)
    said = _said(asked)
    if not said:
        raise click.UsageError("say what is different: --file CHANGE.yaml, or options like --start")
    before = msgspec.to_builtins(standing.request)
    before["items"] = [
        {("with" if name == "replacement" else name): value for name, value in step.items()}
        for step in before.pop("steps", [])
    ]
    back_out = {("when" if name == "tested_on" else name): value for name, value in before.get("back_out", {}).items()}
    before["back_out"] = back_out | said.pop("back_out", {})
    return request_of({**before, **said}, naming(snapshot))


@click.command("show", cls=CmdbCommand)
@click.argument("number")
@output_option()
@pass_session
def show(session: Session, number: str, output: str) -> None:
    """Everything about a change, as it stands.

    Of an open change its effect is computed anew, and what became different since its assessment is told.
    """
    import msgspec

    from frontends.cli import change_report
    from frontends.cli.change_view import change_json
    from frontends.desk.moved import effect_of_open

    with session.record() as record:
        standing, snapshot = record.changes.get(number), record.snapshot()
        assessment, moved = effect_of_open(record, snapshot, standing)
    if output == "table":
        change_report.draw(snapshot, standing, assessment, moved)
        return
    effect = None if assessment is None else msgspec.to_builtins(assessment.effect)
    show_fact({**change_json(standing), "effect": effect, "became_different": moved}, "", output)


@click.command("list", cls=CmdbCommand)
@click.option("--state", "states", multiple=True, metavar="STATE", help="Only those in this state; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="What is closed, cancelled or rejected as well.")
@limit_option(50, "changes")
@output_option()
@pass_session
def list_changes(session: Session, states: tuple[str, ...], everything: bool, limit: int, output: str) -> None:
    """The changes that are not over, by start."""
    from cmdb.model.change import CHANGE_STATES
    from frontends.cli.change_view import change_json, span_of
    from frontends.cli.tables import Column

    if wrong := set(states) - set(CHANGE_STATES):
        raise click.UsageError(f"{', '.join(sorted(wrong))} is no state; there are {', '.join(CHANGE_STATES)}")
    with session.record() as record:
        found = record.changes.all()
    if states:
        found = [each for each in found if each.state in states]
    elif not everything:
        found = [each for each in found if each.state not in ("closed", "cancelled", "rejected")]
    found.sort(key=lambda each: (each.request.start is None, each.request.start or "", each.number))
    shown = found[:limit] if limit else found
    rows = [
        change_json(each)
        if output == "json"
        else {
            "number": each.number,
            "state": each.state + (", to be ratified" if each.unratified else ""),
            "type": each.request.type,
            "when": span_of(each.request),
            "team": each.request.team,
            "title": each.request.title,
        }
        for each in shown
    ]
    columns = {
        "number": Column("number", fixed=True),
        "state": Column("state", fixed=True),
        "type": Column("type", fixed=True),
        "when": Column("when"),
        "team": Column("team"),
        "title": Column("title"),
    }
    nothing = "There are none; enter one with: cmdb change new --file CHANGE.yaml"
    show_rows("changes", rows, columns, output, total=len(found), nothing=nothing)


@click.command("log", cls=CmdbCommand)
@click.argument("number")
@output_option()
@pass_session
def log(session: Session, number: str, output: str) -> None:
    """Who did what to a change, when, and on which facts: for an auditor."""
    from cmdb.errors import PaperNotFound
    from frontends.cli.tables import Column

    with session.record() as record:
        versions = record.changes.versions(number)
        kept = record.shelves().assessments
        facts = {
            key: found.value
            for key in dict.fromkeys(each.value.assessment for each in versions)
            if key is not None and (found := kept.find(key)) is not None
        }
    if not versions:
        raise PaperNotFound(f"there is no change {number}; see: cmdb change list")
    rows = []
    for value, paper in versions:
        fact = facts.get(value.assessment or "")
        rows.append(
            {
                "version": paper.version,
                "at": paper.at if output == "json" else when(paper.at),
                "by": paper.actor.name,
                "account": paper.actor.account,
                "established": paper.actor.established,
                "state": value.state,
                "revision": paper.revision,
                "assessment": value.assessment,
                "risk": None if fact is None else f"{fact.band.replace('_', ' ')} ({fact.score:.0f})",
                "what": paper.note,
            }
        )
    columns = {
        "version": Column("version", right=True),
        "at": Column("when", fixed=True),
        "by": Column("who"),
        "established": Column("known by", fixed=True),
        "state": Column("state", fixed=True),
        "revision": Column("revision", right=True),
        "risk": Column("risk", fixed=True),
        "what": Column("what"),
    }
    show_rows("log", rows, columns, output, number=versions[-1].value.number)


COMMANDS: Final = {"new": new, "edit": edit, "show": show, "list": list_changes, "log": log}
"""The subcommands of this module."""
