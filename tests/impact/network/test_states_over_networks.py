"""States of estates whose items reach each other over a network, against loops over paths."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings

from cmdb.model.vocabulary import OUT_OF_SERVICE
from impact.engine import ImpactEngine
from impact.graph import estate_graph
from impact.reference import reference_states
from impact.states import DOWN, STATES, evaluate

THROUGH, NONE = {"Switch"}, {"Room"}


class Naive:
    """Paths and what is down, by enumeration of simple paths in the words of the estate."""

    def __init__(self, spec):
        self.spec = spec
        self.live = {name for name, each in spec.items.items() if each["status"] not in OUT_OF_SERVICE}
        joins = {name for name in self.live if spec.items[name]["class"] not in NONE}
        self.next = {name: set() for name in spec.items}
        for link in spec.links:
            if link.type == "connects_to" and {link.consumer, link.provider} <= joins:
                self.next[link.consumer].add(link.provider)
                self.next[link.provider].add(link.consumer)

    def paths(self, start, end, gone=()):
        """Every simple path, as the set of its devices."""
        found = []

        def walk(path):
            if path[-1] == end:
                found.append(frozenset(path))
                return
            for each in self.next[path[-1]]:
                inner = each == end or self.spec.items[each]["class"] in THROUGH
                if each not in path and each not in gone and inner:
                    walk([*path, each])

        if start not in gone and end not in gone:
            walk([start])
        return found

    def devices(self, item):
        level, seen = {item}, {item}
        while level:
            if here := {each for each in level if self.next[each]}:
                return here
            level = {
                link.provider
                for link in self.spec.links
                if link.consumer in level and link.impact == "hard" and not link.pools and link.provider in self.live
                if not link.type.startswith("reaches")
            } - seen
            seen |= level
        return set()

    def down(self, failed):
        """The least set that is down, by the definition."""
        down = set(failed) & self.live
        while True:
            fresh = {item for item in self.live - down if self.fails(item, down)}
            if not fresh:
                return down
            down |= fresh

    def fails(self, item, down):
        pools = {}
        for link in self.spec.links:
            if link.consumer != item or link.impact not in ("hard", "soft") or link.provider not in self.live:
                continue
            lost = link.provider in down or (link.type.startswith("reaches") and self.cut(item, link.provider, down))
            if not link.pools and link.impact == "hard" and lost:
                return True
            for pool in link.pools:
                members, hard = pools.setdefault(pool, ({}, [False]))
                members[link.provider] = members.get(link.provider, False) or lost
                hard[0] = hard[0] or link.impact == "hard"
        return any(
            hard[0]
            and sum(not lost for lost in members.values()) < min(self.spec.pools[item, pool]["need"], len(members))
            for pool, (members, hard) in pools.items()
        )

    def cut(self, item, provider, down):
        return any(
            self.paths(start, end) and not self.paths(start, end, down)
            for start in self.devices(item)
            for end in self.devices(provider)
            if start != end
        )


def test_what_is_down_is_what_has_no_path_left(compiled, networks):
    """The least fixed point with paths enumerated one by one."""

    @settings(max_examples=100, deadline=None)
    @given(networks())
    def check(question):
        spec, down, _ = question
        known = compiled(spec)

        states = evaluate(ImpactEngine.of(known.snapshot), known.rows(down))

        found = {known.name(row) for row in np.flatnonzero(states.state == DOWN).tolist()}
        assert found == Naive(spec).down(down)

    check()


def test_networkx_form_equals_the_fast_form(compiled, networks):
    """States and rounds are those of the plain form on the NetworkX graphs."""

    @settings(max_examples=100, deadline=None)
    @given(networks())
    def check(question):
        spec, down, weak = question
        known = compiled(spec)

        states = evaluate(ImpactEngine.of(known.snapshot), known.rows(down), degraded=known.rows(weak))

        plain = reference_states(estate_graph(known.snapshot), known.ids(*down), degraded=known.ids(*weak))
        found = {
            known.snapshot.id_at(row): (STATES[states.state[row]], int(states.distance[row]))
            for row in states.reached.tolist()
        }
        assert found == plain

    check()


def test_paths_that_share_no_device_are_as_many_as_the_devices_to_cut(compiled, networks):
    """Menger's theorem, by trying every set of devices; a direct link is one path more that nothing cuts."""

    @settings(max_examples=100, deadline=None)
    @given(networks())
    def check(question):
        spec, _, _ = question
        known = compiled(spec)
        reach, naive = ImpactEngine.of(known.snapshot).reach, Naive(spec)
        for pair in range(0 if reach is None else len(reach.routes.start)):
            ends = [known.name(reach.network.rows[column[pair]]) for column in (reach.routes.start, reach.routes.end)]
            paths = [path - set(ends) for path in naive.paths(*ends)]
            direct = frozenset() in paths
            others = [path for path in paths if path]
            inner = sorted(set().union(*others))
            smallest = next(
                size
                for size in range(len(inner) + 1)
                if any(all(path & set(cut) for path in others) for cut in combinations(inner, size))
            )

            assert reach.routes.disjoint(pair, frozenset()) == smallest + direct
            between = {known.name(reach.network.rows[each]) for each in reach.routes.between(pair)}
            assert between == set(inner)

    check()
