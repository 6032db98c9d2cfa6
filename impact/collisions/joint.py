"""Joint loss: the smallest sets of changes that bring down a service which none of their subsets does.

Takes the changes of one interval and their effects, gives minimal sets. phi(D(X)) = 1, phi(D(Y)) = 1,
phi(D(X) u D(Y)) = 0. Source: shared mathematics, section 2.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final, NamedTuple

from pyroaring import BitMap

from impact.collisions.effects import Effects

__all__ = ["JointLoss", "joint_losses", "lost_with_outages"]

_TRIED: Final = 4_096
"""Sets of changes of one interval that are tried; beyond, one smallest-found set per service is given."""


class JointLoss(NamedTuple):
    """A service, and places (in what was given) of a minimal set of changes; `surely_all` sets were looked for."""

    service: int
    changes: tuple[int, ...]
    surely_all: bool


def joint_losses(effects: Effects, rows: Sequence[tuple[int, ...]]) -> list[JointLoss]:
    """Return the minimal sets of two or more changes for each service that only they together bring down.

    `rows` are those that each change has down in the interval. With something down already, a set of one counts as
    well, where that change alone would have left the service up in an estate without trouble.
    """
    whole = _united(rows, range(len(rows)))
    lost = effects.fallen(whole)
    if not lost:
        return []
    found: list[JointLoss] = []
    minimal: dict[int, list[frozenset[int]]] = {service: [] for service in lost}
    tried = 0
    for size in range(1, len(rows) + 1):
        for chosen in itertools.combinations(range(len(rows)), size):
            wanted = [
                service for service, sets in minimal.items() if not any(each <= frozenset(chosen) for each in sets)
            ]
            if not wanted:
                continue
            tried += 1
            if tried > _TRIED:
                return found + _one_each(effects, rows, minimal)
            fallen = effects.fallen(_united(rows, chosen))
            for service in wanted:
                if service in fallen:
                    minimal[service].append(frozenset(chosen))
                    if size > 1:
                        found.append(JointLoss(service, chosen, surely_all=True))
    return found


def _one_each(
    effects: Effects, rows: Sequence[tuple[int, ...]], minimal: dict[int, list[frozenset[int]]]
) -> list[JointLoss]:
    """Return one minimal set for each service that has none yet, by leaving out what is not needed."""
    found = []
    for service, sets in minimal.items():
        if sets:
            continue
        kept = list(range(len(rows)))
        for each in range(len(rows)):
            fewer = [other for other in kept if other != each]
            if service in effects.fallen(_united(rows, fewer)):
                kept = fewer
        found.append(JointLoss(service, tuple(kept), surely_all=False))
    return found


def _united(rows: Sequence[tuple[int, ...]], chosen: Sequence[int] | range) -> tuple[int, ...]:
    return tuple(sorted({row for each in chosen for row in rows[each]}))


def lost_with_outages(effects: Effects, untroubled: Effects, rows: tuple[int, ...]) -> BitMap:
    """Return the services that a change brings down only because of what is down already."""
    return effects.fallen(rows) - untroubled.fallen(rows)
