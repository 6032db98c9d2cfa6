"""What is remembered of values seen before changes nothing about what is taken, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from cmdb.model import BatchBuilder
from cmdb.model.reliability import range_complaints
from cmdb.model.scalars import RawFloat, RawInt
from cmdb.model.values import (
    ItemValues,
    ValuesRefused,
    check_item,
    check_pool,
    check_relationship,
    encode,
    encode_pool,
    encode_relationship,
)

_WHOLE = TypeAdapter(ItemValues)
SCALARS = st.one_of(
    st.sampled_from([0, 1, 0.0, 1.0, True, False, None, "", "1", "true", "99.9%", "operational", "web", "x" * 1001]),
    st.integers(-2, 3),
    st.floats(allow_nan=True),
    st.text(max_size=5),
    st.sampled_from([RawInt(2, "0x2"), RawInt(2, "2"), RawFloat(1.1, "1.10")]),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.text(max_size=3), SCALARS, max_size=2))


def _outcome(check: Any, values: dict[str, Any]) -> object:
    try:
        return check(values)
    except ValuesRefused as refused:
        return refused.complaints


@given(st.dictionaries(st.sampled_from([*ItemValues.__annotations__, "colour"]), VALUES, max_size=4))
def test_an_item_is_checked_as_if_nothing_were_remembered(values: dict[str, Any]) -> None:
    """Whatever the whole validation takes is taken with the same result, and nothing it refuses but numbers as text."""
    try:
        expected = _WHOLE.validate_python(values)
        assume(not range_complaints(expected))
    except ValidationError:
        found = _outcome(check_item, values)
        assert isinstance(found, list) or any(isinstance(value, (int, float)) for value in values.values())
    else:
        # 1, 1.0 and True are equal in Python and not in the record, so texts are compared; order says nothing.
        assert repr(sorted(check_item(values).items())) == repr(sorted(expected.items()))


@given(st.dictionaries(st.sampled_from(["lasts_minutes", "standby", "required", "pools", "attributes"]), VALUES))
def test_a_relationship_is_checked_as_if_nothing_were_remembered(values: dict[str, Any]) -> None:
    """1 and True are equal and not the same: the one must not be taken for the other."""

    def plainly(given: dict[str, Any]) -> bytes:
        return encode(check_relationship(given))

    for _ in range(2):
        assert _outcome(encode_relationship, values) == _outcome(plainly, values)


@given(st.dictionaries(st.sampled_from(["need", "full", "switch_minutes", "assumed", "evidence"]), VALUES))
def test_a_pool_is_checked_as_if_nothing_were_remembered(values: dict[str, Any]) -> None:
    """A need is read as it was spelt, and equal numbers may be spelt in two ways."""

    def plainly(given: dict[str, Any]) -> bytes:
        return encode(check_pool(given))

    for _ in range(2):
        assert _outcome(encode_pool, values) == _outcome(plainly, values)


@pytest.mark.parametrize("bad", [None, 7, "", " a", ["a"], "x" * 1001, "a\0"])
@pytest.mark.parametrize("known", [True, False])
def test_an_end_is_checked_the_same_before_and_after_it_is_known(bad: object, known: bool) -> None:
    """Rows that name known ends take a shorter way, which refuses the same."""
    builder = BatchBuilder("acme")
    builder.file("f")
    if known:
        builder.relationship(1, "a", "depends_on", "b", {})
    assert builder.relationship(2, "a", "depends_on", bad, {}) is False
    assert builder.relationship(3, "a", None, "b", {}) is False
    assert builder.relationship(4, "a", "depends_on", "b", {}, 7) is False
    batch = builder.batch()
    assert [problem.row for problem in batch.problems] == [2, 3, 4]
    assert len(batch.relationships) == known
    assert (batch.unreadable_rows, batch.refused_links) == (1, [("a", "b"), ("a", "b")])


@pytest.mark.parametrize(
    ("low", "high", "refused"),
    [(8, 2, True), (2, 8, False), (2, 2, False), (8, None, False), (RawFloat(8.5, "8.50"), 8, True)],
)
def test_a_range_that_is_upside_down_is_refused(low: Any, high: Any, refused: bool) -> None:
    """Each end may be right by itself; together they are not, and the message says what to do."""
    found = _outcome(check_item, {"mttr_low_hours": low, "mttr_high_hours": high})
    assert isinstance(found, list) == refused
    if refused:
        assert "change them round" in found[0]
