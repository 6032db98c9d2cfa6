"""Reconcile: what the sources say against what the record holds, giving a Delta. Knows no database.

First the items of every (source, scope) are taken in, then their relationships, then their pools, and last, where a
scope was read whole, what it no longer has. Importing the same batch twice proposes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cmdb.catalogue import Catalogue
from cmdb.model import Delta, ImportBatch
from cmdb.reconcile.absence import Showing, remove_absent
from cmdb.reconcile.context import Context
from cmdb.reconcile.gathering import ScopeBatch, gather
from cmdb.reconcile.items import reconcile_items
from cmdb.reconcile.links import reconcile_links, stated_pools
from cmdb.reconcile.pools import Members, reconcile_pools
from cmdb.reconcile.precedence import classes_after, ranked_delta
from cmdb.reconcile.proposal import Policy, Proposal, ScopeOutcome
from cmdb.reconcile.references import References
from cmdb.reconcile.state import read_items
from cmdb.store.protocol import ReadView

__all__ = ["reconcile"]


def reconcile(
    batches: Sequence[ImportBatch],
    view: ReadView,
    catalogue: Catalogue,
    *,
    now: str,
    policy: Policy | None = None,
    verdicts: bool = False,
    progress: Callable[[str], None] = lambda phase: None,
) -> Proposal:
    """Return what these batches make of the record that `view` shows.

    `now` is UTC in ISO 8601. With `verdicts` the proposal says of every row what becomes of it. `progress` is told
    the phases.
    """
    proposal = Proposal()
    progress("reading the record")
    context = Context(read_items(view), catalogue, policy or Policy(), proposal, now, verdicts=verdicts)
    context.links = dict(view.documents("relationship"))
    context.pools = dict(view.documents("pool"))
    for batch in batches:
        proposal.problems += batch.problems
        proposal.items["refused"] += _refused_items(batch)
        proposal.relationships["refused"] += len(batch.refused_links)
        proposal.pools["refused"] += len(batch.refused_pools)
    _reconcile_scopes(context, gather(batches), progress)
    progress("making the Delta")
    proposal.delta = Delta.of(context.changes())
    if context.policy.precedence:
        rules = context.policy.precedence
        proposal.delta = ranked_delta(proposal.delta, rules, classes_after(view, proposal.delta, rules))
    return proposal


def _refused_items(batch: ImportBatch) -> int:
    """Rows refused while reading that were neither relationships nor pools."""
    refused = sum(problem.severity == "refused" and problem.row is not None for problem in batch.problems)
    return max(0, refused - len(batch.refused_links) - len(batch.refused_pools))


def _reconcile_scopes(context: Context, scopes: list[ScopeBatch], progress: Callable[[str], None]) -> None:
    """Take the items of every scope before any relationship, for files of one command may refer to each other."""
    showings = []
    for batch in scopes:
        progress(f"comparing {batch.source}")
        seen = reconcile_items(context, batch)
        showings.append(Showing(batch, References(context, batch, seen), seen))
    stated = {key for showing in showings for key in stated_pools(showing.batch, showing.references)}
    for showing in showings:
        showing.links = reconcile_links(context, showing.batch, showing.references, stated)
    members = Members(context, [showing.links for showing in showings])
    for showing in showings:
        showing.pools = reconcile_pools(context, showing.batch, showing.references, showing.links, members)
        showing.references.report()
    for showing in showings:
        if showing.batch.complete:
            remove_absent(context, showing, showings)
    for showing in showings:
        batch = showing.batch
        context.proposal.scopes.append(
            ScopeOutcome(batch.source, batch.scope, batch.complete, sorted(showing.items), batch.waiting)
        )
        context.proposal.warnings += batch.warnings
