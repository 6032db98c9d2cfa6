"""What looks wrong in the record: every lint of the design, as pure functions of a Snapshot."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Final

from cmdb.errors import UsageError
from cmdb.snapshot import Snapshot
from impact.lint import loads, pools, reliability, requirements, values
from impact.lint.finding import LintFinding

__all__ = ["LINTS", "LintFinding", "lint"]

LINTS: Final[dict[str, Callable[[Snapshot], Iterator[LintFinding]]]] = {
    "assumed_need": pools.assumed_need,
    "common_cause_differs": reliability.common_cause_differs,
    "confirmed_members_changed": pools.confirmed_members_changed,
    "contradicting_availability": reliability.contradicting_availability,
    "cycle": requirements.cycle,
    "higher_tier_provider": requirements.higher_tier_provider,
    "lasts_outside_pool": requirements.lasts_outside_pool,
    "mean_outside_range": reliability.mean_outside_range,
    "missing_item": values.missing_item,
    "mixed_pool": pools.mixed_pool,
    "mttr_without_mtbf": reliability.mttr_without_mtbf,
    "need_above_members": pools.need_above_members,
    "need_below_load": loads.need_below_load,
    "no_rule": requirements.no_rule,
    "placeholder": values.placeholder,
    "plain_beside_pool": pools.plain_beside_pool,
    "pool_of_one": pools.pool_of_one,
    "service_without_providers": requirements.service_without_providers,
    "two_cycle": requirements.two_cycle,
    "unmet_requirement": requirements.unmet_requirement,
}
"""Every lint by the `kind` of its findings."""

_SEVERITIES: Final = ("warning", "info")


def lint(snapshot: Snapshot, kinds: Collection[str] | None = None) -> list[LintFinding]:
    """Return what looks wrong, warnings first, then by kind and name; all lints or those of these kinds.

    Raises UsageError for a kind there is not.
    """
    unknown = sorted(set(kinds or ()) - LINTS.keys())
    if unknown:
        raise UsageError(f"there is no lint {unknown[0]!r}; the lints are: {', '.join(LINTS)}")
    found = [each for kind, find in LINTS.items() if kinds is None or kind in kinds for each in find(snapshot)]
    return sorted(
        found, key=lambda each: (_SEVERITIES.index(each.severity), each.kind, each.name, each.item or "", each.message)
    )
