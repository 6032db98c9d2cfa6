"""What could not be started again: the greatest fixed point, against its definition."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.cold_start import circular_starts, cold_start
from impact.downsets import down_sets
from impact.engine import ImpactEngine
from impact.spof import spof_of
from impact.structure import Structure


def structure_of(known) -> Structure:  # type: ignore[no-untyped-def]
    return Structure.of(ImpactEngine.of(known.snapshot))


def started(structure: Structure, off: set[int]) -> set[int]:
    """Start whatever can be started, again and again."""
    up: set[int] = set()
    while True:
        fresh = {row for row in range(structure.size) if row not in up | off and _starts(structure, row, up)}
        if not fresh:
            return up
        up |= fresh


def _starts(structure: Structure, row: int, up: set[int]) -> bool:
    providers = structure.providers[structure.provider_ptr[row] : structure.provider_ptr[row + 1]]
    pools = range(structure.pool_ptr[row], structure.pool_ptr[row + 1])
    return all(each in up for each in providers.tolist()) and all(
        sum(
            each not in up for each in structure.members[structure.member_ptr[p] : structure.member_ptr[p + 1]].tolist()
        )
        <= structure.bears[p]
        for p in pools
    )


def test_two_that_need_each_other_never_start(estate) -> None:
    """Golden C1: they keep each other up, and nothing starts them."""
    known = estate("a -> b\nb -> a\nc -> a\nd")
    structure = structure_of(known)

    assert cold_start(structure).tolist() == sorted(known.rows(["a", "b", "c"]).tolist())
    (loop,) = circular_starts(structure, down_sets(structure))
    assert loop.members.tolist() == loop.never.tolist() == sorted(known.rows(["a", "b"]).tolist())


def test_a_loop_with_a_way_round_starts_only_with_it(estate) -> None:
    """Golden C2: a runs on b or c, b needs a. Running, only a is a single point of a; cold, c is one too."""
    known = estate("a -> b | any\na -> c | any\nb -> a", a_any=1)
    structure = structure_of(known)

    assert cold_start(structure).tolist() == []
    (loop,) = circular_starts(structure, down_sets(structure))
    assert loop.members.tolist() == sorted(known.rows(["a", "b"]).tolist())
    assert loop.never.tolist() == []
    assert loop.only_with.tolist() == known.rows(["c"]).tolist()


def test_the_answer_tells_of_loops_under_its_services(estate) -> None:
    """With the services above; loops elsewhere are no matter of theirs."""
    service = {"class": "BusinessService"}
    known = estate("shop -> a\na -> b\nb -> a\nc -> d\nd -> c", {"shop": service})

    (loop,) = spof_of(known.snapshot).circular_starts

    assert sorted(loop.names) == ["a", "b"]
    assert loop.services == [known.id("shop")]


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_starting_cold_is_the_greatest_fixed_point(data, questions, compiled) -> None:
    """With any items staying off; and each loop's risk is what the difference of the two fixed points says."""
    spec, asked, _, minutes = data.draw(questions())
    known = compiled(spec)
    structure = Structure.of(ImpactEngine.of(known.snapshot), minutes=minutes)
    everything = set(range(structure.size))
    off = set(known.rows(asked).tolist())
    failed = np.zeros(structure.size, np.bool_)
    failed[list(off)] = True

    assert set(cold_start(structure, failed).tolist()) == everything - started(structure, off)
    never = everything - started(structure, set())
    assert set(cold_start(structure).tolist()) == never
    running = down_sets(structure)
    label = structure.components[1]
    expected = {}
    for number in set(label.tolist()):
        members = set(np.flatnonzero((label == number) & ~running.down).tolist())
        needed = {
            x
            for x in everything - never
            for row in members - never
            if row not in started(structure, {x}) and x not in running.of(row)
        }
        if np.count_nonzero(label == number) > 1 and (members & never or needed):
            expected[frozenset(members)] = (members & never, needed)
    found = circular_starts(structure, running)
    assert {
        frozenset(loop.members.tolist()): (set(loop.never.tolist()), set(loop.only_with.tolist())) for loop in found
    } == expected
