"""What is kept of imports beside their runs: the problems of each, bounded, and those that failed. As papers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from cmdb.errors import CmdbError, ImportRefused
from cmdb.model import Actor, ImportBatch, PaperDraft, Problem
from cmdb.model.values import encode
from cmdb.reconcile.proposal import ScopeOutcome
from cmdb.store.protocol import Store
from cmdb.store.succession import present_time

__all__ = [
    "FailedImport",
    "RunProblems",
    "failed_imports",
    "keep_failure",
    "keep_problems",
    "newest_runs",
    "problems_of",
    "refuse_overtaken",
]

PROBLEMS: Final = "run"
FAILED: Final = "failed-import"

_KEPT: Final = 200
"""Problems kept of one run; what is more is counted."""


class RunProblems(NamedTuple):
    """The problems of one run: those that are kept, and how many more there were."""

    problems: list[dict[str, Any]]
    more: int


class FailedImport(NamedTuple):
    """An import that changed nothing because it failed."""

    key: str
    at: str
    actor: Actor
    source: str
    scope: str
    files: list[str]
    error: str


def newest_runs(store: Store, batches: Iterable[ImportBatch]) -> dict[tuple[str, str], int]:
    """Return the number of the newest run of each (source, scope) at hand, 0 where there is none."""
    scopes = {(batch.source, batch.scope) for batch in batches}
    return {each: next((run.number for run in store.runs(*each, limit=1)), 0) for each in sorted(scopes)}


def refuse_overtaken(before: dict[tuple[str, str], int], now: dict[tuple[str, str], int]) -> None:
    """Raise ImportRefused when another import of one of the scopes was at work while this one waited to write.

    Which of the two read the newer state of the source nobody can say, so the second does not overwrite the first.
    """
    for (source, scope), number in now.items():
        if number != before[source, scope]:
            name = f"{source} ({scope})" if scope else source
            raise ImportRefused(
                f"another import of {name} was under way and has just ended as run {number}, so nothing of this one "
                "was taken in; look at it with cmdb runs, and import again if the files are newer"
            )


def keep_problems(
    store: Store, actor: Actor, scopes: Sequence[ScopeOutcome], batches: Sequence[ImportBatch], problems: list[Problem]
) -> None:
    """Keep the problems of the runs that were just made, each with the run of the scope whose file it is in."""
    if not problems:
        return
    files = {file.name: (batch.source, batch.scope) for batch in batches for file in batch.files}
    first = (scopes[0].source, scopes[0].scope) if scopes else ("", "")
    for each in scopes:
        scope = (each.source, each.scope)
        mine = [problem for problem in problems if files.get(problem.file, first) == scope]
        run = next(store.runs(*scope, limit=1), None)
        if mine and run is not None:
            mine.sort(key=lambda problem: problem.severity == "warning")
            rows = [_told(problem) for problem in mine[:_KEPT]]
            document = encode({"problems": rows, "more": max(0, len(mine) - _KEPT)})
            store.put_paper(PaperDraft(PROBLEMS, str(run.number), actor, present_time(), document), upon=0)


def _told(problem: Problem) -> dict[str, Any]:
    names = ("severity", "file", "row", "id", "message")
    return {name: getattr(problem, name) for name in names}


def problems_of(store: Store, number: int) -> RunProblems:
    """Return the problems that are kept of a run."""
    for paper in store.papers(PROBLEMS, str(number)):
        said = msgspec.json.decode(paper.document)
        return RunProblems(said["problems"], said["more"])
    return RunProblems([], 0)


def keep_failure(store: Store, actor: Actor, names: Sequence[str], files: Sequence[str], error: Exception) -> None:
    """Leave a mark of an import that failed; where even that cannot be written, the error is told all the same."""
    said = {"source": names[0], "scope": names[1], "files": list(files), "error": str(error) or type(error).__name__}
    with contextlib.suppress(CmdbError):
        store.put_paper(PaperDraft(FAILED, "", actor, present_time(), encode(said), prefix="F"), upon=0)


def failed_imports(store: Store) -> list[FailedImport]:
    """Return the imports that failed, newest first."""
    found = []
    for paper in store.papers(FAILED):
        said = msgspec.json.decode(paper.document)
        found.append(
            FailedImport(
                *(paper.key, paper.at, paper.actor, said["source"], said["scope"], said["files"], said["error"])
            )
        )
    return found[::-1]
