"""What an import did, or would do: for a person, for a script, for a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from frontends.cli.answers import source_text
from frontends.cli.session import Session
from frontends.cli.text import value_text
from frontends.cli.writing import write_csv, write_json

if TYPE_CHECKING:
    from cmdb.importing import ImportOutcome
    from cmdb.model import Problem
    from cmdb.reconcile.proposal import Guarded, Verdict

__all__ = ["report_lines", "show_outcome"]

_ALWAYS: Final = ("created", "updated", "unchanged")
_SOMETIMES: Final = ("missing", "retired", "removed", "placeholders", "refused", "ambiguous")
_VERDICT: Final = ("file", "row", "kind", "id", "verdict", "reason")
_DOUBTS: Final = 5
"""Doubtful rows that are named where nobody asks for all: they were imported."""
_MORE: Final = "see all with --limit 0 or -o json"


def show_outcome(session: Session, outcome: ImportOutcome, output: str, limit: int) -> None:
    """Answer in the form asked for; problems go to standard error, in JSON to the answer."""
    verdicts = _every_verdict(outcome) if outcome.dry_run else []
    if output == "json":
        said = outcome.as_contract()
        if outcome.dry_run:
            said["verdicts"] = [each._asdict() for each in verdicts]
        write_json(said)
        return
    if output == "csv":
        if outcome.dry_run:
            write_csv(_VERDICT, verdicts)
        else:
            names = (*_ALWAYS, *_SOMETIMES)
            write_csv(
                ("kind", *names), ([kind, *(counts[name] for name in names)] for kind, counts in _counts(outcome))
            )
    else:
        _draw(outcome, verdicts, limit)
    _tell_problems(session, outcome, limit)


def report_lines(outcome: ImportOutcome) -> list[str]:
    """Return what a person must know of an import: every row that was not taken in, and what was held back."""
    proposal = outcome.proposal
    problems = [_problem_text(each) for each in proposal.problems if each.severity != "warning"]
    return [*problems, *map(_guard_text, proposal.guard)]


def _draw(outcome: ImportOutcome, verdicts: list[Verdict], limit: int) -> None:
    from frontends.cli.tables import Column, Screen

    screen = Screen()
    if outcome.dry_run:
        # What is left as it is comes last: a person looks for what would change.
        rows = sorted(verdicts, key=lambda each: each.verdict == "unchanged")
        shown = rows[:limit] if limit else rows
        if shown:
            several = len({each.file for each in rows}) > 1
            headings = [
                Column("row", right=True),
                Column("kind", fixed=True),
                Column("id"),
                Column("verdict", fixed=True),
            ]
            screen.table(
                [*([Column("file")] if several else []), *headings, Column("reason")],
                [[*([each.file] if several else []), str(each.row or ""), *each[2:]] for each in shown],
            )
            screen.more(len(shown), len(rows), _MORE)
            screen.say()
    screen.say(_headline(outcome), "bold")
    counts = _counts(outcome)
    columns = [*_ALWAYS, *(name for name in _SOMETIMES if any(each[name] for _, each in counts))]
    screen.table(
        [Column(""), *(Column(name, right=True) for name in columns)],
        [[kind, *(each[name] for name in columns)] for kind, each in counts],
    )


def _headline(outcome: ImportOutcome) -> str:
    if outcome.dry_run:
        return f"Dry run: nothing was changed; revision {outcome.revision} stands. It would be:"
    if outcome.proposal.delta:
        return f"Revision {outcome.revision} was made:"
    return f"Nothing has changed; revision {outcome.revision} stands."


def _counts(outcome: ImportOutcome) -> list[tuple[str, Any]]:
    proposal = outcome.proposal
    return [("items", proposal.items), ("relationships", proposal.relationships), ("pools", proposal.pools)]


def _tell_problems(session: Session, outcome: ImportOutcome, limit: int) -> None:
    """Name the rows in trouble, the refused ones first, and what the guard held back."""
    proposal = outcome.proposal
    refused = [each for each in proposal.problems if each.severity != "warning"]
    doubtful = [each for each in proposal.problems if each.severity == "warning"]
    for problems, most, what in ((refused, limit, "refused"), (doubtful, min(limit, _DOUBTS), "doubtful")):
        for problem in problems[:most] if limit else problems:
            session.warn(_problem_text(problem))
        if limit and len(problems) > most:
            session.warn(f"{len(problems) - most:,} more rows are {what}; {_MORE}")
    for warning in proposal.warnings:
        session.warn(warning)
    for held in proposal.guard:
        session.warn(_guard_text(held))


def _problem_text(problem: Problem) -> str:
    where = problem.file if problem.row is None else f"{problem.file}:{problem.row}"
    word = {"refused": "refused", "ambiguous": "ambiguous, not imported", "warning": "imported, but"}[problem.severity]
    about = f" {problem.id}:" if problem.id else ""
    return f"{where}: {word}:{about} {problem.message}"


def _guard_text(held: Guarded) -> str:
    source = source_text(held.source, held.scope)
    share = 100 * held.going / max(held.total, 1)
    return (
        f"held back: {held.going} of {held.total} of {held.kind} {held.name} would have gone ({share:.0f} %) "
        f"because {source} no longer has them. Nothing of {source} was taken away; if it is true, import again with "
        f"--max-removal {value_text(float(-(-share // 1)))}"
    )


def _every_verdict(outcome: ImportOutcome) -> list[Verdict]:
    """Return the verdict on every row, those among them that were refused before they could be compared."""
    from cmdb.reconcile.proposal import Verdict

    verdicts = list(outcome.proposal.verdicts)
    judged = {(each.file, each.row, each.verdict) for each in verdicts}
    verdicts += [
        Verdict(problem.file, problem.row or 0, "item", problem.id or "", problem.severity, problem.message)
        for problem in outcome.proposal.problems
        if problem.severity != "warning" and (problem.file, problem.row, problem.severity) not in judged
    ]
    return sorted(verdicts, key=lambda each: (each.file, each.row))
