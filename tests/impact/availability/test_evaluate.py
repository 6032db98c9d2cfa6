"""Unavailability by normal form and diagram, against every state of small structures and the golden numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.errors import UsageError
from impact.availability.evaluate import Budget, Evaluator
from impact.availability.events import CommonCause, FailureData


def close(value: float, exact) -> bool:
    return value == pytest.approx(float(exact), rel=1e-11, abs=1e-300)


def check_figures(case) -> None:
    evaluator = Evaluator(case.structure, case.data)

    for row, figure in enumerate(evaluator.figures(range(case.structure.size))):
        assert figure.kind == "exact"
        assert close(figure.unavailability, case.chance(case.tables[row])), row
        assert figure.low == figure.unavailability == figure.high


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_figures_are_those_of_every_state_counted(data, cases) -> None:
    """Shared members, nested pools, cycles, common causes, certain and impossible failures: exact."""
    check_figures(data.draw(cases()))


@pytest.mark.thorough
@settings(deadline=None, max_examples=400)
@given(data=st.data())
def test_figures_of_larger_structures_are_exact_too(data, cases) -> None:
    """The long version, up to 12 rows."""
    check_figures(data.draw(cases(rows=12, edges=30)))


@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_birnbaum_is_the_difference_an_event_makes(data, cases) -> None:
    """P(down | event) - P(down | not event), from two counts of every state."""
    case = data.draw(cases(rows=7, edges=16))
    row = data.draw(st.integers(0, case.structure.size - 1))
    evaluator = Evaluator(case.structure, case.data)

    found = {case.data.number(event): value for event, value in evaluator.birnbaum(row).items()}

    for event in range(case.events):
        if event < case.structure.count or event >= case.structure.size:
            with_, without = case.given(event, 1), case.given(event, 0)
            exact = with_.chance(with_.tables[row]) - without.chance(without.tables[row])
            assert found.get(event, 0.0) == pytest.approx(float(exact), rel=1e-9, abs=1e-14)


@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_what_if_and_changed_numbers_are_what_a_fresh_evaluator_says(data, cases) -> None:
    """Reusing normal forms, diagrams and untouched values changes no answer."""
    case = data.draw(cases(rows=8))
    evaluator = Evaluator(case.structure, case.data)
    rows = range(case.structure.size)
    evaluator.figures(rows)
    event = data.draw(st.integers(0, case.structure.count - 1))
    value = data.draw(st.sampled_from([0.0, 0.25, 1.0]))
    changed = case.data.forced([(event, value)])

    again = evaluator.with_data(changed).figures(rows)

    assert again == Evaluator(case.structure, changed).figures(rows)
    assert [evaluator.conditional(row, {event: value}) for row in rows] == again


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_samples_are_the_figures_of_each_case(data, cases) -> None:
    """A column of the matrix gives what an evaluator of these numbers gives."""
    case = data.draw(cases(rows=8))
    row = data.draw(st.integers(0, case.structure.size - 1))
    evaluator = Evaluator(case.structure, case.data)
    q = np.column_stack([case.data.all, case.data.all / 2, case.data.all**2])

    found = evaluator.samples(row, q)

    for column in range(3):
        size = case.structure.size
        causes = tuple(
            CommonCause(cause.members, q[size + number, column]) for number, cause in enumerate(case.data.common)
        )
        figure = evaluator.with_data(FailureData(q[:size, column], causes)).figure(row)
        assert found[column] == pytest.approx(figure.unavailability, rel=1e-12, abs=1e-300)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_one_more_member_with_the_same_need_never_lowers_availability(data, cases) -> None:
    """A pool that gains a member bears one loss more."""
    case = data.draw(cases(rows=8))
    pooled = [row for row, (_, pools) in enumerate(case.needs) if pools]
    if not pooled:
        return
    row = data.draw(st.sampled_from(pooled))
    extra = data.draw(st.integers(0, case.structure.size - 1))
    providers, ((bears, members), *pools) = case.needs[row]
    if extra in members:
        return
    wider = list(case.needs)
    wider[row] = (providers, ((bears + 1, (*members, extra)), *pools))
    more = type(case)(tuple(wider), case.q, case.common, case.virtual)

    before = Evaluator(case.structure, case.data).figures(range(case.structure.size))
    after = Evaluator(more.structure, more.data).figures(range(case.structure.size))

    for one, other in zip(before, after, strict=True):
        assert other.unavailability <= one.unavailability * (1 + 1e-11)


GOLDEN = {
    "C1 two that need each other": ({"a": (["b"], []), "b": (["a"], [])}, {"a": ".01", "b": ".02"}, "a", 0.0298),
    "C2 a loop through a pool, least fixed point": (
        {"a": ([], [(1, ["b", "c"])]), "b": (["a"], [])},
        {"a": ".01", "b": ".02", "c": ".05"},
        "a",
        0.01099,
    ),
    "S1 two servers behind one switch": (
        {"s": ([], [(1, ["a", "b"])]), "a": (["x"], []), "b": (["x"], [])},
        {"s": "0", "a": ".01", "b": ".01", "x": ".001"},
        "s",
        0.0010999,
    ),
    "S3 two of three needed": (
        {"s": ([], [(1, ["a", "b", "c"])])},
        {"s": "0", "a": ".01", "b": ".02", "c": ".03"},
        "s",
        0.001088,
    ),
    "S4 three of four needed": (
        {"s": ([], [(1, ["a", "b", "c", "d"])])},
        {"s": "0", **dict.fromkeys("abcd", ".01")},
        "s",
        0.00059203,
    ),
    "S4 seven of eight needed": (
        {"s": ([], [(1, list("abcdefgh"))])},
        {"s": "0", **dict.fromkeys("abcdefgh", ".001")},
        "s",
        2.78882098e-5,
    ),
    "S4 three of five needed": (
        {"s": ([], [(2, list("abcde"))])},
        {"s": "0", **dict.fromkeys("abcde", ".05")},
        "s",
        0.001158125,
    ),
    "S5 two trains of valve and pump": (
        {"s": ([], [(1, ["t1", "t2"])]), "t1": (["v1", "p1"], []), "t2": (["v2", "p2"], [])},
        {"s": "0", "t1": "0", "t2": "0", "v1": ".5", "v2": ".5", "p1": ".7", "p2": ".7"},
        "s",
        0.7225,
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_number(name: str, case) -> None:
    """Published or closed-form figures, each obtained twice."""
    needs, q, asked, expected = GOLDEN[name]
    known, row = case(needs, q)

    figure = Evaluator(known.structure, known.data).figure(row(asked))

    assert figure.kind == "exact"
    assert figure.unavailability == pytest.approx(expected, rel=1e-9)


def test_common_cause_of_one_of_two_needed(case) -> None:
    """S7: q = .01, beta = .1: one shared event is eleven times worse than independent failures."""
    known, row = case({"s": ([], [(1, ["a", "b"])])}, {"s": "0", "a": ".009", "b": ".009"}, [(["a", "b"], ".001")])

    assert Evaluator(known.structure, known.data).figure(row("s")).unavailability == pytest.approx(
        0.001080919, rel=1e-12
    )


def test_common_cause_of_two_of_three_needed(case) -> None:
    """S7: the golden figure of the beta factor model."""
    known, row = case(
        {"s": ([], [(1, ["a", "b", "c"])])},
        {"s": "0", "a": ".009", "b": ".009", "c": ".009"},
        [(["a", "b", "c"], ".001")],
    )

    assert Evaluator(known.structure, known.data).figure(row("s")).unavailability == pytest.approx(
        0.001241300458, rel=1e-9
    )


def test_three_trains_with_common_causes_as_scram_publishes_them(case) -> None:
    """SCRAM's CCF test: valves and pumps q = .1, beta = .2, all three trains must fail."""
    known, row = case(
        {"s": ([], [(2, ["t1", "t2", "t3"])]), **{f"t{n}": ([f"v{n}", f"p{n}"], []) for n in (1, 2, 3)}},
        {"s": "0", "t1": "0", "t2": "0", "t3": "0", **{f"{k}{n}": ".08" for k in "vp" for n in (1, 2, 3)}},
        [(["v1", "v2", "v3"], ".02"), (["p1", "p2", "p3"], ".02")],
    )

    assert Evaluator(known.structure, known.data).figure(row("s")).unavailability == pytest.approx(
        0.043080373061222414, rel=1e-12
    )


def test_tiny_probabilities_keep_their_digits(case) -> None:
    """Work in failure space: 1e-13 is no rounding error of 1."""
    known, row = case({"s": ([], [(1, ["a", "b"])])}, {"s": "0", "a": "3e-7", "b": "1e-6"})

    assert Evaluator(known.structure, known.data).figure(row("s")).unavailability == pytest.approx(3e-13, rel=1e-14)


def test_an_item_that_relies_on_itself_is_down_with_itself_only(case) -> None:
    """A loop brings nothing down by itself."""
    known, row = case({"a": (["a"], [(0, ["a"])])}, {"a": ".01"})

    assert Evaluator(known.structure, known.data).figure(row("a")).unavailability == pytest.approx(0.01)


def test_an_empty_estate_has_no_figures(case) -> None:
    """Nothing asked, nothing answered."""
    known, _ = case({}, {})

    assert Evaluator(known.structure, known.data).figures([]) == []


def test_a_row_that_does_not_exist_is_refused(case) -> None:
    """A wrong question gets an error, not the last row."""
    known, _ = case({}, {"a": "0"})

    with pytest.raises(UsageError, match="no row -1"):
        Evaluator(known.structure, known.data).figure(-1)


@pytest.mark.parametrize("own", [[0.5], [0.5, 1.5], [0.5, -0.1], [0.5, float("nan")]])
def test_numbers_that_are_no_probabilities_of_the_rows_are_refused(own, case) -> None:
    """Wrong length, above one, below nought, not a number."""
    known, _ = case({}, {"a": "0", "b": "0"})

    with pytest.raises(UsageError):
        Evaluator(known.structure, FailureData(np.array(own)))


def test_a_loop_of_forty_of_which_each_needs_any_of_three(case) -> None:
    """Kleene's iteration stays small: each is up while one of the three before it is."""
    names = [f"n{number}" for number in range(40)]
    needs = {name: ([], [(2, [names[number - step] for step in (1, 2, 3)])]) for number, name in enumerate(names)}
    known, row = case(needs, dict.fromkeys(names, ".01"))

    figure = Evaluator(known.structure, known.data, Budget(nodes=1 << 18, seconds=5)).figure(row("n0"))

    assert figure.low <= figure.unavailability <= figure.high
    assert figure.low > 0.01
    assert figure.high < 0.0101
