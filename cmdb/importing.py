"""An import from batches to a revision and a run: reconciles inside the right to write, commits, tells what happened.

Takes batches and a store, gives an ImportOutcome. A dry run takes only a view and changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cmdb.catalogue import Catalogue
from cmdb.errors import ImportRefused
from cmdb.history.codec import pack_ids
from cmdb.model import Actor, Change, Delta, FileRead, ImportBatch, Kind, Revision, RevisionDraft, Run, RunDraft
from cmdb.model.collector import collector_paused
from cmdb.reconcile import Policy, Proposal, ScopeOutcome, reconcile
from cmdb.reviewing import keep_waiting
from cmdb.runs import keep_problems, newest_runs, refuse_overtaken
from cmdb.store.protocol import ReadView, RecordColumns, Store
from cmdb.store.succession import present_time

__all__ = ["EmptyView", "ImportOutcome", "import_batches", "propose"]


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did, or would do in a dry run. `revision` is the one it made, or the present one."""

    revision: int
    dry_run: bool
    proposal: Proposal
    refreshed: bool = True

    @property
    def exit_code(self) -> int:
        """Return 3 when the guard held something back, 4 when rows were refused or are ambiguous, else 0."""
        if self.proposal.guard:
            return 3
        return 4 if any(problem.severity != "warning" for problem in self.proposal.problems) else 0

    def as_contract(self) -> dict[str, Any]:
        """Return the JSON of `cmdb import` (design, section 7)."""
        items, links, pools = self.proposal.items, self.proposal.relationships, self.proposal.pools
        problems = [problem for problem in self.proposal.problems if problem.severity != "warning"]
        doubts = [problem for problem in self.proposal.problems if problem.severity == "warning"]
        return {
            "revision": self.revision,
            "dry_run": self.dry_run,
            "counts": {
                name: items[name]
                for name in (
                    *("created", "updated", "unchanged", "missing", "retired"),
                    *("refused", "ambiguous", "placeholders"),
                )
            },
            "relationships": {name: links[name] for name in ("created", "updated", "unchanged", "removed", "refused")},
            "pools": {name: pools[name] for name in ("created", "updated", "unchanged", "removed", "refused")},
            "guard": [each._asdict() for each in self.proposal.guard],
            "problems": [_problem(problem) for problem in problems],
            "doubts": [_problem(problem) for problem in doubts],
            "warnings": list(self.proposal.warnings),
        }


def _problem(problem: Any) -> dict[str, Any]:
    return {
        "file": problem.file,
        "row": problem.row,
        "id": problem.id,
        "message": problem.message,
        "severity": problem.severity,
    }


class EmptyView:
    """The record that is not there yet, for a dry run before the first import."""

    @property
    def revision(self) -> Revision:
        """The empty record."""
        return Revision(0, present_time(), "", Actor("", "", "account"), "")

    def documents(self, kind: Kind) -> Iterator[tuple[str, bytes]]:
        """Give nothing."""
        return iter(())

    def get(self, kind: Kind, keys: Iterable[str]) -> dict[str, bytes]:
        """Return nothing."""
        return {}

    def touching(self, item_ids: Iterable[str]) -> dict[Kind, dict[str, bytes]]:
        """Return nothing."""
        return {"relationship": {}, "pool": {}}

    def columns(self) -> RecordColumns:
        """Return empty columns."""
        return RecordColumns([], [], [], [], [], [], [], [], [], [], [], [], [])

    def changes(self, after: int, upto: int) -> Iterator[tuple[int, Change]]:
        """Give nothing."""
        return iter(())


def propose(
    view: ReadView, catalogue: Catalogue, batches: Sequence[ImportBatch], *, policy: Policy, runs: Sequence[Run] = ()
) -> ImportOutcome:
    """Return what the batches would do to the record that `view` shows; changes nothing."""
    past = _Past(batches, runs)
    with collector_paused():
        proposal = reconcile(batches, view, catalogue, now=present_time(), policy=past.told(policy), verdicts=True)
    return ImportOutcome(view.revision.number, True, proposal, past.warn(proposal))


def import_batches(
    store: Store,
    catalogue: Catalogue,
    batches: Sequence[ImportBatch],
    *,
    actor: Actor,
    policy: Policy,
    message: str = "",
    progress: Callable[[str], None] = lambda phase: None,
) -> ImportOutcome:
    """Reconcile and commit, as one Delta. Raises ImportRefused when an export is older than the last of its scope.

    The right to write is held meanwhile, so the Delta is made upon what stands; a second writer waits. A second import
    of the same scope is refused when its turn comes: two at once are a mistake, and the later need not be the newer.
    """
    started = present_time()
    before = newest_runs(store, batches)
    with store.write(actor) as session, collector_paused():
        refuse_overtaken(before, newest_runs(store, batches))
        past = _Past(batches, store.runs())
        policy = past.told(policy)
        proposal = reconcile(batches, session, catalogue, now=present_time(), policy=policy, progress=progress)
        refreshes = past.warn(proposal)
        source, scope = _name(proposal.scopes, 0), _name(proposal.scopes, 1)
        counts = ImportOutcome(0, False, proposal).as_contract()
        draft = RevisionDraft(
            actor, present_time(), source, scope, message, {name: counts[name] for name in ("counts", "relationships")}
        )
        progress("writing")
        own = [_run(actor, started, batches, proposal, each, past) for each in proposal.scopes]
        revision = session.commit(proposal.delta, draft, own[0] if own else None)
        for run in own[1:]:
            # What was seen is told by the run; a run lost between two of these only makes items look staler.
            session.commit(Delta(), draft, run)
    keep_waiting(store, actor, proposal.scopes)
    keep_problems(store, actor, proposal.scopes, batches, proposal.problems)
    return ImportOutcome(revision.number, False, proposal, refreshes)


def _name(scopes: Sequence[ScopeOutcome], part: int) -> str:
    names = sorted({(each.source, each.scope)[part] for each in scopes} - {""})
    return ", ".join(names)


def _run(
    actor: Actor,
    started: str,
    batches: Sequence[ImportBatch],
    proposal: Proposal,
    scope: ScopeOutcome,
    past: _Past,
) -> RunDraft:
    mine = [each for each in batches if (each.source, each.scope) == (scope.source, scope.scope)]
    exported = max((each.exported_at for each in mine if each.exported_at is not None), default=None)
    held = any((each.source, each.scope) == (scope.source, scope.scope) for each in proposal.guard)
    return RunDraft(
        source=scope.source,
        scope=scope.scope,
        actor=actor,
        started_at=started,
        finished_at=present_time(),
        # A run whose removals were held back says nothing of what is absent.
        complete=scope.complete and not held,
        refreshes=past.refreshes(scope.source, scope.scope),
        exported_at=None if exported is None else exported.astimezone(dt.UTC).isoformat(),
        files=[{"name": file.name, "sha256": file.sha256, "size": file.size} for each in mine for file in each.files],
        counts=dict(proposal.items),
        problems=sum(problem.severity != "warning" for problem in proposal.problems),
        seen=pack_ids(scope.seen),
    )


class _Past:
    """The earlier runs of the scopes at hand. Raises ImportRefused for an export older than the last of its scope."""

    def __init__(self, batches: Sequence[ImportBatch], runs: Iterable[Run]) -> None:
        self._hashes: dict[tuple[str, str], set[str]] = {}
        for batch in batches:
            hashes = self._hashes.setdefault((batch.source, batch.scope), set())
            # Without its digest nobody can say that a file came before.
            hashes.update(file.sha256 or f"?{file.name}" for file in batch.files or [FileRead("", "", 0)])
        self._before: dict[tuple[str, str], set[str]] = {}
        self._complete: dict[tuple[str, str], list[str]] = {}
        exported: dict[tuple[str, str], dt.datetime] = {}
        for run in runs:
            draft = run.draft
            scope = (draft.source, draft.scope)
            if scope not in self._hashes:
                continue
            self._before.setdefault(scope, set()).update(file["sha256"] for file in draft.files)
            if draft.complete and draft.refreshes:
                self._complete.setdefault(scope, []).append(draft.finished_at)
            if draft.exported_at is not None:
                moment = dt.datetime.fromisoformat(draft.exported_at)
                exported[scope] = max(moment, exported.get(scope, moment))
        for batch in batches:
            last = exported.get((batch.source, batch.scope))
            if batch.exported_at is not None and last is not None and batch.exported_at.astimezone(dt.UTC) < last:
                raise ImportRefused(
                    f"{batch.files[0].name if batch.files else batch.source} was exported at "
                    f"{batch.exported_at.isoformat()}, before the export of {last.isoformat()} that the record has of "
                    f"{batch.source}; import the newest export"
                )

    def complete_runs(self, source: str, scope: str) -> list[str]:
        """Return when the earlier complete runs that told anything newer were finished."""
        return self._complete.get((source, scope), [])

    def refreshes(self, source: str, scope: str) -> bool:
        """Return whether a scope's files tell something newer than before: not when the very same bytes came before."""
        return not self._hashes[source, scope] <= self._before.get((source, scope), set())

    def told(self, policy: Policy) -> Policy:
        """Return the policy that knows of this past."""
        return replace(policy, complete_runs=self.complete_runs, refreshes=self.refreshes)

    def warn(self, proposal: Proposal) -> bool:
        """Return whether any scope tells something newer; warns of those that do not."""
        stale = [each for each in proposal.scopes if not self.refreshes(each.source, each.scope)]
        if stale:
            names = ", ".join(sorted({each.source for each in stale}))
            proposal.warnings.append(
                f"the same files of {names} were imported before; when items were last seen stays as it was"
            )
        return len(stale) < len(proposal.scopes) or not proposal.scopes
