"""What is new since another revision, what is gone, and why; data that vanished is never called better."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.spof import spof_of

SERVICE = {"class": "BusinessService"}
PAIR = "shop -> a | web\nshop -> b | web\na -> host1\nb -> host2"


def since(estate, before: str, after: str, items_before=None, items_after=None, pools_before=None, pools_after=None):  # type: ignore[no-untyped-def]
    then = estate(before, {"shop": SERVICE, **(items_before or {})}, **(pools_before or {"shop_web": 1}))
    now = estate(after, {"shop": SERVICE, **(items_after or {})}, **(pools_after or {"shop_web": 1}))
    return spof_of(now.snapshot, baseline=dataclasses.replace(then.snapshot, revision=3))


def told(pairs):  # type: ignore[no-untyped-def]
    return {each.item_name: (each.why, each.what) for each in pairs}


def test_a_new_shared_host_is_new(estate) -> None:
    """Only it is listed, with the pool that it defeats."""
    finding = since(estate, PAIR, PAIR.replace("host2", "host1"))

    assert [each.name for each in finding.spofs] == ["host1"]
    assert finding.spofs[0].hidden_by[0].pool == "web"
    assert told(finding.since.new) == {"host1": ("requirement_added", "b requires host1 now")}
    assert finding.since.gone == []
    assert finding.headline.startswith("since revision 3: 1 item newly a single point of failure")


@pytest.mark.parametrize("lost", ["retired", "absent"])
def test_a_member_that_vanished_is_data_lost(lost: str, estate) -> None:
    """The remaining one is new, for no engineer took redundancy away: a record did."""
    after, items = (PAIR, {"b": {"status": "retired"}}) if lost == "retired" else ("shop -> a | web\na -> host1", None)

    finding = since(estate, PAIR, after, items_after=items)

    assert {why for why, _ in told(finding.since.new).values()} == {"data_lost"}
    assert "pool web of shop has lost b" in told(finding.since.new)["a"][1]
    assert finding.since.data_lost == 2


def test_a_provider_that_went_out_of_service_is_no_improvement(estate) -> None:
    """The requirement is unmet now; that nothing is a single point any more is not good news."""
    finding = since(
        estate, "shop -> db\ndb -> host", "shop -> db\ndb -> host", items_after={"db": {"status": "retired"}}
    )

    assert told(finding.since.gone) == {
        "db": ("data_lost", "db is retired now"),
        "host": ("data_lost", "shop required db, which is retired now"),
    }
    assert finding.since.improved == 0
    assert "data lost, not improved" in finding.headline


def test_redundancy_that_was_added_is_an_improvement(estate) -> None:
    """What was required by itself is one of two now."""
    finding = since(estate, "shop -> a\na -> host1\nb -> host2", PAIR)

    assert {why for why, _ in told(finding.since.gone).values()} == {"redundancy_added"}
    assert finding.since.improved == 2


def test_a_requirement_that_is_no_longer_said_is_not_called_better(estate) -> None:
    """Both are there still; who can tell whether it was dropped or forgotten?"""
    finding = since(estate, "shop -> a\nshop -> b", "shop -> a\nb")

    assert told(finding.since.gone) == {"b": ("requirement_gone", "shop is no longer said to require b")}
    assert finding.since.improved == 0


def test_a_raised_need_is_told(estate) -> None:
    """Members are the same, one more is needed."""
    finding = since(estate, PAIR, PAIR, pools_after={"shop_web": 2})

    assert told(finding.since.new)["a"] == ("need_raised", "pool web of shop needs 2 now, 1 then")


def test_nothing_new_says_so(estate) -> None:
    """An equal estate has neither."""
    finding = since(estate, PAIR, PAIR)

    assert len(finding.spofs) == 0
    assert finding.headline == "since revision 3: 0 items newly a single point of failure, 0 pairs gone"


@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_new_and_gone_are_the_difference_of_both_answers(data, questions, compiled) -> None:
    """Pair by pair, whatever changed; each has a reason."""

    def drawn():  # type: ignore[no-untyped-def]
        spec = data.draw(questions(kinds=[("hard_up", "hard", False)]))[0]
        items = {name: {**values, **SERVICE} for name, values in spec.items.items()}
        return compiled(type(spec)(items, spec.links, spec.pools))

    then, now = drawn(), drawn()

    finding = spof_of(now.snapshot, baseline=then.snapshot)

    def pairs(known):  # type: ignore[no-untyped-def]
        return {(service, each.id) for each in spof_of(known.snapshot).spofs for service in each.services}

    assert {(each.service, each.item) for each in finding.since.new} == pairs(now) - pairs(then)
    assert {(each.service, each.item) for each in finding.since.gone} == pairs(then) - pairs(now)
    assert {(service, each.id) for each in finding.spofs for service in each.services} == pairs(now) - pairs(then)
    live = {id_ for id_ in map(now.id, now.spec.items) if now.snapshot.in_service[now.snapshot.row_of(id_)]}
    for each in finding.since.gone:
        if {each.service, each.item} - live:
            assert each.why == "data_lost"
