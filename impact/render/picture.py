"""What is drawn of a finding: nodes and arrows, before any format. Takes a finding with its basis, gives a `Picture`.

In a picture of impact arrows run from the cause to what it hits; in one of needs from the item to what it stands on.
A pool is a node between its consumer and its members. A state stands in words in the node's label and in its shape,
never in its colour alone. What does not fit is said by a note that is part of the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np

from impact.breaks import Basis
from impact.finding import ImpactFinding
from impact.needs import NeedsFinding
from impact.reasons import reasons_of
from impact.states import DOWN, STATES

__all__ = ["Arrow", "Look", "Node", "Picture", "impact_picture", "needs_picture"]

Look = Literal["asked", "down", "degraded", "at_risk", "unaffected", "pool", "note"]

STATE_WORDS: Final = {"down": "DOWN", "degraded": "degraded", "at_risk": "at risk", "unaffected": ""}


@dataclass(frozen=True, slots=True)
class Node:
    """A node: `lines` are its label, `values` its facts for formats that carry data."""

    key: str
    look: Look
    lines: tuple[str, ...]
    values: Mapping[str, str | int | bool] = field(default_factory=dict)
    service: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow between two nodes; `hard` ones are drawn solid, the others dashed."""

    start: str
    end: str
    label: str
    hard: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Nodes and arrows in a stable order."""

    title: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    relation: str
    """What an arrow means."""


def impact_picture(finding: ImpactFinding, *, limit: int | None = 200) -> Picture:
    """Return the picture of what breaks, with at most `limit` affected items (None: all).

    What is drawn hangs together: the first items of the answer, each with the chain that leads to it. Needs a finding
    that was not read back from JSON.
    """
    basis = finding.basis
    if basis is None:
        raise ValueError("a finding read back from JSON cannot be drawn; ask the question again")
    drawn = _drawn(basis, limit)
    snapshot = basis.engine.snapshot
    reasons = reasons_of(basis.engine, basis.after, np.array(drawn, np.int64))
    asked = basis.asked.tolist()
    keys = {snapshot.id_at(row): f"n{number}" for number, row in enumerate(asked + drawn)}
    nodes = [_item_node(basis, row, keys[snapshot.id_at(row)], asked=True) for row in asked]
    nodes += [_item_node(basis, row, keys[snapshot.id_at(row)]) for row in drawn]
    arrows: list[Arrow] = []
    for index, row in enumerate(drawn):
        consumer = keys[snapshot.id_at(row)]
        for number, reason in enumerate(reasons.of(index), start=int(reasons.bounds[index])):
            end, hard = consumer, reason["kind"] != "soft"
            if reason["kind"] == "pool":
                end, hard = f"n{len(nodes)}p", bool(snapshot.graph.pool_hard[reasons.pool[number]])
                nodes.append(_pool_node(end, reason))
                arrows.append(Arrow(end, consumer, "", hard))
            for cause in reason["causes"]:
                if cause not in keys:
                    cause_row = snapshot.row_of(cause)
                    # What was in trouble before the question is drawn beside the rest; what was cut is not.
                    if basis.before.state[cause_row] < basis.after.state[cause_row]:
                        continue
                    keys[cause] = f"n{len(nodes)}"
                    nodes.append(_item_node(basis, cause_row, keys[cause]))
                arrows.append(Arrow(keys[cause], end, reason["type"] or "", hard))
    left_out = finding.total - len(drawn)
    if left_out:
        nodes.append(Node("more", "note", (f"{left_out:,} more affected items are not drawn",)))
    names = ", ".join(each.name for each in finding.down)
    return Picture(f"What breaks without {names}", tuple(nodes), tuple(arrows), "hits")


def _drawn(basis: Basis, limit: int | None) -> list[int]:
    """Return affected rows that fit, in the order of the answer, each after the chain that leads to it."""
    if limit is None or len(basis.affected) <= limit:
        everything: list[int] = basis.affected.tolist()
        return everything
    affected = set(basis.affected.tolist())
    snapshot = basis.engine.snapshot
    drawn: dict[int, None] = {}
    for row in basis.affected.tolist():
        chain = [snapshot.row_of(id_) for id_ in reversed(basis.chain(snapshot.id_at(row)))]
        fresh = [each for each in chain if each in affected and each not in drawn]
        if len(drawn) + len(fresh) <= limit:
            drawn.update(dict.fromkeys(fresh))
        if len(drawn) == limit:
            break
    return list(drawn)


def _item_node(basis: Basis, row: int, key: str, *, asked: bool = False) -> Node:
    snapshot = basis.engine.snapshot
    state, before = STATES[basis.after.state[row]], STATES[basis.before.state[row]]
    word = "taken DOWN" if asked else STATE_WORDS[state]
    if asked and basis.after.state[row] != DOWN:
        word = f"{snapshot.status_at(row)}, out of service"
    if before == state and not asked:
        word = f"{word} before"
    if not asked and basis.after.redundancy_lost[row]:
        word = f"{word}, redundancy lost"
    service = bool(snapshot.is_service[row])
    values: dict[str, Any] = {
        "id": snapshot.id_at(row),
        "name": snapshot.name_at(row),
        "class": snapshot.class_at(row),
        "state": state,
        "state_before": before,
        "asked": asked,
        "distance": int(basis.after.distance[row]),
        "service": service,
    }
    if (criticality := snapshot.criticality_at(row)) is not None:
        values["criticality"] = criticality
    if (users := snapshot.users_at(row)) is not None:
        values["users"] = users
    look: Any = "asked" if asked else state
    return Node(key, look, (snapshot.name_at(row), snapshot.class_at(row), word), values, service)


def _pool_node(key: str, reason: Mapping[str, Any]) -> Node:
    up = reason["n"] - reason["down"] - reason["not_counted"]
    needed = f"{reason['need']} needed{' (assumed)' if reason['assumed'] else ''}"
    values = {name: reason[name] for name in ("pool", "n", "need", "down", "degraded", "margin", "assumed")}
    return Node(key, "pool", (f"pool {reason['pool']}", f"{up} of {reason['n']} up, {needed}"), values)


def needs_picture(finding: NeedsFinding, *, limit: int | None = 200) -> Picture:
    """Return the picture of what an item stands on, with at most `limit` items (None: all), the nearest first."""
    rows = finding.items[: len(finding.items) if limit is None else limit]
    keys = {row.id: f"n{number}" for number, row in enumerate(rows)}
    nodes, arrows = [], []
    for row in rows:
        marks = [mark for mark, said in (("in a cycle", row.in_cycle), ("shared", row.shared)) if said]
        marks += [] if row.status == "operational" else [row.status]
        marks += [] if row.expanded else ["stands on more"]
        values: dict[str, str | int | bool] = {
            "id": row.id,
            "name": row.name,
            "class": row.class_name,
            "status": row.status,
            "depth": row.depth,
            "shared": row.shared,
            "in_cycle": row.in_cycle,
        }
        lines = (row.name, row.class_name, ", ".join(marks))
        nodes.append(Node(keys[row.id], "asked" if row.depth == 0 else "unaffected", lines, values))
    for row in rows:
        for number, each in enumerate(row.requires):
            start = keys[row.id]
            if each.kind == "pool":
                pool = f"{start}p{number}"
                assumed = " (assumed)" if each.assumed else ""
                label = (f"pool {each.pool}", f"{each.need} of {each.n} needed{assumed}")
                facts: dict[str, str | int | bool] = {
                    "pool": each.pool or "",
                    "n": each.n or 0,
                    "need": each.need or 0,
                    "assumed": each.assumed,
                }
                nodes.append(Node(pool, "pool", label, facts))
                arrows.append(Arrow(start, pool, "", each.hard))
                start = pool
            providers = each.members if each.kind == "pool" else [each.provider or ""]
            arrows += [Arrow(start, keys[id_], each.type or "", each.hard) for id_ in providers if id_ in keys]
    left_out = len(finding.items) - len(rows)
    if left_out:
        nodes.append(Node("more", "note", (f"{left_out:,} more items are not drawn",)))
    if finding.truncated:
        nodes.append(Node("deeper", "note", ("the depth asked for ends here; there is more below",)))
    return Picture(f"What {rows[0].name} stands on" if rows else "", tuple(nodes), tuple(arrows), "relies on")
