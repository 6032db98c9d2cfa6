"""`cmdb change assess`: how risky a change is, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from frontends.cli.options import CmdbCommand, output_option
from frontends.cli.session import Session

__all__ = ["COMMANDS", "trips"]

BANDS: Final = ("low", "medium", "high", "very-high")


def trips(band: str, fail_on: str | None) -> bool:
    """Tell whether a band trips a gate.

    >>> trips("very_high", "high"), trips("low", "medium"), trips("high", None)
    (True, False, False)
    """
    return fail_on is not None and BANDS.index(band.replace("_", "-")) >= BANDS.index(fail_on)


@click.command("assess", cls=CmdbCommand)
@click.argument("number", required=False)
@click.option(
    "--file", "file", type=click.Path(path_type=Path), metavar="CHANGE.yaml", help="Assess without recording."
)
@click.option("--moved", is_flag=True, help="All for which estate or calendar moved since they were assessed.")
@click.option("--fail-on", type=click.Choice(BANDS), help="Exit with 3 when the risk is in this band or a higher one.")
@click.option("--recompute", metavar="KEY", help="Compute a kept assessment again, from its kept inputs.")
@output_option()
@click.pass_context
def assess(
    context: click.Context,
    number: str | None,
    file: Path | None,
    moved: bool,
    fail_on: str | None,
    recompute: str | None,
    output: str,
) -> None:
    """How risky a change is, and why.

    The assessment of a recorded change is kept on it, with all it rests on; one of a --file is not. Of a submitted
    change it decides who must approve it.

    \b
    cmdb change assess 7
    cmdb change assess --file change.yaml --fail-on high
    cmdb change assess --moved
    """
    session = context.ensure_object(Session)
    if recompute is not None:
        _recompute(session, recompute, output)
        return
    if moved:
        if number is not None or file is not None:
            raise click.UsageError("--moved is of all changes; name none")
        if any(trips(band, fail_on) for band in _moved(session, output)):
            context.exit(3)
        return
    from frontends.cli import risk_report
    from frontends.desk.asked import change_asked
    from frontends.desk.assessing import assess_change
    from frontends.desk.process import assess_and_keep

    with session.record() as record:
        snapshot = record.snapshot()
        standing = change_asked(record, snapshot, number, file)
        if standing.number:
            with session.changing():
                step = assess_and_keep(record, standing.number)
            assessed, standing, different = step.assessed, step.standing, step.moved
            assert assessed is not None
        else:
            assessed, different = assess_change(record, snapshot, standing), []
        about = [row for each in assessed.risk.services if (row := snapshot.row_of(each.id)) >= 0]
        assessed.risk.warnings.extend(session.stale(record, snapshot, about))
    risk_report.answer(session, snapshot, assessed, standing, output, different)
    if trips(assessed.risk.band, fail_on):
        context.exit(3)


def _moved(session: Session, output: str) -> list[str]:
    """Assess anew what moved, show it, and return the bands."""
    from frontends.cli.answers import show_rows
    from frontends.cli.progress import ProgressBar
    from frontends.cli.tables import Column
    from frontends.desk.moved import reassess_moved

    with session.record() as record, session.changing(), ProgressBar(session) as bar:
        bar.phase("assessing anew")
        found = reassess_moved(record, bar.step)
    bands: list[str] = [step.assessed.risk.band for _, step in found if step is not None and step.assessed is not None]
    rows = [
        {
            "number": moved.standing.number,
            "state_before": moved.standing.state,
            "state": moved.standing.state if step is None else step.standing.state,
            "risk": None if step is None or step.assessed is None else step.assessed.risk.band,
            "different": told if output == "json" else "; ".join(told),
        }
        for moved, step in found
        for told in [moved.void + [each for each in moved.different if each not in moved.void] or [moved.problem]]
    ]
    columns = {
        "number": Column("number", fixed=True),
        "state_before": Column("was", fixed=True),
        "state": Column("is", fixed=True),
        "risk": Column("risk", fixed=True),
        "different": Column("what became different"),
    }
    show_rows("changes", rows, columns, output, nothing="Nothing moved: every assessment holds.")
    return bands


def _recompute(session: Session, key: str, output: str) -> None:
    from cmdb.errors import PaperNotFound
    from frontends.cli.answers import show_fact
    from impact.risk.answer import recomputed
    from impact.risk.inputs import MODEL_VERSION

    with session.record() as record:
        found = record.shelves().assessments.find(key)
    if found is None:
        raise PaperNotFound(f"there is no assessment {key}; named like CHG-000007/1; see: cmdb change log NUMBER")
    kept = found.value
    score, band = recomputed(kept.inputs)
    same = abs(score.score - kept.score) < 1e-9 and band == kept.band
    told = {
        "assessment": key,
        "model_version": kept.model_version,
        "model_version_now": MODEL_VERSION,
        "score": kept.score,
        "band": kept.band,
        "score_now": score.score,
        "band_now": band,
        "same": same,
    }
    verdict = "the same" if same else f"{band.replace('_', ' ')} ({score.score:.2f}) now"
    sentence = f"{key}: {kept.band.replace('_', ' ')} ({kept.score:.2f}), by model {kept.model_version}; {verdict}."
    show_fact(told, sentence, output)


COMMANDS: Final = {"assess": assess}
"""The subcommands of this module."""
