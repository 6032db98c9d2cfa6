"""Estates that are deep: a row of a hundred thousand items, each standing on the one before."""

from __future__ import annotations

import numpy as np
import pytest

from impact.availability.evaluate import Evaluator
from impact.availability.events import FailureData
from impact.engine import ImpactEngine
from impact.structure import Structure


def test_a_chain_of_100_000_items_has_an_exact_figure(deep) -> None:
    """What only passes failures on needs no set of its own; every item counts once, and alike."""
    count = len(deep.snapshot)
    structure = _structure(deep)
    evaluator = Evaluator(structure, FailureData(np.full(structure.size, 1e-7), ()))

    figure = evaluator.figure(count - 1)

    assert figure.kind == "exact"
    assert figure.unavailability == pytest.approx(-np.expm1(count * np.log1p(-1e-7)), rel=1e-12)
    assert len(evaluator.birnbaum(count - 1)) == count


def test_a_link_of_a_chain_may_be_asked_about_as_well(estate) -> None:
    """Asked before or after what stands on it, it has the same figure."""
    known = estate("a -> b\nb -> c\nc -> d")
    structure = _structure(known)
    data = FailureData(np.full(structure.size, 0.1), ())
    rows = [known.row(name) for name in "abcd"]

    upwards, downwards = Evaluator(structure, data), Evaluator(structure, data)
    found = [upwards.figure(row).unavailability for row in reversed(rows)]
    turned = [downwards.figure(row).unavailability for row in rows]

    assert found == pytest.approx([0.1, 0.19, 0.271, 0.3439])
    assert turned == pytest.approx(found[::-1])


def test_a_row_that_requires_itself_fails_as_if_it_did_not() -> None:
    """A loop of one brings nothing down, and nothing walks round it for ever."""
    one, none = np.array([0, 1], np.int64), np.zeros(0, np.int64)
    structure = Structure(
        count=1,
        provider_ptr=one,
        providers=np.zeros(1, np.int64),
        pool_ptr=np.zeros(2, np.int64),
        member_ptr=np.zeros(1, np.int64),
        members=none,
        bears=none,
        pool_source=none,
    )

    assert Evaluator(structure, FailureData(np.array([0.25]), ())).figure(0).unavailability == pytest.approx(0.25)


def _structure(known) -> Structure:
    return Structure.of(ImpactEngine.of(known.snapshot))
