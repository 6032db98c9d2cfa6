"""Needs that follow the load, in a built snapshot."""

from __future__ import annotations

import numpy as np
import pytest

from cmdb.snapshot.loads import need_by_load

NAN = float("nan")


@pytest.mark.parametrize(
    ("load", "capacities", "expected"),
    [
        (290.0, [100.0] * 4, (3, False)),
        (500.0, [100.0] * 4, (5, False)),
        (100.0, [100.0, 50.0], (2, False)),
        (NAN, [100.0] * 4, (4, True)),
        (100.0, [100.0, NAN], (2, True)),
        (100.0, [100.0, 100.0, NAN], (2, True)),
        (1.0, [], (1, False)),
    ],
)
def test_members_that_carry_a_load(load: float, capacities: list[float], expected: tuple[int, bool]) -> None:
    """Whichever they are; what nobody said carries nothing, and is an assumption."""
    assert need_by_load(load, np.array(capacities)) == expected
