"""`cmdb what-if`: what would differ if the estate were another, without touching the record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from frontends.cli.options import CmdbCommand, as_of_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def _several(*names: str, metavar: str, help: str, **more: Any) -> Callable[[Decorated], Decorated]:  # noqa: A002
    return click.option(*names, multiple=True, metavar=metavar, help=help, **more)


@click.command("what-if", cls=CmdbCommand)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@_several("--down", metavar="ITEM", help="The item is down.")
@_several("--perfect", metavar="ITEM", help="The item never fails by itself.")
@_several("--remove", metavar="ITEM", help="The item is out of service for good.")
@_several("--set", "set_", metavar="ITEM.FIELD=VALUE", help="Another value, such as db1.mtbf_hours=5000.")
@_several("--need", metavar="CONSUMER:POOL=N", help="The pool needs N members up, or a percentage.")
@_several("--add-member", metavar="CONSUMER:POOL=ITEM", help="A member more: ITEM, 'like ITEM' or 'like ITEM on HOST'.")
@_several("--add-item", metavar="ITEM", help="An item like ITEM; 'ITEM on HOST' puts it there.")
@_several("--pair", metavar="ITEM", help="ITEM is doubled; 'ITEM on HOST' puts the other there.")
@_several("--relate", nargs=3, metavar="FROM TYPE TO", help="A relationship more.")
@_several("--unrelate", nargs=3, metavar="FROM TYPE TO", help="A relationship less.")
@_several("--service", metavar="SERVICE", help="Work out the figures of this service alone; else of all reached.")
@click.option(
    "--for", "minutes", type=float, metavar="MINUTES", help="How long losses last; batteries bridge a short time."
)
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Time for exact figures; beyond it intervals and estimates stand in, and say so.",
)
@as_of_option()
@output_option()
@pass_session
def command(
    session: Session,
    /,
    file: Path | None,
    service: tuple[str, ...],
    minutes: float | None,
    budget: float | None,
    as_of: str | None,
    output: str,
    **options: Any,
) -> None:
    """What would differ if the estate were another.

    FILE holds the steps, or options say them, or both: those of the file come first. The record stays as it is. The
    answer is the difference to today: states, single points of failure, redundancy, expected minutes of downtime.

    \b
    cmdb what-if --pair db1
    cmdb what-if --add-member "shop:web=like web1 on esx3" --down esx1
    cmdb what-if second-host.yaml -o json
    """
    from cmdb.errors import UsageError
    from cmdb.snapshot.naming import resolve
    from frontends.cli import what_if_report
    from frontends.cli.hypothesis_file import Stated
    from frontends.cli.progress import ProgressBar
    from frontends.desk.outages import with_outages
    from impact.whatif.difference import difference

    options["set"] = options.pop("set_")
    stated = Stated.of(file, options)
    if not stated.hypothesis.steps:
        raise UsageError("nothing is supposed: give a FILE, or options such as --down ITEM")
    with session.record() as record:
        today, rules = record.snapshot(as_of), record.catalogue
        open_ = session.outages(record, today, as_of)
        today = with_outages(today, open_)
        supposed = stated.apply(today, rules)
        asked = [supposed.snapshot.id_at(resolve(supposed.snapshot, name)) for name in service]
        # What is only supposed was never to be seen.
        known = [each for each in asked if today.row_of(each) >= 0]
        stale = session.stale(record, today, today.rows_or_services(known), as_of)
    session.note_past(today, as_of)
    with ProgressBar(session) as bar:
        bar.phase("computing availability")
        finding = difference(today, supposed, minutes=minutes, seconds=budget, progress=bar.step, services=asked)
    finding.warnings[:0] = [*open_.said, *stale]
    if output == "json":
        from frontends.cli.writing import write_encoded

        write_encoded(finding.to_json())
    elif output == "table":
        what_if_report.draw(today, finding)
    else:
        what_if_report.list_services(finding)
        for text in [*finding.notes, *finding.warnings]:
            session.warn(text)
