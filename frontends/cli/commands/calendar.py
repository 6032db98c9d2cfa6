"""`cmdb calendar`: maintenance windows, freezes and business hours."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from frontends.cli.answers import show_fact, show_rows
from frontends.cli.options import CmdbGroup, output_option
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from cmdb.model.calendar import CalendarRule
    from cmdb.record import Record
    from cmdb.snapshot import Snapshot

__all__ = ["command"]

_KINDS: Final = ("window", "freeze", "hours")
_SCOPE: Final = (
    click.option("--item", "items", multiple=True, metavar="ITEM", help="Only for this item; may be repeated."),
    click.option("--class", "classes", multiple=True, metavar="CLASS", help="Only for items of this class."),
    click.option("--service", "services", multiple=True, metavar="ITEM", help="Only for a service and all below it."),
)


def _scoped(decorated: Any) -> Any:
    for option in reversed(_SCOPE):
        decorated = option(decorated)
    return decorated


@click.group("calendar", cls=CmdbGroup)
def command() -> None:
    """Maintenance windows, freezes and business hours.

    They are iCalendar rules in local wall time of their zone, in summer and in winter. An item's own window comes
    before a service's, a class's and everybody's; freezes all count.

    \b
    cmdb calendar add window Natt --start 2027-01-05T22:00 --zone Europe/Oslo --minutes 360 --rrule FREQ=WEEKLY
    cmdb calendar add freeze Jul --start 2026-12-20T00:00 --zone Europe/Oslo --minutes 20160
    """


def _scope(record: Record, snapshot: Snapshot, said: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    from cmdb.errors import UsageError
    from cmdb.snapshot.naming import resolve

    classes: dict[str, None] = {}
    for name in said["classes"]:
        if (class_ := record.catalogue.class_named(name)) is None:
            raise UsageError(f"{name} is no class; see: cmdb catalogue")
        # A rule for servers holds for every kind of server.
        kinds = record.catalogue.classes
        classes |= dict.fromkeys(each for each in kinds if class_ == each or class_ in kinds[each].ancestors)
    return {
        "items": tuple(snapshot.id_at(resolve(snapshot, each)) for each in said["items"]),
        "classes": tuple(classes),
        "services": tuple(snapshot.id_at(resolve(snapshot, each)) for each in said["services"]),
    }


@command.command("add")
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("name")
@click.option("--start", required=True, metavar="TIME", help="Local wall time of its first start, 2027-01-05T22:00.")
@click.option("--zone", required=True, metavar="ZONE", help="Such as Europe/Oslo.")
@click.option("--minutes", type=float, required=True, metavar="N", help="How long, by the clock on the wall.")
@click.option("--rrule", metavar="RRULE", help="How it recurs: FREQ=WEEKLY;BYDAY=TU,TH; not said: once.")
@click.option("--except", "exdates", multiple=True, metavar="TIME", help="A start that is left out; may be repeated.")
@_scoped
@click.option("-m", "--message", default="", metavar="TEXT", help="What it is for.")
@output_option()
@pass_session
def add(session: Session, /, kind: Any, name: str, message: str, output: str, **said: Any) -> None:
    """Add a rule; one that never opens is refused."""
    from cmdb.model.calendar import CalendarRule
    from impact.timetable import check_rule, next_span

    now = dt.datetime.now(dt.UTC)
    with session.record() as record:
        scope = _scope(record, record.snapshot(), said)
        rule = CalendarRule(
            "",
            kind,
            name,
            said["start"],
            said["zone"],
            said["minutes"],
            said["rrule"],
            exdates=said["exdates"],
            items=scope["items"],
            classes=scope["classes"],
            services=scope["services"],
            text=message,
        )
        check_rule(rule, now)
        with session.changing():
            rule = record.calendar.add(rule)
    span = next_span(rule, now)
    assert span is not None
    from frontends.cli.change_view import time_of

    told = f"{name}: next from {time_of(span.start.isoformat(), rule.zone)[:16]}, {rule.zone}."
    show_fact(_plain(rule), told, output)


@command.command("list")
@output_option()
@pass_session
def list_rules(session: Session, output: str) -> None:
    """The rules that hold, and when each holds next."""
    from frontends.cli.change_view import item_name, time_of
    from frontends.cli.tables import Column
    from impact.timetable import next_span

    with session.record() as record:
        snapshot, rules = record.snapshot(), record.calendar.all()
    now = dt.datetime.now(dt.UTC)
    rows = []
    for rule in rules:
        span = next_span(rule, now)
        row = _plain(rule)
        row["next"] = None if span is None else span.start.isoformat()
        if output != "json":
            row["next"] = "over" if span is None else time_of(span.start.isoformat(), rule.zone)
            names = [item_name(snapshot, each) for each in (*rule.items, *rule.services)]
            row["for"] = ", ".join([*names, *rule.classes[:3]]) or "everything"
        rows.append(row)
    columns = {
        "kind": Column("kind", fixed=True),
        "name": Column("name"),
        "next": Column("next", fixed=True),
        "minutes": Column("min", right=True),
        "rrule": Column("recurs"),
        "for": Column("for"),
    }
    shown = columns if output != "json" else {name: Column(name) for name in ("key",)}
    show_rows("rules", rows, shown, output, nothing="There are none: work may be done at any time.")


@command.command("remove")
@click.argument("name")
@output_option()
@pass_session
def remove(session: Session, name: str, output: str) -> None:
    """Take a rule back, by its name or key."""
    with session.record() as record, session.changing():
        rule = record.calendar.withdraw(name)
    show_fact(_plain(rule), f"{rule.name} holds no longer.", output)


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(_KINDS), help="What its events are, where they do not say it.")
@click.option("--zone", default="UTC", show_default=True, metavar="ZONE", help="Of times that name none.")
@_scoped
@output_option()
@pass_session
def import_rules(session: Session, /, file: Path, kind: str | None, zone: str, output: str, **said: Any) -> None:
    """Take in the events of an iCalendar file (.ics) as rules; the same file again changes nothing."""
    from cmdb.changes.ics import read_rules
    from cmdb.errors import FileProblem
    from impact.timetable import check_rule

    try:
        data = file.read_bytes()
    except OSError as error:
        raise FileProblem(f"cannot be read: {error.strerror}", file=str(file)) from None
    with session.record() as record:
        scope = _scope(record, record.snapshot(), said)
        rules = read_rules(data, str(file), kind=kind, zone=zone, scope=scope)
        for rule in rules:
            # What is over may be taken in all the same: another tool's calendar keeps its past.
            first = dt.datetime.fromisoformat(rule.start).replace(tzinfo=dt.UTC)
            check_rule(rule, min(dt.datetime.now(dt.UTC), first - dt.timedelta(days=2)))
        with session.changing():
            done = record.calendar.take_in(rules)
    told = f"{done.created} added, {done.updated} brought up to date, {done.unchanged} known already."
    show_fact(done._asdict(), told, output)


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--changes", is_flag=True, help="The forward schedule of changes, to subscribe to; else the rules.")
@pass_session
def export(session: Session, file: Path | None, changes: bool) -> None:
    """Write an iCalendar file (.ics): the rules, or with --changes the forward schedule of changes."""
    from cmdb.changes.ics import schedule_text, write_rules
    from frontends.cli.change_view import item_name
    from frontends.cli.writing import write_text

    now = dt.datetime.now(dt.UTC)
    with session.record() as record:
        if changes:
            snapshot, found = record.snapshot(), record.changes.all()
            names = {step.item: item_name(snapshot, step.item) for each in found for step in each.request.steps}
            text = schedule_text(found, names, at=now)
        else:
            text = write_rules(record.calendar.all(), at=now)
    if file is None:
        write_text(text)
        return
    from cmdb.errors import FileProblem

    try:
        # Lines end as RFC 5545 wants them, on every system.
        file.write_bytes(text.encode())
    except OSError as error:
        raise FileProblem(f"cannot be written: {error.strerror}", file=str(file)) from None
    session.note(f"written to {file}")


def _plain(rule: CalendarRule) -> dict[str, Any]:
    told = {name: getattr(rule, name) for name in rule.__struct_fields__}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}
