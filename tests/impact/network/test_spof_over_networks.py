"""Single points where requirements run over a network: the impact answer agrees, and hidden ones are explained."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given, settings

from impact.breaks import impact_of
from impact.engine import ImpactEngine
from impact.spof import spof_of
from impact.states import DOWN, evaluate


def test_each_single_point_brings_exactly_its_services_down(compiled, networks):
    """A device that every path uses is one; a device beside another is none, unless they share something."""

    @settings(max_examples=80, deadline=None)
    @given(networks())
    def check(question):
        spec = question[0]
        items = {
            name: {**values, "class": "BusinessService"}
            | ({"status": "operational"} if values.get("status") == "maintenance" else {})
            for name, values in spec.items.items()
        }
        snapshot = compiled(dataclasses.replace(spec, items=items)).snapshot
        services = [snapshot.id_at(row) for row in range(len(snapshot))]
        already = set(np.flatnonzero(evaluate(ImpactEngine.of(snapshot), []).state == DOWN).tolist())

        finding = spof_of(snapshot, services)

        said = {each.id: set(each.services) for each in finding.spofs}
        for row, id_ in enumerate(services):
            if snapshot.in_service[row] and row not in already:
                lost = {each.id for each in impact_of(snapshot, [id_]).affected if each.state == "down"}
                assert said.get(id_, set()) == lost
        for each in finding.spofs:
            assert bool(each.hidden_by) == each.hidden

    check()


def test_new_single_points_are_what_taking_more_down_does(compiled, networks):
    """With a device down the paths that are left are fewer; what they now share is new."""

    @settings(max_examples=60, deadline=None)
    @given(networks())
    def check(question):
        spec, asked = question[0], question[1] or sorted(question[0].items)[:1]
        snapshot = compiled(spec).snapshot
        engine = ImpactEngine.of(snapshot)
        ids = [snapshot.id_at(row) for row in range(len(snapshot))]
        names = [snapshot.name_at(row) for row in range(len(snapshot))]

        finding = impact_of(snapshot, [ids[names.index(name)] for name in asked])

        before = np.flatnonzero(finding.basis.before.state == DOWN).tolist()
        after = np.flatnonzero(finding.basis.after.state == DOWN).tolist()
        others = [row for row in range(len(ids)) if snapshot.in_service[row] and row not in after]
        falls = {x: [evaluate(engine, [*rows, x]).state == DOWN for rows in (after, before)] for x in others}
        for each in finding.affected:
            row = snapshot.row_of(each.id)
            new = {ids[x] for x in others if x != row and falls[x][0][row] and not falls[x][1][row]}
            assert set(each.new_spofs) == (new if row not in after else set())

    check()
