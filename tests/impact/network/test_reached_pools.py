"""Pools whose members are reached over a network: their members are the items, in causes and in explanations."""

from __future__ import annotations

from typing import Any

import pytest

from impact.availability.answer import availability_of
from impact.spof import spof_of


@pytest.fixture
def reached(compiled: Any, spec_of: Any, link_of: Any) -> Any:
    """A shop that needs one of two databases, which it reaches over one switch."""

    def build(beta: float | None) -> Any:
        sure, weak = {"availability": 1.0}, {"availability": 0.9}
        items = {"shop": {"class": "BusinessService", **sure}, "switch": {"class": "Switch", **sure}}
        items |= {name: {"class": "Server", **weak} for name in ("db1", "db2")}
        links = [link_of("switch", end, "undirected", type="connects_to", key=end) for end in ("shop", "db1", "db2")]
        links += [link_of("shop", name, "hard", ("databases",), "reaches") for name in ("db1", "db2")]
        stated = {"need": 1} if beta is None else {"need": 1, "beta": beta}
        return compiled(spec_of(items, tuple(links), {("shop", "databases"): stated}))

    return build


@pytest.mark.parametrize("beta", [None, 0.1])
def test_a_beta_strikes_the_members_that_are_reached(reached: Any, beta: float | None) -> None:
    """Of q = 0.1, beta q is common and (1 - beta) q is each one's own; the switch never fails."""
    known = reached(beta)

    (found,) = availability_of(known.snapshot, known.ids("shop")).services

    common, own = (beta or 0.0) * 0.1, (1 - (beta or 0.0)) * 0.1
    assert found.availability == pytest.approx((1 - common) * (1 - own**2), rel=1e-12)


def test_a_member_that_is_up_and_cannot_be_reached_is_named(reached: Any) -> None:
    """Not the switch twice: each database, and that it is lost with the switch."""
    known = reached(None)

    (point,) = [each for each in spof_of(known.snapshot, known.ids("shop")).spofs if each.name == "switch"]

    (pool,) = [each for each in point.hidden_by if each.pool == "databases"]
    assert sorted(each.name for each in pool.members) == ["db1", "db2"]
    assert all(each.path_names == [each.name, "switch"] for each in pool.members)
