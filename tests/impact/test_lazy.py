"""Rows that are made when asked for: the same, whether one by one, in blocks, or all at once."""

from __future__ import annotations

import gc
import json
from typing import Any

import pytest
from pydantic import BaseModel

from impact import lazy
from impact.lazy import LazyRows


class Row(BaseModel):
    """A row of two columns."""

    number: int
    name: str


def made(at: int) -> dict[str, Any]:
    return {"number": at, "name": f"rad {at} \u00e5"}


@pytest.fixture(params=["one by one", "in blocks"])
def rows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> LazyRows[Row]:
    """Eleven rows, of which three are made at a time."""
    monkeypatch.setattr(lazy, "_AT_A_TIME", 3)
    if request.param == "one by one":
        return LazyRows(Row, 11, made)
    return LazyRows.in_blocks(Row, 11, lambda start, stop: [made(at) for at in range(start, stop)])


def test_every_way_of_reading_gives_the_same_rows(rows: LazyRows[Row]) -> None:
    wanted = [Row(**made(at)) for at in range(11)]

    assert len(rows) == 11
    assert list(rows) == wanted
    assert [rows[at] for at in range(-11, 11)] == wanted + wanted
    for part in (slice(None), slice(2, 9), slice(9, 2), slice(-3, None), slice(None, None, 4), slice(8, 1, -3)):
        assert rows[part] == wanted[part]
    assert rows.plain() == [made(at) for at in range(11)]
    assert json.loads(rows.to_json()) == rows.plain()
    with pytest.raises(IndexError):
        rows[11]


def test_no_rows_are_an_empty_list() -> None:
    rows = LazyRows.in_blocks(Row, 0, lambda start, stop: [made(at) for at in range(start, stop)])

    assert list(rows) == rows[:] == rows.plain() == []
    assert rows.to_json() == b"[]"


def test_the_collector_goes_on_as_it_was(rows: LazyRows[Row]) -> None:
    """It is out of the way while all rows are made, and only then."""
    rows.plain()
    rows.to_json()

    assert gc.isenabled()
