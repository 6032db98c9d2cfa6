"""Small structures for the tests of availability, and their truth by going through every state with exact fractions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from impact.availability.events import CommonCause, FailureData
from impact.structure import Structure


@dataclass(frozen=True)
class Case:
    """Rows with what they require: `needs[row]` is (providers, pools as (bears, members)); chances as fractions."""

    needs: tuple[tuple[tuple[int, ...], tuple[tuple[int, tuple[int, ...]], ...]], ...]
    q: tuple[Fraction, ...]
    common: tuple[tuple[tuple[int, ...], Fraction], ...] = ()
    virtual: int = 0

    @cached_property
    def structure(self) -> Structure:
        pools = [pool for _, pools in self.needs for pool in pools]

        def bounds(sizes: Iterable[int]) -> np.ndarray:
            return np.concatenate([[0], np.cumsum(np.array(list(sizes), np.int64))]).astype(np.int64)

        return Structure(
            count=len(self.needs) - self.virtual,
            provider_ptr=bounds(len(providers) for providers, _ in self.needs),
            providers=np.array([p for providers, _ in self.needs for p in providers], np.int64),
            pool_ptr=bounds(len(pools) for _, pools in self.needs),
            member_ptr=bounds(len(members) for _, members in pools),
            members=np.array([m for _, members in pools for m in members], np.int64),
            bears=np.array([bears for bears, _ in pools], np.int64),
            pool_source=np.arange(len(pools)),
        )

    @cached_property
    def data(self) -> FailureData:
        causes = tuple(CommonCause(members, float(q)) for members, q in self.common)
        return FailureData(np.array([float(q) for q in self.q], np.float64), causes)

    @property
    def events(self) -> int:
        """Events that are not impossible by construction: items, then common causes."""
        return len(self.needs) + len(self.common)

    @cached_property
    def tables(self) -> list[int]:
        """By row: its truth table, bit s is "down in state s"; bit e of s is "event e has happened"."""
        states = 1 << self.events
        everything = (1 << states) - 1
        happened = []
        for event in range(self.events):
            block = ((1 << (1 << event)) - 1) << (1 << event)
            period = 1 << (event + 1)
            happened.append(block * (everything // ((1 << period) - 1)))
        down = []
        for row in range(len(self.needs)):
            own = happened[row] if row < len(self.needs) - self.virtual else 0
            for number, (members, _) in enumerate(self.common):
                if row in members:
                    own |= happened[len(self.needs) + number]
            down.append(own)
        while True:
            now = list(down)
            for row, (providers, pools) in enumerate(self.needs):
                for provider in providers:
                    now[row] |= now[provider]
                for bears, members in pools:
                    now[row] |= _more_than(bears, [now[member] for member in members], everything)
            if now == down:
                return down
            down = now

    @cached_property
    def weights(self) -> list[Fraction]:
        """By state: how probable it is."""
        found = [Fraction(1)]
        for q in [*self.q, *(q for _, q in self.common)]:
            found = [each * (1 - q) for each in found] + [each * q for each in found]
        return found

    def chance(self, table: int) -> Fraction:
        """The probability of a set of states."""
        weights = self.weights
        return sum((weights[state] for state in _bits(table)), Fraction(0))

    def given(self, event: int, value: int) -> Case:
        """The same with one event certain or impossible."""
        if event < len(self.needs):
            return replace(self, q=(*self.q[:event], Fraction(value), *self.q[event + 1 :]))
        place = event - len(self.needs)
        common = list(self.common)
        common[place] = (common[place][0], Fraction(value))
        return replace(self, common=tuple(common))

    def minimal(self, row: int) -> set[frozenset[int]]:
        """The minimal cut sets of a row, as events."""
        table = self.tables[row]
        found: set[frozenset[int]] = set()
        for state in sorted(_bits(table), key=int.bit_count):
            events = frozenset(event for event in range(self.events) if state >> event & 1)
            if not any(each <= events for each in found):
                found.add(events)
        return found


def _more_than(bears: int, tables: Sequence[int], everything: int) -> int:
    if bears < 0:
        return everything
    row = [everything] + [0] * (bears + 1)
    for table in tables:
        for j in range(bears + 1, 0, -1):
            row[j] |= table & row[j - 1]
    return row[bears + 1]


def _bits(table: int) -> list[int]:
    found = []
    while table:
        low = table & -table
        found.append(low.bit_length() - 1)
        table ^= low
    return found


FRACTIONS = [Fraction(1, 100), Fraction(1, 10), Fraction(1, 2), Fraction(3, 10), Fraction(9, 10), Fraction(1, 1000)]


@st.composite
def random_cases(draw: st.DrawFn, rows: int = 9, edges: int = 22, extremes: bool = True) -> Case:
    """Draw rows with direct requirements, pools that may be nested, shared or in cycles, and common causes."""
    count = draw(st.integers(1, rows))
    virtual = draw(st.integers(0, min(2, count - 1)))
    row = st.integers(0, count - 1)
    providers: list[list[int]] = [[] for _ in range(count)]
    pools: list[list[tuple[int, tuple[int, ...]]]] = [[] for _ in range(count)]
    downhill = draw(st.booleans())

    def below(consumer: int) -> st.SearchStrategy[int]:
        return st.integers(0, consumer - 1) if downhill else row

    for _ in range(draw(st.integers(0, edges))):
        consumer = draw(row)
        if downhill and not consumer:
            continue
        if draw(st.integers(0, 3)) == 0:
            providers[consumer].append(draw(below(consumer)))
        else:
            members = draw(st.lists(below(consumer), max_size=5, unique=True))
            pools[consumer].append((draw(st.integers(-1 if draw(st.integers(0, 9)) == 0 else 0, 3)), tuple(members)))
    q = st.sampled_from(FRACTIONS + ([Fraction(0), Fraction(1)] if extremes else []))
    own = [draw(q) if number < count - virtual else Fraction(0) for number in range(count)]
    common = draw(
        st.lists(
            st.tuples(st.lists(row, min_size=1, max_size=4, unique=True).map(tuple), q),
            max_size=2,
            unique_by=lambda cause: frozenset(cause[0]),
        )
    )
    needs = tuple((tuple(providers[number]), tuple(pools[number])) for number in range(count))
    return Case(needs, tuple(own), tuple(common), virtual)


@st.composite
def layered_cases(draw: st.DrawFn, rows: int = 9) -> Case:
    """Draw rows that each rely on several overlapping pools of those below: what is in one pool is inside another."""
    count = draw(st.integers(5, rows))
    needs: list[tuple[tuple[int, ...], tuple[tuple[int, tuple[int, ...]], ...]]] = [((), ())] * draw(st.integers(2, 3))
    while len(needs) < count:
        below = st.integers(0, len(needs) - 1)
        members = st.lists(below, min_size=2, max_size=4, unique=True)
        pools = draw(st.lists(members, max_size=3))
        needs.append(
            (
                tuple(draw(st.lists(below, max_size=2, unique=True))),
                tuple((draw(st.integers(1, len(pool) - 1)), tuple(pool)) for pool in pools),
            )
        )
    return Case(tuple(needs), tuple(draw(st.sampled_from(FRACTIONS)) for _ in needs))


@pytest.fixture(scope="session")
def pooled_cases() -> Callable[..., st.SearchStrategy[Case]]:
    """The strategy of layered cases; see `layered_cases`."""
    return layered_cases


@pytest.fixture(scope="session")
def cases() -> Callable[..., st.SearchStrategy[Case]]:
    """The strategy of random cases; see `random_cases`."""
    return random_cases


@pytest.fixture(scope="session")
def case() -> Callable[..., Any]:
    """Make a case by names: `case({"shop": (["db"], [(1, ["a", "b"])])}, q={"db": "0.01"}, common=..)`.

    Gives the case and a function from name to row; names that only occur as providers are rows too.
    """

    def make(
        needs: Mapping[str, tuple[Sequence[str], Sequence[tuple[int, Sequence[str]]]]],
        q: Mapping[str, str],
        common: Sequence[tuple[Sequence[str], str]] = (),
    ) -> tuple[Case, Callable[[str], int]]:
        names = list(q)
        row = {name: number for number, name in enumerate(names)}
        said = tuple(
            (
                tuple(row[each] for each in needs.get(name, ((), ()))[0]),
                tuple((bears, tuple(row[m] for m in members)) for bears, members in needs.get(name, ((), ()))[1]),
            )
            for name in names
        )
        causes = tuple((tuple(row[m] for m in members), Fraction(chance)) for members, chance in common)
        return Case(said, tuple(Fraction(q[name]) for name in names), causes), row.__getitem__

    return make
