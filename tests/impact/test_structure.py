"""The structure function of an estate: what each item needs in order to be up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.engine import ImpactEngine
from impact.states import DOWN, evaluate
from impact.structure import Structure


def structure_of(known):
    return Structure.of(ImpactEngine.of(known.snapshot))


def test_soft_links_and_soft_pools_are_left_out(estate) -> None:
    """Only what brings an item down is in the structure."""
    known = estate("shop -> db\nshop ~> mail\nshop -> a | web\nshop -> b | web\nshop ~> c | nice", shop_web=1)

    structure = structure_of(known)

    shop = known.row("shop")
    providers = structure.providers[structure.provider_ptr[shop] : structure.provider_ptr[shop + 1]]
    assert providers.tolist() == [known.row("db")]
    assert sorted(structure.members.tolist()) == sorted(known.rows(["a", "b"]).tolist())
    assert structure.bears.tolist() == [1]


def test_a_battery_counts_only_for_losses_it_outlasts(compiled, spec_of, link_of) -> None:
    """Without a duration a member that lasts twenty minutes is no member."""
    links = (link_of("host", "grid", pools=("power",)), link_of("host", "ups", pools=("power",), lasts=20.0))
    known = compiled(spec_of({"host": {}, "grid": {}, "ups": {}}, links, {("host", "power"): {"need": 1}}))
    engine = ImpactEngine.of(known.snapshot)

    assert Structure.of(engine).bears.tolist() == [0]
    assert Structure.of(engine, minutes=20).bears.tolist() == [1]
    assert Structure.of(engine, minutes=21).bears.tolist() == [0]


@settings(deadline=None)
@given(data=st.data())
def test_down_is_what_the_states_say_is_down(data, questions, compiled) -> None:
    """The structure and the impact states are one rule."""
    spec, _, _, minutes = data.draw(questions())
    known = compiled(spec)
    engine = ImpactEngine.of(known.snapshot)
    structure = Structure.of(engine, minutes=minutes)

    for row in [None, *np.flatnonzero(known.snapshot.in_service).tolist()]:
        seeds = [] if row is None else [row]
        failed = np.zeros(structure.size, np.bool_)
        failed[seeds] = True

        assert np.array_equal(structure.down(failed), evaluate(engine, seeds, minutes=minutes).state == DOWN)


@settings(deadline=None)
@given(data=st.data())
def test_providers_come_before_consumers_unless_in_one_cycle(data, questions, compiled) -> None:
    """Going through components by number meets every provider first."""
    structure = structure_of(compiled(data.draw(questions())[0]))

    number, label = structure.components

    consumer = np.repeat(np.arange(structure.size), np.diff(structure.provider_ptr))
    assert (label[consumer] >= label[structure.providers]).all()
    assert (label[structure.pool_consumer[structure.member_pool]] >= label[structure.members]).all()
    assert sorted(set(label.tolist())) == list(range(number))


@pytest.mark.parametrize("size", [0, 1, 3])
def test_an_estate_without_requirements_has_a_structure(size: int, estate) -> None:
    """Nothing fails but by itself."""
    structure = structure_of(estate("\n".join(f"item{number}" for number in range(size))))

    assert structure.size == size
    assert structure.components[0] == size
    assert not structure.modelled.any()
    assert structure.always_down.tolist() == []
