"""The fewest waves: nodes into waves so that no limit is broken, proven by OR-tools' CP-SAT.

Takes numbers of nodes and limits, gives waves. Knows no estate. Where every limit is "one of a pair" this is graph
colouring. Source: shared mathematics, section 2.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Limit", "Solution", "lower_bound", "solve"]

_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` of the `members` in one wave; each member is a set of nodes, down when any of these is.

    `name` says whose limit it is.
    """

    members: tuple[frozenset[int], ...]
    most: int
    name: str = ""


@dataclass(frozen=True)
class Solution:
    """Waves of node numbers in order. `optimal`: no fewer will do. `lower_bound` is proven either way.

    `waves` is None where there is no solution at all, or none was found in time.
    """

    waves: list[list[int]] | None
    optimal: bool
    lower_bound: int
    infeasible: bool = False
    impossible: list[Limit] = field(default_factory=list)
    """Limits that one node alone breaks."""


def lower_bound(count: int, limits: Sequence[Limit], at_most: int | None = None) -> int:
    """Return a number of waves below which nothing will do: by limits one by one, and by a clique of pairs."""
    found = 1 if count else 0
    if at_most:
        found = max(found, -(-count // at_most))
    for limit in limits:
        if limit.most > 0:
            found = max(found, -(-_apart(limit) // limit.most))
    return max(found, len(_clique(count, limits)))


def _apart(limit: Limit) -> int:
    """Return how many members go down at some time, whatever the waves: those with nodes of their own alone."""
    seen: set[int] = set()
    apart = 0
    for member in sorted(limit.members, key=lambda each: (len(each), sorted(each))):
        if seen.isdisjoint(member):
            apart += 1
            seen |= member
    return apart


def _pairs(limits: Sequence[Limit]) -> dict[int, set[int]]:
    """Return by node those that can never be in its wave."""
    against: dict[int, set[int]] = {}
    for limit in limits:
        if limit.most != 1:
            continue
        for at, member in enumerate(limit.members):
            for other in limit.members[at + 1 :]:
                for one in member - other:
                    for two in other - member:
                        against.setdefault(one, set()).add(two)
                        against.setdefault(two, set()).add(one)
    return against


def _clique(count: int, limits: Sequence[Limit]) -> list[int]:
    """Return nodes of which no two can share a wave; greedily from every node, so perhaps not the most."""
    against = _pairs(limits)
    best: list[int] = []
    for start in range(count):
        clique, left = [start], set(against.get(start, ()))
        while left:
            node = max(left, key=lambda each: (len(against[each] & left), -each))
            clique.append(node)
            left &= against[node]
        best = max(best, clique, key=len)
    return best


def solve(
    count: int,
    limits: Sequence[Limit],
    *,
    at_most: int | None = None,
    order: Collection[tuple[int, int]] = (),
    zones: Sequence[int] | None = None,
    apart: Collection[frozenset[int]] = (),
    seconds: float = 20.0,
) -> Solution:
    """Return the fewest waves for `count` nodes.

    `at_most` is how many nodes one wave holds. `order` are (before, after): strictly earlier. `zones` is by node: a
    wave holds nodes of one zone only. `apart` are sets of nodes that must not all share a wave. `seconds` is the time
    for each number of waves that is tried.
    """
    impossible = [limit for limit in limits if any(_down_by(limit, {node}) > limit.most for node in range(count))]
    least = lower_bound(count, limits, at_most)
    if impossible:
        return Solution(None, False, least, infeasible=True, impossible=impossible)
    if not count:
        return Solution([], True, 0)
    proven = True
    for waves in range(least, count + 1):
        status, found = _try(count, waves, limits, at_most, order, zones, apart, seconds)
        if found is not None:
            return Solution(found, proven, waves if proven else least)
        if status == "infeasible" and proven:
            least = waves + 1
        elif status == "unknown":
            proven = False
    return Solution(None, False, least, infeasible=proven)


def _down_by(limit: Limit, nodes: set[int]) -> int:
    return sum(not nodes.isdisjoint(member) for member in limit.members)


def _try(
    count: int,
    waves: int,
    limits: Sequence[Limit],
    at_most: int | None,
    order: Collection[tuple[int, int]],
    zones: Sequence[int] | None,
    apart: Collection[frozenset[int]],
    seconds: float,
) -> tuple[str, list[list[int]] | None]:
    """Return whether so many waves will do (`found`, `infeasible`, `unknown`), and which."""
    # Only here: the solver takes long to import.
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    in_wave = [[model.new_bool_var(f"n{node}w{wave}") for wave in range(waves)] for node in range(count)]
    for node in range(count):
        model.add_exactly_one(in_wave[node])
    for limit in limits:
        for wave in range(waves):
            down = []
            for at, member in enumerate(limit.members):
                nodes = sorted(member)
                if len(nodes) == 1:
                    down.append(in_wave[nodes[0]][wave])
                    continue
                falls = model.new_bool_var(f"{limit.name}m{at}w{wave}")
                for node in nodes:
                    model.add_implication(in_wave[node][wave], falls)
                down.append(falls)
            if limit.most == 1:
                model.add_at_most_one(down)
            else:
                model.add(sum(down) <= limit.most)
    if at_most:
        for wave in range(waves):
            model.add(sum(in_wave[node][wave] for node in range(count)) <= at_most)
    for before, after in order:
        number = [sum(wave * in_wave[node][wave] for wave in range(waves)) for node in (before, after)]
        model.add(number[0] + 1 <= number[1])
    if zones is not None:
        for zone in sorted(set(zones)):
            here = [node for node in range(count) if zones[node] == zone]
            others = [node for node in range(count) if zones[node] != zone]
            for wave in range(waves):
                open_ = model.new_bool_var(f"z{zone}w{wave}")
                for node in here:
                    model.add_implication(in_wave[node][wave], open_)
                for node in others:
                    model.add_implication(in_wave[node][wave], ~open_)
    for group in apart:
        for wave in range(waves):
            model.add_bool_or([~in_wave[node][wave] for node in sorted(group)])
    if not order:
        # Waves are alike: what no two can share says which is which.
        for wave, node in enumerate(_clique(count, limits)[:waves]):
            model.add(in_wave[node][wave] == 1)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.random_seed = _SEED
    solver.parameters.num_workers = 2
    status = solver.solve(model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        found = [[node for node in range(count) if solver.value(in_wave[node][wave])] for wave in range(waves)]
        return "found", [wave for wave in found if wave]
    return ("infeasible" if status == cp_model.INFEASIBLE else "unknown"), None
