"""Groups that are true only where another one is: never said of two that are not so, and of no use to any answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.availability.implied import Implied
from impact.availability.normal_form import NormalForms
from impact.availability.or_sets import CERTAIN


class Truth:
    """The truth tables of the sets and groups of some normal forms: bit s is "true in state s"."""

    def __init__(self, forms: NormalForms, case) -> None:
        states = 1 << case.events
        self._forms, self._everything = forms, (1 << states) - 1
        self._happened = [
            sum(1 << state for state in range(states) if state >> event & 1) for event in range(case.events)
        ]
        self._known: dict[int, int] = {}

    def of_set(self, each: int) -> int:
        if each == CERTAIN:
            return self._everything
        table = 0
        for event in self._forms.set_events[each]:
            table |= self._happened[event]
        for group in self._forms.set_groups[each]:
            table |= self.of_group(group)
        return table

    def of_group(self, group: int) -> int:
        if group not in self._known:
            number = group - self._forms.events
            row = [self._everything] + [0] * self._forms.need[number]
            for each in self._forms.members[number]:
                table = self.of_set(each)
                for j in range(len(row) - 1, 0, -1):
                    row[j] |= row[j - 1] & table
            self._known[group] = row[-1]
        return self._known[group]


def check(case, forms: NormalForms) -> int:
    """Hold every form and every implication against its truth table; return how many implications there are."""
    forms.prepare(range(case.structure.size))
    truth = Truth(forms, case)
    for row in range(case.structure.size):
        assert truth.of_set(forms.of(row)) == case.tables[row], row
    pairs = 0
    for number in range(len(forms.need)):
        other = forms.events + number
        for group in forms.implied.by(other):
            pairs += 1
            assert group != other
            assert truth.of_group(group) & ~truth.of_group(other) == 0, (group, other)
    return pairs


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_forms_and_implications_are_true_in_every_state(data, cases) -> None:
    """Shared members, nested pools and cycles of every kind."""
    case = data.draw(cases(rows=8))
    check(case, NormalForms(case.structure, case.data.members))


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_so_they_are_where_pools_stand_inside_pools(data, pooled_cases) -> None:
    """Layers that rely on several of the layers below, so that most groups imply others."""
    case = data.draw(pooled_cases())
    check(case, NormalForms(case.structure, case.data.members))


@pytest.mark.thorough
@settings(deadline=None, max_examples=20_000)
@given(data=st.data())
def test_so_they_are_in_many_more(data, pooled_cases) -> None:
    """The long version."""
    case = data.draw(pooled_cases())
    check(case, NormalForms(case.structure, case.data.members))


def rack(case):
    """A host on two power strips and on two switches, each switch fed by the strip of its side."""
    return case(
        {
            "host": (["rack"], [(1, ["strip a", "strip b"]), (1, ["switch a", "switch b"])]),
            "switch a": (["strip a"], []),
            "switch b": (["strip b"], []),
        },
        dict.fromkeys(["host", "rack", "strip a", "strip b", "switch a", "switch b"], ".01"),
    )


def test_the_pool_of_strips_stands_inside_the_pool_of_switches(case) -> None:
    """Of the two pools one is left, and the strip and the switch of a side are one variable."""
    known, row = rack(case)
    forms = NormalForms(known.structure)

    groups = forms.set_groups[forms.of(row("host"))]

    assert len(groups) == 1
    (group,) = groups
    sides = {forms.set_events[each] for each in forms.members[group - forms.events]}
    assert sides == {frozenset({row("strip a"), row("switch a")}), frozenset({row("strip b"), row("switch b")})}
    assert check(known, forms) == 1


def test_what_is_left_of_a_pool_elsewhere_is_false_beside_the_whole_pool(case) -> None:
    """A shop needs the directory and either database; these stand on it too: there, nothing of it is left."""
    known, row = case(
        {
            "shop": (["directory"], [(1, ["db 1", "db 2"])]),
            "db 1": (["site", "directory"], []),
            "db 2": (["directory"], []),
            "directory": ([], [(1, ["dc 1", "dc 2"])]),
            "dc 1": (["site"], []),
        },
        dict.fromkeys(["shop", "db 1", "db 2", "directory", "dc 1", "dc 2", "site"], ".01"),
    )
    forms = NormalForms(known.structure)

    groups = forms.set_groups[forms.of(row("shop"))]

    assert len(groups) == 2
    assert not any(forms.set_groups[each] for group in groups for each in forms.members[group - forms.events])
    assert check(known, forms) >= 1


def test_two_pools_that_each_hold_what_implies_the_other(case) -> None:
    """Neither may be left out for the other's sake, forwards or backwards."""
    inner = (1, ["a", "b"])
    known, _ = case(
        {
            "both": (["one", "other"], []),
            "one": ([], [(1, ["a", "pair"]), (1, ["b", "c"])]),
            "other": ([], [(1, ["b", "pair"]), (1, ["a", "c", "pair"])]),
            "pair": ([], [inner]),
        },
        dict.fromkeys(["both", "one", "other", "pair", "a", "b", "c"], ".1"),
    )
    check(known, NormalForms(known.structure))


def test_pools_of_the_same_parts_differently_put_together_imply_nothing(case) -> None:
    """All that one holds the other holds too, but the inner pool stands beside another member."""
    known, row = case({}, dict.fromkeys(["p", "q", "x", "y"], ".1"))
    forms = NormalForms(known.structure)
    p, q, x, y = map(forms.of, map(row, "pqxy"))
    pair = forms.at_least(2, [x, y])
    inside = [forms.at_least(2, [forms.any_of([p, pair]), q]), forms.at_least(2, [p, forms.any_of([q, pair])])]
    groups = [next(iter(forms.set_groups[each])) for each in inside]
    implied = Implied(forms)

    implied.compare(groups, groups)

    assert not any(map(implied.by, groups))
    check(known, forms)


def test_an_implication_is_kept_once_and_never_both_ways(case) -> None:
    """What is implied by something implied is implied; the converse of what is known is refused."""
    known, row = rack(case)
    forms = NormalForms(known.structure)
    forms.of(row("host"))
    first, second, third = range(forms.events, forms.events + 3)
    implied = Implied(forms)

    implied.note(first, second)
    implied.note(second, third)
    implied.note(third, first)

    assert set(implied.by(third)) == {first, second}
    assert set(implied.by(second)) == {first}
    assert not implied.by(first)
