"""What an impact answer says about networks: who is cut off, who lost a path, and what cannot be judged."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from impact.breaks import impact_of
from impact.engine import ImpactEngine
from impact.needs import needs_of
from impact.reasons import reasons_of
from impact.states import evaluate

RING = "shop => db\nshop == s1\ns1 == s2\ns2 == s3\ns3 == s1\ns3 == db\ns1 == s1b\ns1b == s3"
SWITCHES = {name: {"class": "Switch"} for name in ("s1", "s2", "s3", "s1b")}


def reasons(known, finding, name):
    row = next(each for each in finding.affected if each.name == name)
    return row, {(each.kind, each.provider and known.name_of(each.provider)): each for each in row.because}


def test_a_switch_with_another_path_leaves_the_consumer_at_risk(estate):
    """Affected, still reachable: redundancy is lost, and the reason counts the paths."""
    known = estate(
        "shop => db\nshop == s1\nshop == s2\ns1 == s3\ns2 == s3b\ns3 == db\ns3b == db",
        {name: {"class": "Switch"} for name in ("s1", "s2", "s3", "s3b")},
    )

    row, because = reasons(known, impact_of(known.snapshot, known.ids("s1")), "shop")

    assert (row.state, row.redundancy_lost, row.distance) == ("at_risk", True, 1)
    reason = because["network", "db"]
    assert (reason.n, reason.need, reason.down, reason.margin) == (2, 1, 1, 0)
    assert [known.name_of(each) for each in reason.causes] == ["s1"]


def test_the_last_path_gone_brings_the_consumer_down(estate):
    """The reason names what cut the path, not what is cut off."""
    known = estate(RING, SWITCHES)

    finding = impact_of(known.snapshot, known.ids("s1"))
    row, because = reasons(known, finding, "shop")

    assert (row.state, row.distance) == ("down", 1)
    assert [known.name_of(each) for each in because["network", "db"].causes] == ["s1"]
    assert finding.chain(known.id("shop")) == known.ids("shop", "s1")


def test_a_direct_detour_is_no_loss(estate):
    """s2 stands on a detour: the smallest number of paths without it is what it was."""
    known = estate(RING, SWITCHES)

    assert impact_of(known.snapshot, known.ids("s2")).total == 0


def test_power_cuts_paths_too(estate):
    """A switch that is down for want of power is no path, one round later."""
    known = estate(RING + "\ns1 -> feed", SWITCHES)

    row, _ = reasons(known, impact_of(known.snapshot, known.ids("feed")), "shop")

    assert (row.state, row.distance) == ("down", 2)


def test_a_server_with_two_cards_is_no_path(estate):
    """Traffic runs through switches; a server between two of them joins nothing."""
    known = estate(
        "shop => db\nshop == s1\ns1 == s2\ns1 == two\ntwo == s3\ns2 == s3\ns3 == db", {**SWITCHES, "two": {}}
    )

    row, _ = reasons(known, impact_of(known.snapshot, known.ids("s2")), "shop")

    assert row.state == "down"


def test_a_guest_starts_at_its_host_and_a_pool_loses_who_is_cut_off(estate):
    """Members of a pool that are no longer reached are lost to it though they are up."""
    known = estate(
        "app -> vm\nvm -> host\napp => db1 | db\napp => db2 | db\nhost == s1\ns1 == s2\ns2 == db1\ns1 == db2",
        SWITCHES,
        app_db=1,
    )

    row, _ = reasons(known, impact_of(known.snapshot, known.ids("s2")), "app")

    assert (row.state, row.redundancy_lost) == ("at_risk", True)
    (reason,) = row.because
    assert (reason.kind, reason.n, reason.need, reason.down, reason.margin) == ("pool", 2, 1, 1, 0)
    assert [known.name_of(each) for each in reason.causes] == ["s2"]


def test_what_cannot_be_judged_is_named_and_never_passed_over(estate):
    """No link, or no path on record: the answer about a device of the network says so."""
    known = estate("a => b\nb == s1\ns1 == s3\nc => s2\nc == s3\ns2 == d", SWITCHES)

    finding = impact_of(known.snapshot, known.ids("s1"))

    assert {(known.name_of(each.item), each.why) for each in finding.not_followed} >= {
        ("a", "network"),
        ("c", "network"),
    }
    assert "nothing known to break" in finding.headline
    assert "a reaches b, but no link of a or of what it stands on is recorded" in " ".join(finding.warnings)
    assert "c reaches s2, but no path between them is recorded" in " ".join(finding.warnings)


def test_every_item_that_the_question_reaches_has_a_cause_that_leads_back(compiled, networks):
    """Causes are worse off than nobody and earlier than what they explain."""

    @settings(max_examples=100, deadline=None)
    @given(networks())
    def check(question):
        spec, down, weak = question
        known = compiled(spec)
        engine = ImpactEngine.of(known.snapshot)
        states = evaluate(engine, known.rows(down), degraded=known.rows(weak))
        found = reasons_of(engine, states, states.reached)
        never_full = {int(row) for row in engine.never_full}
        for index, row in enumerate(states.reached.tolist()):
            if states.distance[row] == 0 or row in never_full:
                continue
            because = found.of(index)
            causes = {known.snapshot.row_of(each) for reason in because for each in reason["causes"]}
            assert causes, known.name(row)
            assert (states.state[sorted(causes)] >= 1).all()
            assert min(states.distance[sorted(causes)]) < states.distance[row]
            for reason in because:
                if reason["kind"] == "network":
                    assert reason["margin"] == reason["n"] - reason["down"] - 1
                    assert (reason["margin"] < 0) == (not np.any(reason["n"] - reason["down"]))

    check()


def test_needs_tell_the_paths_below_and_what_cannot_be_judged(estate):
    """A requirement over the network: how many paths share no device, what all use; one without links is warned of."""
    known = estate(
        "app => db\napp == s1\ns1 == s2\ns1 == s3\ns2 == db\ns3 == db\nlone => db\nshop -> app\nshop -> lone", SWITCHES
    )

    found = needs_of(known.snapshot, known.id("shop"))

    (path,) = found.over_network
    assert (path.consumer_name, path.provider_name, path.paths, path.on_every_path_names) == ("app", "db", 1, ["s1"])
    assert found.headline == "shop stands on 3 items, with 1 requirement over the network"
    assert "lone reaches db, but no link of lone or of what it stands on is recorded" in " ".join(found.warnings)
    assert not needs_of(known.snapshot, known.id("shop"), depth=1).over_network
