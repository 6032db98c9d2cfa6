"""How one down set is made from those below it. `impact.downsets` and `impact.exposure` say which, and when.

Takes a structure as plain lists, because these loops take one number at a time, and fills a list of sets by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from impact.downsets.cycles import Cycle, InnerPool, components_from, solve_cycle
from impact.downsets.pools import in_at_least, united
from impact.structure import Structure

__all__ = ["Making", "Requirements", "requirements_of"]

_LONG: Final = 200
"""Sets from this size on are looked at for runs."""
_FEW: Final = 8
"""Members of a pool up to which each is looked for in the others' sets, instead of being put into its own."""
_KEPT: Final = "_requirements"


class Requirements:
    """A structure as plain lists. Get one by `requirements_of`."""

    def __init__(self, structure: Structure) -> None:
        self.count = structure.count
        self.provider_at: list[int] = structure.provider_ptr.tolist()
        self.providers: list[int] = structure.providers.tolist()
        self.pool_at: list[int] = structure.pool_ptr.tolist()
        self.member_at: list[int] = structure.member_ptr.tolist()
        self.members: list[int] = structure.members.tolist()
        self.bears: list[int] = structure.bears.tolist()

    def below(self, row: int) -> list[int]:
        """Return what a row requires, by itself or through pools."""
        pools = self.pool_at[row : row + 2]
        return (
            self.providers[self.provider_at[row] : self.provider_at[row + 1]]
            + self.members[self.member_at[pools[0]] : self.member_at[pools[1]]]
        )


def requirements_of(structure: Structure) -> Requirements:
    """Return a structure as plain lists; made once, they live as long as the structure does."""
    kept: Requirements | None = vars(structure).get(_KEPT)
    if kept is None:
        kept = vars(structure)[_KEPT] = Requirements(structure)
    return kept


class Making:
    """Fills `sets` by row, for rows that are not `down` (None: none is); what a row stands on must be made before it.

    `number` is what a row is called in the sets. `cold` makes the sets of a cold start.
    """

    def __init__(
        self,
        known: Requirements,
        *,
        number: Sequence[int],
        sets: list[Any],
        down: NDArray[np.bool_] | None = None,
        cold: bool = False,
    ) -> None:
        self.known, self.number, self.sets, self.down, self.cold = known, number, sets, down, cold
        # Keyed by rows required, and by the identity of sets that stay alive as long as this does.
        self.made: dict[tuple[int, ...], BitMap] = {}
        self._whole: dict[int, BitMap] = {}
        self.empty = BitMap()

    def alone(self, rows: Sequence[int]) -> None:
        """Make the sets of rows that stand in no cycle; a row's own number is in none of them."""
        known, sets, made, number = self.known, self.sets, self.made, self.number
        provider_at, providers, pool_at, count = known.provider_at, known.providers, known.pool_at, known.count
        for row in rows:
            direct = providers[provider_at[row] : provider_at[row + 1]]
            first, last = pool_at[row], pool_at[row + 1]
            if first == last:
                if not direct:
                    sets[row] = self.empty
                    continue
                # Rows that require the same share one set.
                key: tuple[int, ...] = tuple(direct)
                common: list[BitMap] = []
                more: list[int] = []
            else:
                common, more = [], []
                for pool in range(first, last):
                    found, own = self.of_pool(pool)
                    more += own
                    if found:
                        common.append(found)
                key = (*direct, -1, *map(id, common), -1, *more)
            whole = made.get(key)
            if whole is None:
                parts = [*(sets[each] for each in direct), *common]
                whole = united(parts) if len(parts) > 1 else parts[0] if parts else self.empty
                more = more + [number[each] for each in direct if each < count]
                if more:
                    whole = whole.copy()
                    whole.update(more)
                    if len(whole) >= _LONG:
                        whole.run_optimize()
                made[key] = whole
            sets[row] = whole

    def whole(self, row: int) -> BitMap:
        """Return the set of a row with its own number in it."""
        if row >= self.known.count:
            found: BitMap = self.sets[row]
            return found
        if row not in self._whole:
            self._whole[row] = self.sets[row].copy()
            self._whole[row].add(self.number[row])
        return self._whole[row]

    def of_pool(self, pool: int) -> tuple[BitMap, list[int]]:
        """Return what alone makes a pool fail, its members' sets being made: from below them, and of themselves."""
        members, threshold = self._up(pool)
        if len(members) > _FEW:
            return in_at_least(threshold, [self.whole(each) for each in members]), []
        sets, number, count = self.sets, self.number, self.known.count
        parts = [sets[each] for each in members]
        key = (-2, threshold, *map(id, parts))
        found = self.made.get(key)
        if found is None:
            self.made[key] = found = in_at_least(threshold, parts)
        if threshold == 1:
            return found, [number[each] for each in members if each < count]
        # A member is in its own set, and in those of members that rely on it: mostly in no other.
        own = []
        for each, below in zip(members, parts, strict=True):
            if each < count:
                mine, missing = number[each], threshold - 1
                for part in parts:
                    if part is not below and mine in part:
                        missing -= 1
                if missing <= 0:
                    own.append(mine)
        return found, own

    def _up(self, pool: int) -> tuple[list[int], int]:
        """Return a pool's members that are up, and how many of these must fall for it to fail."""
        known = self.known
        members = known.members[known.member_at[pool] : known.member_at[pool + 1]]
        if self.down is None:
            return members, known.bears[pool] + 1
        up = [each for each in members if not self.down[each]]
        return up, known.bears[pool] + 1 - (len(members) - len(up))

    def cycle(self, rows: Sequence[int]) -> None:
        """Make the sets of rows that stand on each other."""
        known = self.known
        place = {row: at for at, row in enumerate(rows)}
        own, requires, pools = [], [], []
        for row in rows:
            outside = [BitMap([self.number[row]] if row < known.count else [])]
            providers = known.providers[known.provider_at[row] : known.provider_at[row + 1]]
            requires.append([place[each] for each in providers if each in place])
            outside += [self.whole(each) for each in providers if each not in place]
            inner = []
            for pool in range(known.pool_at[row], known.pool_at[row + 1]):
                members, threshold = self._up(pool)
                inside = [place[each] for each in members if each in place]
                if inside:
                    settled = [self.whole(each) for each in members if each not in place]
                    inner.append(InnerPool(threshold, settled, inside))
                else:
                    found, its_own = self.of_pool(pool)
                    outside += [found, BitMap(its_own)]
            pools.append(inner)
            own.append(BitMap.union(*outside))
        for row, solved in zip(rows, solve_cycle(Cycle(own, requires, pools), greatest=self.cold), strict=True):
            self.sets[row] = solved

    def all_below(self, rows: Sequence[int]) -> None:
        """Make the sets of these rows and of all they stand on, where they are not made yet."""
        sets, down, below = self.sets, self.down, self.known.below

        def open_below(row: int) -> Iterator[int]:
            return (each for each in below(row) if sets[each] is None and (down is None or not down[each]))

        roots = [row for row in rows if sets[row] is None and (down is None or not down[row])]
        for component in components_from(roots, open_below):
            if len(component) > 1 or component[0] in below(component[0]):
                self.cycle(component)
            else:
                self.alone(component)
