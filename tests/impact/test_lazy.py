"""Rows that are made when asked for: the same, whether one by one, in blocks, or all at once."""

from __future__ import annotations

import gc
import json
from itertools import islice
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


def test_who_stops_reading_early_has_not_made_many_rows() -> None:
    """Where rows are made one by one none is made in vain: some count paths through a network."""
    reached: list[int] = []

    def counted(at: int) -> dict[str, Any]:
        reached.append(at)
        return made(at)

    assert [row.number for row in islice(LazyRows(Row, 1_000, counted), 5)] == [0, 1, 2, 3, 4]
    assert len(reached) == 5
    reached.clear()
    blocks = LazyRows.in_blocks(Row, 1_000, lambda start, stop: [counted(at) for at in range(start, stop)])
    assert [row.number for row in islice(blocks, 5)] == [0, 1, 2, 3, 4]
    assert len(reached) < 10


def test_the_collector_goes_on_as_it_was(rows: LazyRows[Row]) -> None:
    """It is out of the way while all rows are made, and only then."""
    rows.plain()
    rows.to_json()

    assert gc.isenabled()
