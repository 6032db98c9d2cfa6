"""What pools carry: needs that follow the load, headroom, growth, and data that is missing."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import UsageError
from cmdb.model import Need
from cmdb.model.need import enough_for_load
from impact.capacity import capacity_of
from impact.lint import lint


def nodes(estate, load, capacities, need=1):
    """A consumer with a load, and a pool of members with capacities (None: nobody said)."""
    names = [f"n{number}" for number in range(len(capacities))]
    items = {name: {} if each is None else {"capacity": each} for name, each in zip(names, capacities, strict=True)}
    items["app"] = {} if load is None else {"load": load}
    return estate("\n".join(f"app -> {name} | web" for name in names), items, app_web=need)


def only(finding):
    (row,) = finding.pools
    return row


def test_four_nodes_of_a_hundred_and_a_load_of_290_need_three(estate):
    """The example of the issue, with what is left after failures and the growth that is too much."""
    row = only(capacity_of(nodes(estate, 290, [100] * 4).snapshot, growth=10))

    assert (row.required, row.survives, row.headroom) == (3, 1, [110, 10])
    assert row.growth_to_one_too_many == pytest.approx(300 / 290 * 100 - 100, abs=1e-6)
    assert (row.verdict, row.becomes_essential, row.grown_required) == ("redundant", True, 4)
    assert row.need_too_low


def test_growth_that_is_borne_makes_nothing_essential(estate):
    """At 3 % more, three nodes still carry it."""
    finding = capacity_of(nodes(estate, 290, [100] * 4, 3).snapshot, growth=3)

    assert not only(finding).becomes_essential
    assert finding.warnings == []
    assert "at 10 % more load one failure is too many: app/web" in " ".join(
        capacity_of(nodes(estate, 290, [100] * 4, 3).snapshot, growth=10).warnings
    )


@pytest.mark.parametrize(("load", "capacities"), [(None, [100, 100]), (100, [100, None])])
def test_what_nobody_said_is_named_and_never_enough(estate, load, capacities):
    """Not known, and it says whose."""
    known = nodes(estate, load, capacities)

    finding = capacity_of(known.snapshot)

    assert (only(finding).verdict, only(finding).survives) == ("not_known", None)
    assert [known.name_of(each) for each in only(finding).without_capacity] == ([] if load is None else ["n1"])
    assert "not recorded" in finding.warnings[0]


def test_too_much_load_is_told_first(estate):
    """Not even all of them carry it."""
    row = only(capacity_of(nodes(estate, 500, [100] * 4).snapshot))

    assert (row.verdict, row.survives, row.headroom) == ("overloaded", 0, [])
    assert row.growth_to_one_too_many < 0


@given(
    st.integers(1, 600),
    st.lists(st.sampled_from([0, 10, 50, 100, 100, 200]), min_size=1, max_size=6),
)
def test_so_many_members_are_enough_whichever_they_are(load, capacities):
    """By trying every choice: the least number of which every choice carries the load."""
    carrying = [
        count
        for count in range(1, len(capacities) + 1)
        if all(sum(chosen) >= load for chosen in combinations(capacities, count))
    ]
    assert enough_for_load(load, capacities) == min(carrying, default=len(capacities) + 1)


def test_decimal_loads_are_not_lost_to_rounding():
    """Three of 0.1 carry 0.3."""
    assert enough_for_load(0.3, [0.1] * 4) == 3


def test_a_need_that_follows_the_load_is_read_and_kept():
    """`need: capacity`; what it comes to is not known without the load, so all are needed."""
    assert Need.parse("capacity").stored() == "capacity"
    assert Need.parse("capacity").required(4) == 4


def test_doctor_finds_a_need_below_the_load(estate):
    """Three are required, one is said to be enough."""
    (found,) = lint(nodes(estate, 290, [100] * 4).snapshot, ["need_below_load"])

    assert "is said to need 1 of 4, but its load of 290 takes 3 of them" in found.message
    assert lint(nodes(estate, 290, [100] * 4, 3).snapshot, ["need_below_load"]) == []


def test_an_estate_without_loads_says_that_nothing_is_known(estate):
    """Never that all is well."""
    assert "nothing is known" in capacity_of(estate("a -> b | p").snapshot).headline
    with pytest.raises(UsageError, match="growth"):
        capacity_of(estate("a -> b | p").snapshot, growth=float("nan"))
