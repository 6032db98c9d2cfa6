"""Which item a row is: rules in order across sources, ambiguity never merged, placeholders, aliases, precedence."""

from __future__ import annotations

from typing import Any

import pytest
from inventory_words import batch, made_id

from cmdb.model import encode_claims
from cmdb.model.claim import ItemClaim


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"serial_number": "SN-1234A"}, {"serial_number": " sn-1234a "}),
        ({"cloud_id": "i-0abc"}, {"cloud_id": "i-0abc"}),
        ({"fqdn": "web1.oslo.no"}, {"fqdn": "WEB1.oslo.no."}),
        ({"mac": "AA:BB:CC:00:11:22"}, {"mac": "aabb.cc00.1122"}),
    ],
)
def test_another_source_knows_the_same_item(memory: Any, mine: Any, theirs: Any) -> None:
    """Serial number, cloud id, fqdn and mac identify across sources, however they are spelt."""
    memory.take(batch("netbox", items=[{"id": "dcim.device:1", "name": "web1", **mine}]))
    proposal = memory.take(batch("vcenter", items=[{"id": "vm-7", "name": "WEB-1", "owner": "Åse", **theirs}]))
    assert proposal.items == {"updated": 1, "refused": 0}
    assert "known from another source" in proposal.verdicts[0].reason
    shown = memory.item("vm-7", "vcenter")
    assert shown.external_ids == {"netbox": ["dcim.device:1"], "vcenter": ["vm-7"]}
    assert (shown.name, shown.values["owner"]) == ("web1", "Åse")


def test_class_name_and_scope_together_identify(memory: Any) -> None:
    """The last rule wants all three alike."""
    memory.take(batch("netbox", "oslo", items=[{"id": "1", "name": "web1"}]))
    assert memory.take(batch("a", "oslo", items=[{"id": "x", "name": "web1"}])).items["updated"] == 1
    assert memory.take(batch("b", "bergen", items=[{"id": "x", "name": "web1"}])).items["created"] == 1
    assert memory.take(batch("c", "oslo", items=[{"id": "x", "name": "web1", "class": "Database"}])).items["created"]


def test_an_earlier_rule_comes_before_a_later(memory: Any) -> None:
    """A serial number that answers is not overruled by a name."""
    memory.take(batch("n", items=[{"id": "1", "name": "web1"}, {"id": "2", "name": "x", "serial_number": "S1"}]))
    memory.take(batch("m", items=[{"id": "a", "name": "web1", "serial_number": "S1"}]))
    assert memory.id_of("a", "m") == memory.id_of("2", "n")


def test_an_ambiguous_match_is_never_merged(memory: Any) -> None:
    """Two items with one serial number: the row waits for a person, and counts as seen."""
    rows = [{"id": "1", "name": "x", "serial_number": "S1"}, {"id": "2", "name": "y", "serial_number": "S1"}]
    memory.take(batch("n", items=rows))
    before = dict(memory.held["item"])
    new = batch("m", items=[{"id": "a", "serial_number": "S1"}, "b"], links=[("b", "depends_on", "a")])
    proposal = memory.take(new)
    assert (proposal.items["ambiguous"], proposal.items["created"]) == (1, 1)
    problem = proposal.problems[0]
    assert (problem.severity, problem.id) == ("ambiguous", "a")
    assert "2 items have its serial number" in problem.message
    assert before.items() <= memory.held["item"].items()
    again = memory.take(new)
    assert not again.delta
    assert again.items["ambiguous"] == 1


@pytest.mark.parametrize("turned", [False, True])
def test_two_rows_that_would_be_one_item_are_both_ambiguous(memory: Any, turned: bool) -> None:
    """The order of rows does not decide which of them is merged."""
    memory.take(batch("n", items=[{"id": "1", "name": "x", "serial_number": "S1"}]))
    rows = [{"id": "a", "name": "a", "serial_number": "S1"}, {"id": "b", "name": "b", "serial_number": "S1"}]
    proposal = memory.take(batch("m", items=rows[::-1] if turned else rows))
    assert proposal.items["ambiguous"] == 2
    assert not proposal.delta
    assert "of the same source has the serial number" in proposal.problems[0].message


def test_junk_identifies_nobody(memory: Any) -> None:
    """What makers put where an identity should stand is no identity."""
    for rule, value in [
        ("serial_number", "To Be Filled By O.E.M."),
        ("serial_number", "N/A"),
        ("mac", "00:00:00:00:00:00"),
        ("mac", "ff-ff-ff-ff-ff-ff"),
        ("fqdn", "localhost"),
    ]:
        memory.take(batch("n", items=[{"id": f"{rule}{value}", "name": f"one {rule}{value}", rule: value}]))
        row = {"id": f"{rule}{value}", "name": f"other {rule}{value}", rule: value}
        assert memory.take(batch("m", items=[row])).items["created"] == 1
    memory.take(batch("n", items=[{"id": "l", "name": "localhost"}]))
    assert memory.take(batch("m", items=[{"id": "l", "name": "localhost"}])).items["created"] == 1


def test_only_kindred_classes_are_one_item(memory: Any) -> None:
    """A server and the database on it may share an fqdn."""
    memory.take(batch("n", items=[{"id": "1", "name": "x", "class": "Computer", "fqdn": "a.no"}]))
    rows = [{"id": "d", "class": "Database", "fqdn": "a.no"}, {"id": "s", "class": "Server", "fqdn": "a.no"}]
    memory.take(batch("m", items=rows))
    assert memory.id_of("s", "m") == memory.id_of("1", "n") != memory.id_of("d", "m")


def test_a_source_tells_its_own_items_apart(memory: Any) -> None:
    """Two ids of one source are two items, whatever else they share."""
    rows = [{"id": "1", "name": "x", "serial_number": "S"}, {"id": "2", "name": "x", "serial_number": "S"}]
    assert memory.take(batch(items=rows[:1])).items["created"] == 1
    assert memory.take(batch(items=rows)).items == {"unchanged": 1, "created": 1, "refused": 0}


def test_an_alias_is_as_good_as_the_id(memory: Any) -> None:
    """An item may have several ids of one source; a row under either of them is the item."""
    memory.take(batch(items=[{"id": "a", "aliases": ["asset-7", "gammel-ø"]}, "b"]))
    memory.take(batch(items=[{"id": "gammel-ø", "name": "a"}], links=[("b", "depends_on", "asset-7")]))
    assert len(memory.held["item"]) == 2
    assert memory.item("a").external_ids == {"acme": ["gammel-ø", "a", "asset-7"]}
    assert memory.link("b", "depends_on", "a") == {}
    assert not memory.take(batch(items=[{"id": "gammel-ø", "name": "a"}], complete=False)).delta


def test_aliases_of_two_items_are_ambiguous(memory: Any) -> None:
    """A row whose ids are two items of the record is not merged into either."""
    memory.take(batch(items=["a", "b"]))
    proposal = memory.take(batch(items=[{"id": "c", "aliases": ["a", "b"]}]))
    assert proposal.items["ambiguous"] == 1
    assert not proposal.delta


def test_a_dangling_reference_gets_a_placeholder_and_later_the_item(memory: Any) -> None:
    """Nothing is half-linked: a placeholder stands for what is referred to until the source shows it."""
    rows = batch(items=["a"], links=[("a", "depends_on", "ghost"), ("a", "runs_on", "ghost")], complete=True)
    proposal = memory.take(rows)
    assert (proposal.items["created"], proposal.items["placeholders"]) == (1, 1)
    [problem] = proposal.problems
    assert (problem.severity, problem.id, problem.row) == ("warning", "ghost", 2)
    assert "(1 more rows do)" in problem.message
    assert memory.item("ghost").class_ == "Unknown"
    placeholder = memory.id_of("ghost")
    again = memory.take(rows)
    assert not again.delta
    assert memory.take(batch(items=[{"id": "ghost", "class": "Database", "name": "db"}])).items["updated"] == 1
    assert memory.id_of("ghost") == placeholder
    assert (memory.item("ghost").class_, memory.item("ghost").name) == ("Database", "db")


def test_a_placeholder_for_another_source_is_taken_over_by_it(memory: Any) -> None:
    """A reference "source:id" that dangles becomes that source's item once it shows it."""
    rows = batch("monitoring", items=["check"], links=[("check", "depends_on", "netbox:dcim.device:12")], complete=True)
    assert memory.take(rows).items["placeholders"] == 1
    memory.take(batch("netbox", items=[{"id": "dcim.device:12", "name": "web1"}], complete=True))
    shown = memory.item("dcim.device:12", "netbox")
    assert (shown.class_, shown.name, shown.status) == ("Server", "web1", "operational")
    assert not memory.take(rows).delta, "the reference still upholds its claim"
    memory.take(batch("netbox", items=["other"], complete=True))
    assert memory.item("dcim.device:12", "netbox").status == "missing", "who refers to an item does not show it"


@pytest.mark.parametrize("turned", [False, True])
def test_files_of_one_command_may_refer_to_each_other(memory: Any, turned: bool) -> None:
    """All files of one command are one Delta: their order does not matter."""
    batches = [
        batch(
            "monitoring",
            items=["check"],
            links=[{"from": "check", "type": "depends_on", "to": "netbox:web1", "pool": "p"}],
            complete=True,
        ),
        batch("netbox", items=["web1"], pools=[{"consumer": "monitoring:check", "name": "p", "need": 1}]),
    ]
    proposal = memory.take(*(batches[::-1] if turned else batches))
    assert (proposal.items["placeholders"], proposal.problems) == (0, [])
    assert len(memory.held["item"]) == 2
    assert memory.pool("check", "p", "monitoring") == {"need": 1, "confirmed_members": 1}
    assert not memory.take(*batches).delta


def test_the_first_source_speaks_and_two_never_flip_flop(memory: Any) -> None:
    """Claims speak in the order in which they came; alternating imports change nothing."""
    one = batch("one", items=[{"id": "1", "name": "x", "serial_number": "S", "owner": "Åse", "ip": None}])
    two = batch("two", items=[{"id": "2", "name": "y", "serial_number": "S", "owner": "Bo", "ip": "10.0.0.1"}])
    memory.take(one)
    memory.take(two)
    shown = memory.item("1", "one")
    assert (shown.name, shown.values["owner"], shown.values["ip"]) == ("x", "Åse", "10.0.0.1")
    for again in (one, two, one, two):
        assert not memory.take(again).delta
    assert memory.item("1", "one") == shown


def test_attributes_of_two_sources_are_merged_by_name(memory: Any) -> None:
    """Precedence is per attribute: a source that adds one hides none."""
    memory.take(batch("one", items=[{"id": "1", "name": "x", "serial_number": "S", "attributes": {"a": 1, "b": 1}}]))
    memory.take(batch("two", items=[{"id": "2", "name": "x", "serial_number": "S", "attributes": {"b": 2, "c": 2}}]))
    assert memory.item("1", "one").values["attributes"] == {"a": 1, "b": 1, "c": 2}


def test_a_manual_claim_wins_until_it_is_released(memory: Any) -> None:
    """Edits by hand are claims of source manual, and imports do not overrule them."""
    memory.take(batch(items=[{"id": "a", "owner": "Åse"}]))
    memory.take(batch("manual", items=[{"id": "m", "name": "a", "owner": "Kari", "status": "retired"}]))
    memory.take(batch(items=[{"id": "a", "owner": "Bo"}]))
    shown = memory.item("a")
    assert (shown.values["owner"], shown.status) == ("Kari", "retired")
    memory.take(batch("manual", items=[{"id": "m", "name": "a", "owner": None, "status": None}]))
    shown = memory.item("a")
    assert (shown.values["owner"], shown.status) == ("Bo", "operational")


def test_a_correction_by_hand_identifies_by_the_class_that_is_shown(memory: Any) -> None:
    """A manual claim that gives a serial number and no class still identifies the item."""
    memory.take(batch("n", items=[{"id": "1", "name": "x"}]))
    target = memory.id_of("1", "n")
    from cmdb.model import decode_item

    claims = decode_item(memory.held["item"][target])
    by_hand = ItemClaim("manual", "", target, "", "", {"serial_number": "S9"}, "digest")
    memory.held["item"][target] = encode_claims([*claims, by_hand])
    memory.take(batch("m", items=[{"id": "q", "name": "q", "serial_number": "S9"}]))
    assert memory.id_of("q", "m") == target


def test_record_ids_depend_on_the_creating_claim_alone(memory: Any) -> None:
    """The id is a digest of the claim that created the item, equal on every store."""
    memory.take(batch(items=[{"id": "blåbær", "name": "x"}]))
    assert list(memory.held["item"]) == [made_id("blåbær")]


def test_a_refused_class_keeps_its_item_alive(memory: Any) -> None:
    """Refused rows count as seen, for items and for relationships."""
    memory.take(batch(items=["a", "b"], links=[("a", "depends_on", "b"), ("a", "depends_on", "ghost")], complete=True))
    proposal = memory.take(
        batch(
            items=["a", {"id": "b", "class": "Nonsense"}],
            links=[("a", "nonsense", "b"), ("a", "nonsense", "ghost")],
            complete=True,
        )
    )
    assert not proposal.delta
    assert (proposal.items["refused"], proposal.relationships["refused"]) == (1, 2)
