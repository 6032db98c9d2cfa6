"""The relationships that a row of items states beside its item, and the pools that their ends make.

In come cells and the plans of the relationships; out go relationships and pools in the builder. Two ends or more in one
pool stand in for each other, one alone is required by itself: then nothing is redundant.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

from cmdb.model import BatchBuilder
from importers.csv_pairs.plan import RelationshipPlan, Template

__all__ = ["state_relationships"]


class _Link(NamedTuple):
    plan: RelationshipPlan
    start: str
    end: str
    key: str


def state_relationships(
    builder: BatchBuilder,
    plans: Sequence[RelationshipPlan],
    line: int,
    cells: Sequence[str],
    identity: str,
    *,
    taken: bool,
) -> None:
    """State every relationship of a row; of a row whose item was refused they only count as seen."""
    links = []
    for plan in plans:
        start = identity if plan.start is None else _filled(plan.start, cells, None)
        key = "" if plan.key is None else _filled(plan.key, cells, None)
        links += [_Link(plan, start, end, key) for end in _ends(plan, cells) if start]
    if not taken:
        for link in links:
            builder.refuse_link(link.start, link.end)
        return
    members: dict[tuple[str, str], dict[str, None]] = {}
    for link in links:
        if link.plan.said.pool is not None:
            members.setdefault((link.start, link.plan.said.pool.name), {})[link.end] = None
    pooled = {key for key, ends in members.items() if len(ends) > 1}
    for link in links:
        pool = link.plan.said.pool
        values = {"pool": pool.name} if pool is not None and (link.start, pool.name) in pooled else {}
        builder.relationship(line, link.start, link.plan.said.type, link.end, values, link.key)
    for consumer, name in dict.fromkeys(key for key in members if key in pooled):
        of_pool = [link.plan for link in links if link.start == consumer and _is_pool(link.plan, name)]
        builder.pool(line, consumer, name, _pool_values(of_pool, cells))


def _ends(plan: RelationshipPlan, cells: Sequence[str]) -> list[str]:
    """Return the ids at the other end: several where a cell holds a list, none where it is empty."""
    separator = plan.said.separator
    columns = [part for part in plan.end.parts if isinstance(part, int)]
    choices = []
    for column in columns:
        texts = cells[column].split(separator) if separator else [cells[column]]
        choices.append([text.strip() for text in texts if text.strip()])
    if not columns:
        return []
    found = []
    for ends in itertools.product(*choices):
        remaining = iter(ends)
        found.append("".join(next(remaining) if isinstance(part, int) else part for part in plan.end.parts))
    return list(dict.fromkeys(found))


def _filled(template: Template, cells: Sequence[str], missing: Any) -> Any:
    texts = [cells[part].strip() if isinstance(part, int) else part for part in template.parts]
    lacking = any(isinstance(part, int) and not text for part, text in zip(template.parts, texts, strict=True))
    return (missing if missing is not None else "") if lacking else "".join(texts)


def _is_pool(plan: RelationshipPlan, name: str) -> bool:
    return plan.said.pool is not None and plan.said.pool.name == name


def _pool_values(plans: Sequence[RelationshipPlan], cells: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for plan in plans:
        for field, template in (("need", plan.need), ("full", plan.full)):
            if template is not None and (text := _filled(template, cells, None)):
                values.setdefault(field, text)
        if plan.said.pool is not None and plan.said.pool.evidence is not None:
            values.setdefault("evidence", plan.said.pool.evidence)
    columns = dict.fromkeys(plan.end.header[part] for plan in plans for part in plan.end.parts if isinstance(part, int))
    values.setdefault("evidence", f"stated in the columns {', '.join(columns)}")
    return values
