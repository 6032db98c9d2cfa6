"""Reasons, counterfactuals and structural advice against the worked examples, and against trying everything."""

from __future__ import annotations

import itertools
import random

import pytest
from msgspec.structs import replace
from risk_words import B, C, made

from impact.risk.advice import band_after, counterfactuals_of, reasons_of, structural_advice
from impact.risk.formula import BANDS, score_of
from impact.risk.steps import FACTORS

PROCEDURAL = [each for each in FACTORS if each.kind == "procedural"]


def test_reasons_of_the_database_alone() -> None:
    found = {each.factor: (round(each.points, 1), each.kind) for each in reasons_of(B)}

    assert found == {
        "redundancy": (66.1, "structural"),
        "slot": (29.9, "procedural"),
        "history": (5.8, "structural"),
        "back_out": (4.1, "procedural"),
        "lead": (1.1, "procedural"),
        "concurrency": (0.9, "procedural"),
        "tests": (0.7, "procedural"),
    }
    assert [each.factor for each in reasons_of(B)][:3] == ["redundancy", "slot", "history"]


def test_reasons_are_sentences_with_the_numbers_behind_them() -> None:
    told = {each.factor: each.text for each in reasons_of(B)}

    assert told["slot"] == "400 users active in the chosen slot"
    assert told["history"] == "Database changes failed 3 of 12 times; changes by database failed 3 of 30 times"
    assert told["redundancy"] == "nothing takes over for E-mail"
    assert told["concurrency"] == "1 overlapping change shares an affected service"


def test_the_quietest_slot_alone_reaches_the_next_band() -> None:
    first = counterfactuals_of(B)[0]

    assert (first.steps, round(first.score, 2), first.band) == (("move to the quietest slot",), 59.66, "high")


def test_where_no_step_helps_only_the_estate_does() -> None:
    assert counterfactuals_of(C) == []
    (peer,) = structural_advice(C)
    assert score_of(C).raw - peer.score == pytest.approx(48.9, abs=0.05)


def test_an_emergency_in_a_freeze_is_told_to_be_a_normal_change_only_where_that_helps() -> None:
    frozen = replace(B, in_freeze=True)

    assert band_after(frozen) == "very_high"
    assert {"leave the freeze", "move to the quietest slot"} == set(counterfactuals_of(frozen)[0].steps)


def test_counterfactuals_are_smallest_and_best_of_all_combinations() -> None:
    draw = random.Random(7)
    for _ in range(60):
        inputs = replace(made(draw), in_freeze=draw.random() < 0.3)
        services = tuple(replace(each, quietest_users=each.users / 4) for each in inputs.services)
        inputs = replace(inputs, services=services)
        now = BANDS.index(band_after(inputs))
        for found in counterfactuals_of(inputs):
            sizes: dict[int, float] = {}
            for size in range(1, len(PROCEDURAL) + 1):
                for chosen in itertools.combinations(PROCEDURAL, size):
                    after = inputs
                    for factor in chosen:
                        after = factor.benign(after)
                    if BANDS.index(band_after(after)) <= BANDS.index(found.band):
                        sizes[size] = min(sizes.get(size, 1e9), score_of(after).score)
            assert BANDS.index(found.band) < now
            assert len(found.steps) == min(sizes)
            assert found.score == pytest.approx(sizes[min(sizes)])
