"""The fixed points against the definition, applied to random estates by loops over sets."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from cmdb.model.vocabulary import OUT_OF_SERVICE
from impact import frontier
from impact.engine import ImpactEngine
from impact.graph import estate_graph
from impact.reasons import reasons_of
from impact.reference import reference_states
from impact.states import STATES, states_before_and_after

RANK = {name: code for code, name in enumerate(STATES)}


def required(need: object, count: int) -> int:
    """Members that must be up; a need above the members there are is all of them."""
    if need is None:
        return min(max(count - 1, 1), count)
    if isinstance(need, str):
        return math.ceil(Fraction(need.rstrip("%")) / 100 * count)
    return min(int(need), count)


def full_of(full: object, count: int) -> int:
    """Members for full strength; 0 where nobody said."""
    if full is None:
        return 0
    return math.ceil(Fraction(full.rstrip("%")) / 100 * count) if isinstance(full, str) else int(full)


class Oracle:
    """The definition of design section 6 on a Spec."""

    def __init__(self, spec, minutes):
        self.live = [name for name, values in spec.items.items() if values["status"] not in OUT_OF_SERVICE]
        self.spec, self.direct, self.pools = spec, {name: set() for name in self.live}, {}
        for link in spec.links:
            if link.impact == "none" or link.consumer not in self.live or link.provider not in self.live:
                continue
            if not link.pools or link.required:
                self.direct[link.consumer].add((link.provider, link.impact))
            for pool in link.pools:
                members = self.pools.setdefault((link.consumer, pool), {})
                members.setdefault(link.provider, []).append(link)
        self.counting = {
            key: {
                provider
                for provider, links in members.items()
                if max(link.lasts for link in links) >= (math.inf if minutes is None else minutes)
            }
            for key, members in self.pools.items()
        }

    def pools_of(self, item):
        for (consumer, pool), members in self.pools.items():
            if consumer == item:
                n, values = len(members), self.spec.pools.get((consumer, pool), {})
                hard = any(link.impact == "hard" for links in members.values() for link in links)
                yield (
                    pool,
                    set(members),
                    self.counting[consumer, pool],
                    required(values.get("need"), n),
                    hard,
                    full_of(values.get("full"), n),
                )

    def down_reasons(self, item, fallen):
        for provider, impact in self.direct[item]:
            if impact == "hard" and provider in fallen:
                yield "hard", provider, {provider}
        for pool, _, counting, need, hard, _ in self.pools_of(item):
            if hard and len(counting - fallen) < need:
                yield "pool", pool, counting & fallen

    def degraded_reasons(self, item, fallen, weak):
        for provider, impact in self.direct[item]:
            if provider in weak or (impact == "soft" and provider in fallen):
                yield impact, provider, {provider}
        for pool, _, counting, need, _, full in self.pools_of(item):
            if len(counting - fallen - weak) < need:
                yield "pool", pool, counting & (fallen | weak)
            elif len(counting - fallen) < full:
                yield "pool", pool, counting & fallen

    def risk_reasons(self, item, fallen, shaky):
        for provider, impact in self.direct[item]:
            if impact == "hard" and provider in shaky:
                yield "hard", provider, {provider}
        for pool, members, counting, need, _, _ in self.pools_of(item):
            causes = members & fallen
            if len(counting - fallen - shaky) < need:
                causes |= counting & shaky
                yield "pool", pool, causes
            elif causes:
                yield "pool", pool, causes

    def grow(self, candidates, seeds, events, holds):
        """Apply a rule in synchronous rounds; `events` are (item, round) of the phase before."""
        times = dict.fromkeys(seeds, 0)
        for now in range(1, 3 * len(self.live) + 3):
            inside, outside = set(times), {item for item, when in events.items() if when < now}
            times.update(
                (item, now)
                for item in candidates
                if item not in inside and any(True for _ in holds(item, outside, inside))
            )
        return times

    def states(self, down, weak):
        """Return {item: (state, distance)} and the reasons of each item."""
        fallen = self.grow(self.live, set(down) & set(self.live), {}, lambda i, _, inside: self.down_reasons(i, inside))
        rest = [item for item in self.live if item not in fallen]
        degraded = self.grow(rest, set(weak) & set(rest), fallen, self.degraded_reasons)
        rest = [item for item in rest if item not in degraded]
        shaky = self.grow(rest, (), fallen, self.risk_reasons)
        result, reasons = {}, {}
        one, two, three = set(fallen), set(degraded), set(shaky)
        for item in self.live:
            if item in fallen:
                result[item], found = ("down", fallen[item]), self.down_reasons(item, one)
            elif item in degraded:
                result[item], found = ("degraded", degraded[item]), self.degraded_reasons(item, one, two)
            elif item in shaky:
                result[item], found = ("at_risk", shaky[item]), self.risk_reasons(item, one, three)
            else:
                continue
            reasons[item] = {(kind, which): causes for kind, which, causes in found}
        lost = {item for item in self.live for _, members, *_ in self.pools_of(item) if members & one}
        return result, reasons, lost


def down_already(spec, outages):
    """What is down and what is degraded before the question."""
    by_status = {
        wanted: [name for name, each in spec.items.items() if each["status"] == wanted]
        for wanted in ("maintenance", "degraded")
    }
    return [*by_status["maintenance"], *outages], by_status["degraded"]


@pytest.mark.parametrize("narrow", [0, 2, 40])
def test_states_and_distances_equal_the_definition(compiled, questions, narrow, monkeypatch):
    """Down, degraded, at risk, distance, lost redundancy and every reason are those of the definition, in loops and
    on arrays and changing between them."""
    monkeypatch.setattr(frontier, "NARROW", narrow)

    @settings(max_examples=120, deadline=None)
    @given(questions())
    def check(question):
        spec, asked, outages, minutes = question
        estate = compiled(spec)
        engine = ImpactEngine.of(estate.snapshot)
        already, weak = down_already(spec, outages)
        oracle = Oracle(spec, minutes)
        expected_before, *_ = oracle.states(already, weak)
        expected, reasons, lost = oracle.states([*already, *asked], weak)

        before, after = states_before_and_after(
            engine, estate.rows(asked), minutes=minutes, outages=estate.rows(outages)
        )

        assert shown(estate, before) == expected_before
        assert shown(estate, after) == expected
        assert {estate.name(row) for row in np.flatnonzero(after.redundancy_lost)} == lost
        assert shown_reasons(estate, reasons_of(engine, after, after.reached)) == reasons

    check()


def test_networkx_form_equals_the_fast_form(compiled, questions):
    """The plain form on the NetworkX graph gives the same states and distances."""

    @settings(max_examples=100, deadline=None)
    @given(questions())
    def check(question):
        spec, asked, outages, minutes = question
        estate = compiled(spec)
        already, weak = down_already(spec, outages)
        _, after = states_before_and_after(
            ImpactEngine.of(estate.snapshot), estate.rows(asked), minutes=minutes, outages=estate.rows(outages)
        )

        graph = estate_graph(estate.snapshot)
        plain = reference_states(graph, estate.ids(*already, *asked), minutes=minutes, degraded=estate.ids(*weak))

        assert {estate.name_of(id_): each for id_, each in plain.items()} == shown(estate, after)

    check()


def shown(estate, states):
    """The states by name."""
    assert len(set(states.reached.tolist())) == len(states.reached)
    assert sorted(states.reached.tolist()) == np.flatnonzero(states.state).tolist()
    return {estate.name(row): (STATES[states.state[row]], int(states.distance[row])) for row in states.reached.tolist()}


def shown_reasons(estate, reasons):
    """The causes by name, of (kind, provider or pool); seeds are left out."""
    found = {estate.name(row): {} for row in reasons.rows.tolist()}
    for index, row in enumerate(reasons.rows.tolist()):
        for reason in reasons.of(index):
            if reason["kind"] == "seed":
                assert reason["causes"] == []
                continue
            which = reason["pool"] if reason["kind"] == "pool" else estate.name_of(reason["provider"])
            assert (reason["kind"], which) not in found[estate.name(row)]
            found[estate.name(row)][reason["kind"], which] = {estate.name_of(id_) for id_ in reason["causes"]}
    return found
