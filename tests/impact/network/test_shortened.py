"""Where a network has too many paths to list them all, every answer says so, and hides nothing."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from impact.availability.answer import availability_of
from impact.breaks import impact_of
from impact.cutsets.finding import cut_sets_of
from impact.engine import ImpactEngine
from impact.network import expand
from impact.network.shortened import Certainty
from impact.spof import spof_of
from impact.states import DOWN, evaluate
from impact.structure import Structure


@pytest.fixture
def ladder(compiled: Any, spec_of: Any, link_of: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A shop with four ways to its database; only two of them, which share no device, are listed.

    Each room holds two switches, and leaves a way that has none of them.
    """
    monkeypatch.setattr(expand, "LIMIT", 1)
    items: dict[str, Any] = {name: {"class": "Switch"} for name in ("s1", "s4", "a", "b", "c", "d", "e")}
    items |= {"shop": {"class": "BusinessService"}, "db": {"class": "Server"}, "room1": {"class": "Room"}}
    items["room2"] = {"class": "Room"}
    cables = ["shop s1", "db s4", "s1 a", "s1 b", "a d", "a e", "b d", "b e", "d s4", "e s4"]
    links = [link_of(*pair.split(), "undirected", type="connects_to", key=pair) for pair in cables]
    links.append(link_of("shop", "db", "hard", (), "reaches"))
    links += [link_of(*pair.split(), "hard") for pair in ("b room1", "d room1", "a room2", "d room2")]
    return compiled(spec_of(items, tuple(links), {}))


def told(warnings: list[str]) -> list[str]:
    return [each for each in warnings if "too many paths" in each]


def test_bounds_hold_on_both_sides(compiled: Any, networks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is certain is so in the states, and what falls in the states falls in the structure."""
    monkeypatch.setattr(expand, "LIMIT", 1)

    @settings(max_examples=60, deadline=None)
    @given(networks())
    def check(question: Any) -> None:
        engine = ImpactEngine.of(compiled(question[0]).snapshot)
        structure = Structure.of(engine)
        live = np.flatnonzero(engine.snapshot.in_service).tolist()
        certainty = Certainty(structure, np.zeros(0, np.int64))
        for failed in [pair for size in (1, 2) for pair in combinations(live, size)][:40]:
            lost = np.zeros(structure.size, np.bool_)
            lost[list(failed)] = True
            truly, at_most = evaluate(engine, list(failed)).state == DOWN, structure.down(lost)
            for row in live:
                assert certainty.falls(row, failed) <= truly[row] <= at_most[row]

    check()


def test_failures_to_an_outage_are_never_too_many(
    compiled: Any, networks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exact number is the smallest one of the states; one that is only known to be at least so much is below it."""
    monkeypatch.setattr(expand, "LIMIT", 1)

    @settings(max_examples=50, deadline=None)
    @given(networks())
    def check(question: Any) -> None:
        spec, asked = question[0], question[1] or sorted(question[0].items)[:1]
        for values in spec.items.values():
            values["class"] = values["class"] if values["class"] == "Switch" else "BusinessService"
        known = compiled(spec)
        engine, snapshot = ImpactEngine.of(known.snapshot), known.snapshot
        finding = impact_of(snapshot, known.ids(*asked))
        after = np.flatnonzero(finding.basis.after.state == DOWN).tolist()
        before = np.flatnonzero(finding.basis.before.state == DOWN).tolist()
        others = [each for each in np.flatnonzero(snapshot.in_service).tolist() if each not in after]

        def falls(row: int, size: int, down: list[int]) -> list[tuple[int, ...]]:
            chosen = combinations([each for each in others if each != row], size)
            return [each for each in chosen if evaluate(engine, [*down, *each]).state[row] == DOWN]

        for each in finding.affected:
            row = snapshot.row_of(each.id)
            if each.state == "down":
                continue
            alone = {snapshot.id_at(point) for (point,) in falls(row, 1, after)}
            assert alone - {snapshot.id_at(point) for (point,) in falls(row, 1, before)} <= set(each.new_spofs)
            if each.service:
                least = 1 if alone else 2 if falls(row, 2, after) else 3
                assert each.failures_at_least <= least
                assert each.failures_to_outage in (None, least)

    check()


def test_every_answer_says_so(ladder: Any) -> None:
    """Single points, cut sets, further failures and availability; what is doubtful is named."""
    (shop,) = ladder.ids("shop")
    assert len(Structure.of(ImpactEngine.of(ladder.snapshot)).approximate)

    points = spof_of(ladder.snapshot, [shop])
    (warning,) = told(points.warnings)
    assert "room" in warning
    assert "may be none" in warning
    assert "s1" not in warning.split("may be none")[1]

    cuts = cut_sets_of(ladder.snapshot, shop)
    assert not cuts.complete
    assert not cuts.counts
    assert told(cuts.warnings)
    assert "for certain" in cuts.headline

    hit = impact_of(ladder.snapshot, ladder.ids("a"))
    assert told(hit.warnings)

    figure = availability_of(ladder.snapshot, [shop])
    assert figure.services[0].method != "exact"
    assert told(figure.warnings)
    assert not [each for each in figure.warnings if "--budget" in each]


def test_what_is_certain_all_the_same_is_told_without_a_caveat(ladder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all paths listed there is nothing to say."""
    monkeypatch.setattr(expand, "LIMIT", 100)
    (shop,) = ladder.ids("shop")
    assert not told(spof_of(ladder.snapshot, [shop]).warnings)
    assert cut_sets_of(ladder.snapshot, shop).complete
