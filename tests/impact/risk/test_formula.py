"""The formula of change risk against its worked examples, and that worsening an input never lowers the score."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from risk_words import A, B, C, made

from cmdb.model.circumstances import ChangeSettings
from impact.risk.floors import band_with, floors_of
from impact.risk.formula import BANDS, base_rate, failure_probability, group_rate, score_of
from impact.risk.inputs import Group, History, RiskInputs, ServiceLoss
from impact.risk.matrix import matrix

WORSENINGS = 100_000


@pytest.mark.parametrize(
    ("inputs", "probability", "outage", "loss", "share", "score", "band"),
    [
        (A, 0.00951, 30, 0.15285, None, 1.544, "low"),
        (B, 0.41591, 100, 3818.19, 0.59659, 89.55, "very_high"),
        (C, 0.19947, 55, 109.256, 0.34143, 51.06, "high"),
    ],
)
def test_worked_examples(
    inputs: RiskInputs, probability: float, outage: float, loss: float, share: float | None, score: float, band: str
) -> None:
    found = score_of(inputs)

    assert found.failure_probability == pytest.approx(probability, abs=5e-6)
    assert found.outage_minutes == outage
    assert found.expected_loss == pytest.approx(loss, rel=5e-6, abs=5e-6)
    assert found.score == pytest.approx(score, abs=5e-3)
    assert (found.band, band_with(found.band, floors_of(inputs))) == (band, band)
    if share is not None:
        assert found.budget_share == pytest.approx(share, abs=5e-6)


def test_loss_if_it_fails_and_the_matrix() -> None:
    assert score_of(B).loss_if_fails == pytest.approx(5333.3, abs=0.05)
    assert (matrix(score_of(A)), matrix(score_of(B))) == ((1, 1), (5, 5))


@pytest.mark.parametrize(
    ("failed", "total", "rate"),
    [(0, 0, 0.045), (0, 3, 0.03913), (1, 1, 0.09048), (3, 12, 0.12187), (3, 30, 0.078), (30, 300, 0.09656)],
)
def test_shrinkage(failed: int, total: int, rate: float) -> None:
    assert group_rate(Group("team", "x", failed, total), 0.045, ChangeSettings()) == pytest.approx(rate, abs=6e-6)


def test_nothing_known_is_one_in_twenty_and_probabilities_stay_within_bounds() -> None:
    assert base_rate(History(), ChangeSettings()) == 0.05
    worst = RiskInputs(history=History(900, 900, (Group("team", "x", 900, 900),)), type="emergency")
    best = RiskInputs(history=History(0, 9e6), type="standard", back_out="tested", tests="full")

    assert (failure_probability(worst), failure_probability(best)) == (0.95, 0.001)


def test_of_several_classes_the_worst_counts() -> None:
    one = History(8, 180, (Group("class", "Database", 3, 12),))
    two = replace(one, groups=(*one.groups, Group("class", "Server", 0, 90)))

    assert failure_probability(RiskInputs(history=one)) == failure_probability(RiskInputs(history=two))


def test_a_service_without_agreement_takes_no_part_in_the_budget() -> None:
    assert score_of(RiskInputs(services=(ServiceLoss("s", "S", 1, 10, 1.0, 30),))).budget_share is None
    spent = RiskInputs(services=(ServiceLoss("s", "S", 1, 1, 1.0, 30, budget_left_minutes=-5),))
    assert score_of(spent).score == 100.0


def test_each_floor_lifts_the_band_and_says_why() -> None:
    assert [each.rule for each in floors_of(replace(A, in_freeze=True))] == ["freeze"]
    assert floors_of(replace(A, in_freeze=True, type="emergency")) == []
    assert [each.band for each in floors_of(replace(C, back_out="none"))] == ["high"]
    assert [each.schedulable for each in floors_of(replace(A, joint_conflict=True))] == [False]
    assert band_with("low", floors_of(replace(A, blind=True))) == "medium"


def one_more_failure(it: RiskInputs) -> RiskInputs:
    """Return inputs with a change that failed where one succeeded, in every group it belongs to."""
    groups = tuple(replace(each, failed=each.failed + 1, total=each.total + 1) for each in it.history.groups)
    return replace(it, history=History(it.history.failed + 1, it.history.total + 1, groups))


def of_service(**worse: Callable[[ServiceLoss], float]) -> Callable[[RiskInputs], RiskInputs]:
    """Return what makes the first service worse by these fields."""

    def worsen(it: RiskInputs) -> RiskInputs:
        if not it.services:
            return it
        first = it.services[0]
        moved = replace(first, **{name: make(first) for name, make in worse.items()})
        return replace(it, services=(moved, *it.services[1:]))

    return worsen


NEXT = {"standard": "normal", "normal": "emergency", "tested": "written", "written": "none", "full": "partial"}

WORSE: dict[str, Callable[[RiskInputs], RiskInputs]] = {
    "type": lambda it: replace(it, type=NEXT.get(it.type, it.type)),  # type: ignore[arg-type]
    "back_out": lambda it: replace(it, back_out=NEXT.get(it.back_out, it.back_out)),  # type: ignore[arg-type]
    "back_out_minutes": lambda it: replace(
        it, back_out_minutes=None if it.back_out_minutes is None else it.back_out_minutes + 7
    ),
    "back_out_minutes_unknown": lambda it: replace(it, back_out_minutes=None),
    "tests": lambda it: replace(it, tests={"full": "partial"}.get(it.tests, "none")),  # type: ignore[arg-type]
    "lead": lambda it: replace(it, lead_days=it.lead_days / 2),
    "required_lead": lambda it: replace(it, required_lead_days=it.required_lead_days + 1),
    "concurrency": lambda it: replace(it, concurrent=it.concurrent + 1),
    "failure": one_more_failure,
    "mttr": lambda it: replace(it, mttr_minutes=it.mttr_minutes * 1.5),
    "one_more_class": lambda it: (
        replace(it, history=replace(it.history, groups=(*it.history.groups, Group("class", "more", 0, 500))))
        if any(each.kind == "class" for each in it.history.groups)
        else it
    ),
    "planned": of_service(planned_minutes=lambda it: it.planned_minutes + 10),
    "users": of_service(users=lambda it: it.users + 50),
    "down": of_service(down=lambda it: min(1.0, it.down + 0.1)),
    "criticality": of_service(weight=lambda it: min(8.0, it.weight * 2)),
    "budget": of_service(
        budget_left_minutes=lambda it: 1.0 if it.budget_left_minutes is None else it.budget_left_minutes / 2  # type: ignore[dict-item]
    ),
    "one_more_service": lambda it: replace(it, services=(*it.services, ServiceLoss("more", "more", 1, 5, 0.5, 10))),
    "freeze": lambda it: replace(it, in_freeze=True),
    "blind": lambda it: replace(it, blind=True),
    "joint": lambda it: replace(it, joint_conflict=True),
}


def test_worsening_any_one_input_never_lowers_score_or_band() -> None:
    draw = random.Random(20261126)
    names = list(WORSE)
    for _ in range(WORSENINGS // len(names)):
        before = made(draw)
        was = score_of(before)
        was_band = band_with(was.band, floors_of(before))
        for name in names:
            after = WORSE[name](before)
            now = score_of(after)
            assert now.raw >= was.raw - 1e-9, (name, before)
            if not (name == "type" and before.in_freeze):
                assert BANDS.index(band_with(now.band, floors_of(after))) >= BANDS.index(was_band), (name, before)
