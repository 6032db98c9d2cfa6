"""What reconcile is told beside the batches, and what it proposes. Plain data; knows no database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from cmdb.model import Delta, Problem
from cmdb.reconcile.decisions import Settled, Waiting
from cmdb.reconcile.identity_rules import IdentityRules
from cmdb.reconcile.precedence import Precedence

__all__ = ["Guarded", "Policy", "Proposal", "ScopeOutcome", "Verdict", "always", "no_earlier_runs"]


def no_earlier_runs(source: str, scope: str) -> list[str]:
    """Return the finishing times of the complete runs of a scope: none, for a record without a past."""
    return []


def always(source: str, scope: str) -> bool:
    """Return that what a scope says now is news."""
    return True


@dataclass(frozen=True, slots=True)
class Policy:
    """How far an import may go by itself.

    More than `max_removal_percent` and more than `max_removal_count` of a class, relationship type or pool may not
    go in one batch. An item that a complete batch lacks is `missing`, and retired after `runs_until_retired`
    complete runs over at least `days_until_retired` days, or at once when `absent` says so.
    `complete_runs(source, scope)` gives the finishing times (ISO 8601) of earlier complete, refreshing runs;
    `refreshes` says whether this one tells anything newer, for only then it counts among them. `settled` is what people
    have decided of rows, `precedence` whose word counts,
    `identity` by what a row is known in other sources.
    """

    max_removal_percent: float = 10.0
    max_removal_count: int = 3
    absent: Literal["missing", "retire"] = "missing"
    runs_until_retired: int = 3
    days_until_retired: float = 7.0
    complete_runs: Callable[[str, str], list[str]] = no_earlier_runs
    refreshes: Callable[[str, str], bool] = always
    settled: Settled = field(default_factory=Settled)
    precedence: Precedence | None = None
    identity: IdentityRules = field(default_factory=IdentityRules)


class Guarded(NamedTuple):
    """What the guard held back: of `total` of a `kind` (class, type, pool) called `name`, `going` would have gone."""

    source: str
    scope: str
    kind: Literal["class", "type", "pool"]
    name: str
    going: int
    total: int


class Verdict(NamedTuple):
    """What is to become of one row, and why where that is not plain."""

    file: str
    row: int
    kind: Literal["item", "relationship", "pool"]
    id: str
    verdict: Literal["create", "update", "unchanged", "ambiguous", "refused"]
    reason: str = ""


@dataclass(slots=True)
class ScopeOutcome:
    """What one (source, scope) came to: whether it counted as complete, and the record ids it showed."""

    source: str
    scope: str
    complete: bool
    seen: list[str] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)


@dataclass(slots=True)
class Proposal:
    """What reconcile proposes. `items` and `relationships` are the counts of the command-line contract."""

    delta: Delta = field(default_factory=Delta)
    items: Counter[str] = field(default_factory=Counter)
    relationships: Counter[str] = field(default_factory=Counter)
    pools: Counter[str] = field(default_factory=Counter)
    guard: list[Guarded] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    scopes: list[ScopeOutcome] = field(default_factory=list)
