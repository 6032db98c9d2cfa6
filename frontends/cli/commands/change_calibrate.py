"""`cmdb change calibrate` and `cmdb change history`: how good the predictions were, and what they rest on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from frontends.cli.answers import show_fact, show_rows
from frontends.cli.options import CmdbCommand, CmdbGroup, output_option
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from impact.risk.calibration import Calibration

__all__ = ["COMMANDS"]


@click.command("calibrate", cls=CmdbCommand)
@click.option(
    "--apply", "applied", is_flag=True, help="Move the intercept of the risk by what was found, where enough."
)
@output_option()
@pass_session
def calibrate(session: Session, applied: bool, output: str) -> None:
    """How good the predicted failure probabilities were, over the changes that are closed.

    A change failed when it was backed out or unsuccessful, when an outage names it, or when one hit its items within
    the days of the settings. Nothing is ever counted by person.
    """
    import msgspec

    from cmdb.errors import EditRefused
    from impact.risk.calibration import FAILURES_NEEDED, calibration_of, loss_ratio

    with session.record() as record:
        circumstances = record.circumstances()
        known = [each for each in circumstances.history if each.predicted is not None]
        predicted = [each.predicted for each in known if each.predicted is not None]
        found = calibration_of(predicted, [each.failed for each in known])
        weighed = [
            (each.predicted_user_minutes, each.realised_user_minutes)
            for each in known
            if each.predicted_user_minutes and each.realised_user_minutes is not None
        ]
        ratio = loss_ratio([said for said, _ in weighed], [real for _, real in weighed])
        if applied:
            if not found.enough or found.shift is None:
                raise EditRefused(
                    f"{found.failures} failures are too few to move anything: at least {FAILURES_NEEDED} are needed"
                )
            shelf = record.shelves().settings
            kept = shelf.find("site")
            origin = f"estimated from {found.changes:,} changes on {dt.date.today().isoformat()}"
            settings = msgspec.structs.replace(
                circumstances.settings,
                intercept=circumstances.settings.intercept + found.shift,
                origins={**circumstances.settings.origins, "intercept": origin},
            )
            with session.changing():
                shelf.put("site", settings, upon=0 if kept is None else kept.paper.version, note=origin)
    said = {**found._asdict(), "bins": [each._asdict() for each in found.bins], "applied": applied}
    said |= {"loss_ratio": ratio, "losses_compared": len(weighed)}
    if output != "table":
        show_fact(said, "", output)
        return
    _draw(found, ratio, len(weighed), applied=applied)


def _draw(found: Calibration, ratio: float | None, weighed: int, *, applied: bool) -> None:
    from frontends.cli.tables import Column, Screen, count_of

    screen = Screen()
    screen.say(
        f"{count_of(found.changes, 'closed change')} with a prediction, {found.failures} of them failed.", "bold"
    )
    skill = "not defined" if found.skill is None else f"{found.skill:.3f} (1 is perfect, 0 is the base rate alone)"
    z = "not defined" if found.z is None else f"{found.z:+.2f}" + (", off by more than chance" if found.alarm else "")
    shift = "none" if found.shift is None else f"{found.shift:+.3f} in log-odds"
    screen.pairs(
        [
            ("base rate", f"{found.base_rate:.1%}"),
            ("Brier score", f"{found.brier:.4f}"),
            ("skill", skill),
            ("ranked rightly", "not defined" if found.area is None else f"{found.area:.1%} of pairs (AUC)"),
            ("calibration error", f"{found.expected_calibration_error:.3f}"),
            ("Spiegelhalter's z", z),
            ("lost / predicted", "no reviewed outage" if ratio is None else f"{ratio:.2f}, median of {weighed}"),
            ("intercept would move", shift + ("" if found.enough else ", but there are too few failures yet")),
        ]
    )
    screen.heading("Predicted and seen")
    columns = [Column("changes", right=True), Column("predicted", right=True), Column("failed", right=True), Column("")]
    full, mark = ("#", "|") if screen.ascii else ("█", "│")

    def bar(share: float, said: float) -> str:
        cells = [full if at < round(share * 30) else " " for at in range(31)]
        cells[round(said * 30)] = mark
        return "".join(cells).rstrip()

    screen.table(
        columns,
        (
            [each.changes, f"{each.predicted:.1%}", f"{each.failed:.1%}", bar(each.failed, each.predicted)]
            for each in found.bins
        ),
        indent=2,
    )
    screen.say(f"  {mark} is what was predicted, the bar what was seen.")
    if applied:
        screen.say("The intercept was moved; later assessments say so.")


@click.group("history", cls=CmdbGroup)
def history() -> None:
    """Changes of other tools that are over: they count in the failure rates by class and team."""


@history.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", required=True, metavar="NAME", help="Where it is from; the same again replaces it.")
@click.option("--column", "columns", multiple=True, metavar="OURS=THEIRS", help="Of a CSV; may be repeated.")
@output_option()
@click.pass_context
def import_history(context: click.Context, file: Path, source: str, columns: tuple[str, ...], output: str) -> None:
    """Take in changes that are over: ServiceNow's change_request as JSON, or CSV.

    CSV columns: number, closed_at, failed, classes, team, model, type, predicted. Who did it is never read. Exit 4
    where rows were refused.
    """
    from cmdb.errors import CmdbError
    from cmdb.snapshot.naming import resolve
    from frontends.desk.past_changes import CSV_COLUMNS, read_past

    mapping = dict(each.partition("=")[::2] for each in columns)
    if wrong := [each for each in columns if "=" not in each or each.partition("=")[0] not in CSV_COLUMNS]:
        raise click.UsageError(f"--column {wrong[0]}: say OURS=THEIRS; ours are {', '.join(CSV_COLUMNS)}")
    session = context.ensure_object(Session)
    with session.record() as record:
        snapshot = record.snapshot()

        def class_of(name: str) -> str | None:
            try:
                return snapshot.class_at(resolve(snapshot, name))
            except CmdbError:
                return None

        read = read_past(file, mapping, class_of)
        shelf = record.shelves().history
        kept = shelf.find(source)
        same = kept is not None and kept.value == tuple(read.changes)
        if read.changes and not same:
            with session.changing():
                upon = 0 if kept is None else kept.paper.version
                shelf.put(source, tuple(read.changes), upon=upon, note=f"{len(read.changes)} changes from {file.name}")
    for row, message in read.problems:
        session.warn(f"{file}, row {row}: {message}")
    failed = sum(each.failed for each in read.changes)
    said: dict[str, Any] = {
        "source": source,
        "changes": len(read.changes),
        "failed": failed,
        "not_over": read.open_,
        "refused": len(read.problems),
        "unchanged": same,
    }
    said["problems"] = [{"file": str(file), "row": row, "message": message} for row, message in read.problems]
    told = (
        f"{len(read.changes):,} changes of {source} are over, {failed:,} of them failed; {read.open_} are not over yet"
    )
    show_fact(said, f"{told}, {len(read.problems)} refused{'; nothing is new' if same else ''}.", output)
    if read.problems:
        context.exit(4)


@history.command("list")
@output_option()
@pass_session
def list_history(session: Session, output: str) -> None:
    """What changes of each class and team have seen."""
    from frontends.cli.tables import Column

    with session.record() as record:
        past = record.circumstances().history
    seen: dict[tuple[str, str], list[int]] = {}
    for each in past:
        groups = [("class", name) for name in each.classes] + ([("team", each.team)] if each.team else [])
        for key in groups:
            count = seen.setdefault(key, [0, 0])
            count[0] += each.failed
            count[1] += 1
    rows = [
        {"kind": kind, "name": name, "failed": failed, "changes": total}
        for (kind, name), (failed, total) in sorted(seen.items())
    ]
    columns = {
        "kind": Column("of", fixed=True),
        "name": Column("name"),
        "failed": Column("failed", right=True),
        "changes": Column("changes", right=True),
    }
    nothing = "No change is over yet: every failure rate is the prior, 1 of 20."
    show_rows("groups", rows, columns, output, nothing=nothing, changes=len(past))


COMMANDS: Final = {"calibrate": calibrate, "history": history}
"""The subcommands of this module."""
