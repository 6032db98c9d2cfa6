"""Waves of an estate: pools over several floors, what one node breaks, teams, and that no wave breaks a service."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.errors import UsageError
from impact.engine import ImpactEngine
from impact.states import DOWN, evaluate
from impact.waves import PlanNode, PlanRules, waves_of


def nodes(made: Any, *names: str, **teams: str) -> list[PlanNode]:
    return [
        PlanNode(made.id(name), name, (made.row(name),), teams=(teams[name],) if name in teams else ())
        for name in names
    ]


def cluster(estate: Any, need: int) -> Any:
    """Six hosts, a machine on each, and a service that needs some of the machines."""
    lines = [f"shop -> vm{at} | web\nvm{at} -> h{at}" for at in range(6)]
    return estate("\n".join(lines), {"shop": {"class": "BusinessService"}}, shop_web=need)


HOSTS = [f"h{at}" for at in range(6)]


def test_pools_above_the_hosts_limit_the_waves(estate: Any) -> None:
    made = cluster(estate, 4)
    found = waves_of(made.snapshot, nodes(made, *HOSTS), PlanRules("patch"))
    assert (len(found.waves), found.optimal, found.lower_bound, found.verified) == (3, True, 3, True)
    assert sorted(id_ for wave in found.waves for id_ in wave) == sorted(made.ids(*HOSTS))
    careful = waves_of(made.snapshot, nodes(made, *HOSTS), PlanRules(reserve=1))
    assert len(careful.waves) == 6


def test_what_is_down_already_leaves_less(estate: Any) -> None:
    made = cluster(estate, 4)
    found = waves_of(made.snapshot, nodes(made, *HOSTS[1:]), PlanRules(), down=[made.row("vm0")])
    assert len(found.waves) == 5
    assert "counts as down in every wave" in found.warnings[-1]


def test_a_node_that_breaks_a_service_alone_is_named(estate: Any) -> None:
    made = estate("shop -> db", {"shop": {"class": "BusinessService"}})
    found = waves_of(made.snapshot, nodes(made, "db"), PlanRules())
    assert (found.waves, found.verified) == ([], False)
    assert found.infeasible[0].text.startswith("db alone brings shop down")
    tight = cluster(estate, 6)
    assert len(waves_of(tight.snapshot, nodes(tight, *HOSTS), PlanRules()).infeasible) == 6
    spare = cluster(estate, 5)
    full = waves_of(spare.snapshot, nodes(spare, *HOSTS), PlanRules(reserve=1))
    assert "which needs 5; it may lose 0" in full.infeasible[0].text


def test_redundancy_over_several_floors_is_found_by_the_engine(estate: Any) -> None:
    # Two sites, either is enough; each site falls with either of its two parts.
    made = estate(
        "shop -> north | sites\nshop -> south | sites\nnorth -> n1\nnorth -> n2\nsouth -> s1\nsouth -> s2",
        {"shop": {"class": "BusinessService"}},
        shop_sites=1,
    )
    found = waves_of(made.snapshot, nodes(made, "n1", "n2", "s1", "s2"), PlanRules())
    assert len(found.waves) == 2
    assert {frozenset(wave) for wave in found.waves} == {
        frozenset(made.ids("n1", "n2")),
        frozenset(made.ids("s1", "s2")),
    }


def test_teams_order_and_zones(estate: Any) -> None:
    made = cluster(estate, 1)
    team = dict.fromkeys(HOSTS, "drift")
    assert len(waves_of(made.snapshot, nodes(made, *HOSTS, **team), PlanRules(teams=(("drift", 2),))).waves) == 3
    first = (made.id("h5"), made.id("h0"))
    ordered = waves_of(made.snapshot, nodes(made, *HOSTS), PlanRules(order=(first,)))
    assert made.id("h5") in ordered.waves[0]
    with pytest.raises(UsageError, match="names x"):
        waves_of(made.snapshot, nodes(made, *HOSTS), PlanRules(order=(("x", first[0]),)))
    with pytest.raises(UsageError, match="nothing is to be planned"):
        waves_of(made.snapshot, [], PlanRules())


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_wave_breaks_a_service(questions: Any, compiled: Any, data: st.DataObject) -> None:
    spec, _, outages, _ = data.draw(questions())
    items = {
        name: dict(item) | ({"class": "BusinessService"} if data.draw(st.integers(0, 3)) == 0 else {})
        for name, item in spec.items.items()
    }
    made = compiled(type(spec)(items, spec.links, spec.pools))
    chosen = data.draw(st.lists(st.sampled_from(sorted(items)), min_size=1, max_size=6, unique=True))
    out = [made.row(name) for name in outages]
    found = waves_of(made.snapshot, nodes(made, *chosen), PlanRules(seconds=5), down=out)
    engine = ImpactEngine.of(made.snapshot)
    base = np.union1d(engine.in_maintenance, out).astype(np.int64)
    services = made.snapshot.is_service

    def lost(ids: list[str]) -> bool:
        rows = [made.snapshot.row_of(each) for each in ids]
        before = evaluate(engine, base).state == DOWN
        after = evaluate(engine, np.union1d(base, rows).astype(np.int64)).state == DOWN
        return bool((after & ~before & services).any())

    alone = any(lost([made.id(name)]) for name in chosen)
    assert alone == (not found.waves and any(each.pool is None for each in found.infeasible))
    if found.waves:
        assert sorted(id_ for wave in found.waves for id_ in wave) == sorted(made.ids(*chosen))
        assert not any(lost(wave) for wave in found.waves)
