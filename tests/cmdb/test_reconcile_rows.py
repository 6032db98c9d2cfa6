"""What becomes of rows: created, updated, unchanged, refused; the same batch twice changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from inventory_words import batch

SHOP = {
    "items": [
        {"id": "shop", "class": "BusinessService", "criticality": "high", "users": 40},
        {"id": "web1", "environment": "prod", "attributes": {"rack": "A1"}},
        {"id": "web2", "environment": "prod"},
        {"id": "db1", "class": "Database", "mtbf_hours": 2000, "mttr_hours": 4},
    ],
    "links": [
        {"from": "shop", "type": "depends_on", "to": "web1", "pool": "web"},
        {"from": "shop", "type": "depends_on", "to": "web2", "pool": "web"},
        ("web1", "depends_on", "db1"),
        ("web2", "depends_on", "db1"),
    ],
    "pools": [{"consumer": "shop", "name": "web", "need": 1}],
}


def test_every_new_row_is_created(memory: Any) -> None:
    """The verdict counts say what was made of the rows."""
    proposal = memory.take(batch(**SHOP, complete=True))
    assert proposal.items == {"created": 4, "refused": 0}
    assert proposal.relationships == {"created": 4, "refused": 0}
    assert proposal.pools == {"created": 1, "refused": 0}
    assert [verdict.verdict for verdict in proposal.verdicts] == ["create"] * 9
    assert proposal.problems == []
    assert memory.item("web1").values == {"environment": "prod", "attributes": {"rack": "A1"}}
    assert memory.link("shop", "depends_on", "web1") == {"pools": ["web"]}
    assert memory.pool("shop", "web") == {"need": 1, "confirmed_members": 2}


@pytest.mark.parametrize("complete", [True, False])
def test_the_same_batch_twice_changes_nothing(memory: Any, complete: bool) -> None:
    """Importing the same batch twice proposes an empty Delta and says so."""
    memory.take(batch(**SHOP, complete=complete))
    again = memory.take(batch(**SHOP, complete=complete))
    assert not again.delta
    assert again.items == {"unchanged": 4, "refused": 0}
    assert again.relationships == {"unchanged": 4, "refused": 0}
    assert again.pools == {"unchanged": 1, "refused": 0}


def test_a_batch_said_whole_and_then_in_part_is_unchanged(memory: Any) -> None:
    """Whether a batch is complete changes nothing of what its rows mean."""
    memory.take(batch(**SHOP, complete=True))
    assert not memory.take(batch(**SHOP)).delta
    assert not memory.take(batch(**SHOP, complete=True)).delta


def test_an_omitted_key_stays_in_a_partial_batch_and_goes_in_a_complete_one(memory: Any) -> None:
    """In a complete batch an omitted key withdraws that source's value, in a partial one it stays."""
    whole = {"id": "web1", "owner": "Åse", "environment": "prod", "attributes": {"rack": "A1", "bay": 3}}
    memory.take(batch(items=[whole], complete=True))
    memory.take(batch(items=[{"id": "web1", "environment": "test", "attributes": {"bay": 4}}]))
    assert memory.item("web1").values == {
        "owner": "Åse",
        "environment": "test",
        "attributes": {"rack": "A1", "bay": 4},
    }
    memory.take(batch(items=[{"id": "web1", "environment": "test"}], complete=True))
    assert memory.item("web1").values == {"environment": "test"}


@pytest.mark.parametrize("complete", [True, False])
def test_a_null_withdraws_a_value(memory: Any, complete: bool) -> None:
    """An explicit null withdraws in both kinds of batch, an attribute's too."""
    memory.take(batch(items=[{"id": "web1", "owner": "Åse", "ip": "10.0.0.1", "attributes": {"a": 1, "b": 2}}]))
    row = {"id": "web1", "owner": None, "ip": "10.0.0.1", "attributes": {"a": None, "b": 2}}
    memory.take(batch(items=[row], complete=complete))
    assert memory.item("web1").values == {"ip": "10.0.0.1", "attributes": {"b": 2}}
    assert not memory.take(batch(items=[row], complete=complete)).delta


def test_a_link_keeps_its_pool_in_a_partial_batch_and_loses_it_in_a_complete_one(memory: Any) -> None:
    """What a complete batch no longer says of a relationship is withdrawn."""
    memory.take(batch(**SHOP))
    assert not memory.take(batch(links=[("shop", "depends_on", "web1")])).delta
    links = [("shop", "depends_on", "web1"), *SHOP["links"][1:]]
    proposal = memory.take(batch(**{**SHOP, "links": links}, complete=True))
    assert proposal.relationships["updated"] == 1
    assert memory.link("shop", "depends_on", "web1") == {}


def test_equal_rows_are_one_and_contradicting_rows_are_refused(memory: Any) -> None:
    """A row that repeats another is taken once; one that contradicts it is refused, and the first stands."""
    rows = [{"id": "web1", "owner": "Åse"}, {"id": "web1", "owner": "Åse"}, {"id": "web1", "owner": "Bo"}]
    proposal = memory.take(batch(items=rows))
    assert (proposal.items["created"], proposal.items["refused"]) == (1, 1)
    assert memory.item("web1").values == {"owner": "Åse"}
    [problem] = proposal.problems
    assert (problem.file, problem.row, problem.id) == ("inventory.yaml", 3, "web1")
    assert "row 1 of inventory.yaml has the same id and says otherwise" in problem.message
    assert not memory.take(batch(items=rows)).delta


def test_contradicting_links_and_pools_are_refused(memory: Any) -> None:
    """Of two rows for one relationship or pool that contradict each other the second is refused."""
    memory.take(batch(items=["a", "b"]))
    proposal = memory.take(
        batch(
            links=[
                {"from": "a", "type": "depends_on", "to": "b", "lasts_minutes": 10},
                {"from": "a", "type": "depends_on", "to": "b", "lasts_minutes": 20},
            ],
            pools=[{"consumer": "a", "name": "p", "need": 1}, {"consumer": "a", "name": "p", "need": 2}],
        )
    )
    assert (proposal.relationships["refused"], proposal.pools["refused"]) == (1, 1)
    assert [problem.row for problem in proposal.problems] == [2, 4]
    assert memory.link("a", "depends_on", "b") == {"lasts_minutes": 10}
    assert memory.pool("a", "p")["need"] == 1


def test_parallel_links_are_told_apart_by_their_key(memory: Any) -> None:
    """`key` tells parallel links of one type apart."""
    links = [{"from": "a", "type": "connects_to", "to": "b", "key": key} for key in ("", "cable 1", "kabel ø")]
    assert memory.take(batch(items=["a", "b"], links=links)).relationships["created"] == 3
    assert len(memory.held["relationship"]) == 3


def test_rows_that_differ_only_in_pool_are_merged(memory: Any) -> None:
    """Rows of one batch that differ only in pool are one relationship in both pools."""
    pools = [{"consumer": "a", "name": name, "need": 1} for name in ("web", "quorum")]
    links = [{"from": "a", "type": "depends_on", "to": "b", "pool": name} for name in ("web", "quorum")]
    rows = batch(items=["a", "b"], links=links, pools=pools, complete=True)
    proposal = memory.take(rows)
    assert proposal.relationships["created"] == 1
    assert memory.link("a", "depends_on", "b") == {"pools": ["quorum", "web"]}
    assert not memory.take(rows).delta


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_one_row_without_a_pool_among_them_means_required_by_itself_too(memory: Any, order: tuple[int, ...]) -> None:
    """The order of rows does not decide whether a member is also required by itself."""
    links = [{"from": "a", "type": "depends_on", "to": "b", "pool": name} for name in ("p", "q")]
    links.append({"from": "a", "type": "depends_on", "to": "b"})
    pools = [{"consumer": "a", "name": name, "need": 1} for name in ("p", "q")]
    memory.take(batch(items=["a", "b"], links=[links[place] for place in order], pools=pools))
    assert memory.link("a", "depends_on", "b") == {"pools": ["p", "q"], "required": True}


@pytest.mark.parametrize("links", [[("a", "depends_on", "a")], [("a", "depends_on", "other-name")]])
def test_a_self_link_is_refused(memory: Any, links: Any) -> None:
    """An item cannot be related to itself, by an alias neither."""
    proposal = memory.take(batch(items=[{"id": "a", "aliases": ["other-name"]}], links=links))
    assert proposal.relationships == {"refused": 1}
    assert "check the ends" in proposal.problems[0].message
    assert not memory.held["relationship"]


def test_an_unknown_class_is_refused_with_a_suggestion(memory: Any) -> None:
    """A class that the catalogue does not hold is a refused row that names what is near."""
    proposal = memory.take(batch(items=[{"id": "x", "class": "Sarver"}, {"id": "y", "class": "Qqqqq"}]))
    assert proposal.items == {"refused": 2}
    assert "unknown class 'Sarver'; did you mean Server" in proposal.problems[0].message
    assert "see: cmdb catalogue" in proposal.problems[1].message
    assert not proposal.delta


def test_an_unknown_type_is_refused_with_a_suggestion(memory: Any) -> None:
    """A type that the catalogue does not hold is a refused row, and its ends are left alone."""
    proposal = memory.take(batch(items=["a", "b"], links=[("a", "depend_on", "b"), ("a", "zzzz", "c")]))
    assert proposal.relationships == {"refused": 2}
    assert "unknown relationship type 'depend_on'; did you mean depends_on" in proposal.problems[0].message
    assert len(memory.held["item"]) == 2


def test_a_pool_that_exists_nowhere_is_refused(memory: Any) -> None:
    """A relationship may only name a pool of the batch, of the record, or of a catalogue rule."""
    row = {"from": "a", "type": "depends_on", "to": "b", "pool": "web"}
    proposal = memory.take(batch(items=["a", "b"], links=[row]))
    assert proposal.relationships == {"refused": 1}
    [problem] = proposal.problems
    assert (problem.row, problem.id) == (3, "a depends_on b")
    assert "'a' has no pool 'web'" in problem.message
    memory.take(batch(pools=[{"consumer": "a", "name": "web", "need": 1}]))
    assert memory.take(batch(links=[row])).relationships["created"] == 1


def test_a_pool_of_a_rule_needs_no_row(memory: Any) -> None:
    """Power is pooled by rule: a source may name that pool without stating it."""
    row = {"from": "a", "type": "powered_by", "to": "pdu", "pool": "power"}
    proposal = memory.take(batch(items=["a", {"id": "pdu", "class": "PDU"}], links=[row]))
    assert proposal.relationships["created"] == 1
    wrong = memory.take(batch(links=[{**row, "pool": "strøm"}]))
    assert wrong.relationships["refused"] == 1


def test_undirected_ends_are_sorted(memory: Any) -> None:
    """An undirected relationship is the same whichever end is named first."""
    proposal = memory.take(
        batch(items=["a", "b"], links=[("a", "connects_to", "b"), ("b", "connects_to", "a")], complete=True)
    )
    assert proposal.relationships["created"] == 1
    [key] = memory.held["relationship"]
    start, _, end, _ = key.split(" ")
    assert start < end
    assert not memory.take(batch(links=[("b", "connects_to", "a")])).delta


def test_a_type_read_from_its_other_end_is_the_same_relationship(memory: Any) -> None:
    """The catalogue's canonical type and orientation are applied first."""
    proposal = memory.take(batch(items=["vm", "host"], links=[("vm", "runs_on", "host"), ("host", "runs", "vm")]))
    assert (proposal.relationships["created"], proposal.relationships["refused"]) == (1, 0)
    assert memory.link("vm", "runs_on", "host") == {}


def test_both_orientations_of_a_servicenow_pair_are_one(memory: Any) -> None:
    """A::B from one end is B::A from the other."""
    links = [("app", "Runs on::Runs", "host"), ("host", "Runs::Runs on", "app")]
    proposal = memory.take(batch(items=["app", "host"], links=links, vocabulary="servicenow"))
    assert (proposal.relationships["created"], proposal.relationships["refused"]) == (1, 0)
    assert memory.link("app", "runs_on", "host") == {}


def test_files_of_one_scope_keep_their_own_vocabulary(memory: Any) -> None:
    """Files of one (source, scope) are merged; each is read with its own words."""
    foreign = batch(items=[{"id": "h", "class": "cmdb_ci_linux_server"}], vocabulary="servicenow", file="sn.csv")
    proposal = memory.take(batch(items=["a"]), foreign, batch(items=[{"id": "x", "class": "Nope"}], file="last.yaml"))
    assert proposal.items["created"] == 2
    assert [(problem.file, problem.row) for problem in proposal.problems] == [("last.yaml", 1)]


def test_a_percentage_needs_and_is_kept_as_it_was_stated(memory: Any) -> None:
    """A need is kept as a count or as a decimal percentage."""
    items = ["a", "b", "c", "d"]
    links = [{"from": "a", "type": "depends_on", "to": end, "pool": "web"} for end in "bcd"]
    pools = [{"consumer": "a", "name": "web", "need": "66.70%"}]
    memory.take(batch(items=items, links=links, pools=pools))
    assert memory.pool("a", "web") == {"need": "66.7%", "confirmed_members": 3}


def test_a_pool_without_a_need_is_assumed_until_somebody_states_it(memory: Any) -> None:
    """Membership is evidence, need is not: without a stated need the pool is marked assumed."""
    memory.take(batch(items=["a", "b"], pools=[{"consumer": "a", "name": "web"}]))
    assert memory.pool("a", "web").get("need") is None
    memory.take(batch("other", items=[], pools=[{"consumer": "acme:a", "name": "web", "need": 1}]))
    shown = memory.pool("a", "web")
    assert (shown["need"], shown.get("assumed")) == (1, None)
    memory.take(batch(pools=[{"consumer": "a", "name": "web", "need": 2}]))
    assert memory.pool("a", "web")["need"] == 2


def test_confirmed_members_are_those_in_service_when_the_need_was_stated(memory: Any) -> None:
    """A pool remembers the n at which its need was confirmed; a new member alone changes no claim."""
    items = ["a", "b", "c", {"id": "d", "status": "planned"}]
    links = [{"from": "a", "type": "depends_on", "to": end, "pool": "web"} for end in "bcd"]
    pools = [{"consumer": "a", "name": "web", "need": 1}]
    memory.take(batch(items=items, links=links, pools=pools))
    assert memory.pool("a", "web")["confirmed_members"] == 2
    memory.take(batch(items=["e"], links=[{"from": "a", "type": "depends_on", "to": "e", "pool": "web"}], pools=pools))
    assert memory.pool("a", "web")["confirmed_members"] == 2
    memory.take(batch(pools=[{"consumer": "a", "name": "web", "need": 2}]))
    assert memory.pool("a", "web")["confirmed_members"] == 3


def test_a_pool_of_nobody_is_refused(memory: Any) -> None:
    """A pool needs a consumer that somebody knows."""
    proposal = memory.take(batch(pools=[{"consumer": "ghost", "name": "web", "need": 1}]))
    assert proposal.pools == {"refused": 1}
    assert "nobody knows 'ghost'" in proposal.problems[0].message


def test_rows_refused_while_reading_are_counted_with_their_kind(memory: Any) -> None:
    """Problems that the importer found are in the proposal and its counts."""
    proposal = memory.take(
        batch(
            items=[{"id": "a", "availability": 99.9}, "b", "c"],
            links=[{"from": "b", "type": "depends_on", "to": "c", "lasts_minutes": -1}],
            pools=[{"consumer": "b", "name": "p", "need": 0}],
        )
    )
    assert (proposal.items["refused"], proposal.relationships["refused"], proposal.pools["refused"]) == (1, 1, 1)
    assert len(proposal.problems) == 3
