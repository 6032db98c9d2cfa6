"""Circular starts: what runs well and could not be started again after everything had been off.

Takes a Structure, gives rows and cycles. Down is the least fixed point: a loop of items that keep each other up stays
up. Starting cold is the greatest one: an item starts when what it requires has started, so no member of a loop ever
does, unless a pool offers a way round.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact.closures import consumers_of
from impact.downsets import DownSets, down_sets
from impact.frontier import Rows
from impact.structure import Structure

__all__ = ["CircularStart", "circular_starts", "cold_start"]


@dataclass(frozen=True, slots=True)
class CircularStart:
    """A loop that is a risk when everything is off."""

    members: Rows
    """The items of the loop."""
    never: Rows
    """Those of them that cannot be started even when all else is well."""
    only_with: Rows
    """Items without which one of the others cannot be started, though the running loop bears their loss."""


def cold_start(structure: Structure, failed: NDArray[np.bool_] | None = None) -> Rows:
    """Return the rows that can never start when everything is off and `failed` (by row) stay so.

    The complement of the smallest set of rows that start: those whose providers have all started and whose pools have
    as many members started as they need.
    """
    turned = consumers_of(structure)
    pool_consumer = structure.pool_consumer.tolist()
    # A pool waits for the members it has beyond those it bears to lose.
    need = (np.diff(structure.member_ptr) - structure.bears).tolist()
    waiting = (np.diff(structure.provider_ptr) + np.diff(structure.pool_ptr)).tolist()
    for pool, wanted in enumerate(need):
        if wanted <= 0:
            waiting[pool_consumer[pool]] -= 1
    starts = np.zeros(structure.size, np.bool_)
    off = np.zeros(structure.size, np.bool_) if failed is None else failed
    fresh = deque(row for row, count in enumerate(waiting) if count == 0)
    while fresh:
        row = fresh.popleft()
        if off[row]:
            continue
        starts[row] = True
        met = turned.of(row).copy()
        for pool in turned.pools_of(row):
            need[pool] -= 1
            if need[pool] == 0:
                met.append(pool_consumer[pool])
        for consumer in met:
            waiting[consumer] -= 1
            if waiting[consumer] == 0:
                fresh.append(consumer)
    return np.flatnonzero(~starts)


def circular_starts(structure: Structure, running: DownSets) -> list[CircularStart]:
    """Return the loops of an estate that would be a risk at a cold start; `running` are its down sets.

    A loop is a risk when members of it can never start, or when starting needs an item whose loss the running loop
    bears. Items that are down anyway are in no loop.
    """
    label = structure.components[1]
    size = np.bincount(label)
    in_loop = np.flatnonzero(size[label] > 1)
    if not len(in_loop):
        return []
    never = np.zeros(structure.size, np.bool_)
    never[cold_start(structure)] = True
    cold = down_sets(structure, down=never, rows=in_loop, cold=True)
    found = []
    by_loop = in_loop[np.argsort(label[in_loop], kind="stable")]
    for members in np.split(by_loop, np.flatnonzero(np.diff(label[by_loop])) + 1):
        members = members[~running.down[members]]
        stuck = members[never[members]]
        needed = [np.setdiff1d(cold.of(row), running.of(row)) for row in members[~never[members]].tolist()]
        only_with = np.unique(np.concatenate([stuck[:0], *needed]))
        if len(stuck) or len(only_with):
            real = members < structure.count
            found.append(CircularStart(np.sort(members[real]), np.sort(stuck[stuck < structure.count]), only_with))
    return found
