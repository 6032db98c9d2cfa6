"""Whose word counts: by class and field, in the claims themselves, the same whichever source comes last."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inventory_words import batch

from cmdb.catalogue import Catalogue, load_catalogue
from cmdb.errors import UsageError
from cmdb.model import (
    EdgeClaim,
    ItemClaim,
    decode_edges,
    decode_item,
    encode_claims,
    show_item,
    show_pool,
    show_relationship,
)
from cmdb.reconcile.precedence import Precedence, PrecedenceRule
from cmdb.record import Record

SHIPPED: Catalogue = load_catalogue(None)
SN = {"serial_number": "S1"}


def claim(source: str, class_: str = "Server", name: str = "x", **values: Any) -> ItemClaim:
    """Return a claim."""
    return ItemClaim(source, "", f"{source}1", class_, name, values, "digest")


def values_of(record: Record, item: str) -> dict[str, Any]:
    """Return what an item shows."""
    snapshot = record.snapshot()
    shown: dict[str, Any] = snapshot.shown_at(snapshot.row_of(record.item_id(item)))["values"]
    return shown


def test_old_documents_are_read_and_written_as_they_were() -> None:
    """Ranks stand last and only where there are any."""
    old = b'[["a","","1","Server","x",{"owner":"Bo"},"d",[],null],["b","","2","","",{},"d",["3"],["2026","missing"]]]'
    assert encode_claims(decode_item(old)) == old
    assert encode_claims(decode_item(old)[:1]) == b'[["a","","1","Server","x",{"owner":"Bo"},"d",[],null]]'
    edges = b'[["a","",{"need":1},"d",false],["b","",{},"d",true]]'
    assert encode_claims(decode_edges(edges)) == edges
    assert encode_claims(decode_edges(edges)[:1]) == b'[["a","",{"need":1},"d",false]]'
    ranked = [ItemClaim("a", "", "1", "Server", "x", {}, "d", ranks={"*": 1})]
    assert decode_item(encode_claims(ranked)) == ranked


def test_a_rule_decides_and_no_source_flips_it_back(record: Record) -> None:
    """First come is believed, until a rule says otherwise; imports after it change nothing."""
    first = batch("netbox", items=[{"id": "1", "name": "web1", "owner": "Bo", "location": "N1", **SN}])
    second = batch("hr", items=[{"id": "a", "name": "web-1", "owner": "Åse", "location": "S2", **SN}])
    record.import_batches([first])
    record.import_batches([second])
    assert values_of(record, "web1")["owner"] == "Bo"
    ruled = record.rules.set_precedence("Computer", "owner", ["hr", "netbox"])
    assert ruled.changed == 1
    assert (values_of(record, "web1")["owner"], values_of(record, "web1")["location"]) == ("Åse", "N1")
    for each in (first, second, first):
        assert not record.import_batches([each]).proposal.delta
    changed = batch("netbox", items=[{"id": "1", "name": "web1", "owner": "Per", "location": "N2", **SN}])
    record.import_batches([changed])
    assert (values_of(record, "web1")["owner"], values_of(record, "web1")["location"]) == ("Åse", "N2")
    record.edit_item("web1", {"owner": "Kari"})
    assert values_of(record, "web1")["owner"] == "Kari"
    record.edit_item("web1", {}, release=["owner"])
    assert record.rules.set_precedence("Computer", "owner", []).changed == 1
    assert values_of(record, "web1")["owner"] == "Per"
    with record.store.view() as view:
        assert b'"owner":0' not in dict(view.documents("item"))[record.item_id("web1")]


def test_the_need_of_a_pool_goes_by_its_consumer(record: Record) -> None:
    """Two sources state a need; the rule of the consumer's class decides."""
    for source, need in (("k8s", 2), ("itop", 1)):
        record.import_batches(
            [
                batch(
                    source,
                    "x",
                    items=[{"id": each, "class": "Service" if each == "s" else "Server"} for each in ("s", "a", "b")],
                    links=[{"from": "s", "type": "depends_on", "to": each, "pool": "web"} for each in ("a", "b")],
                    pools=[{"consumer": "s", "name": "web", "need": need}],
                )
            ]
        )
    snapshot = record.snapshot()
    key = snapshot.id_at(snapshot.row_of(record.item_id("s")))

    def need() -> Any:
        with record.store.view() as view:
            shown = show_pool(decode_edges(view.get("pool", [f"{key} web"])[f"{key} web"]))
        assert shown is not None
        return shown["need"]

    assert need() == 2
    record.rules.set_precedence("Service", "need", ["itop"])
    assert need() == 1
    record.rules.set_precedence("Service", "need", ["k8s", "itop"])
    assert need() == 2


def test_how_long_a_battery_lasts_goes_by_the_class_of_what_stands_on_it(record: Record) -> None:
    """Two sources say how long a relationship lasts; the rule of the class it starts at decides."""
    for source, minutes in (("netbox", 20), ("maalt", 12)):
        record.import_batches(
            [
                batch(
                    source,
                    "x",
                    items=[{"id": "s", "class": "Server"}, {"id": "u", "class": "UPS"}],
                    links=[{"from": "s", "type": "powered_by", "to": "u", "lasts_minutes": minutes}],
                )
            ]
        )
    server, ups = record.item_id("s"), record.item_id("u")
    with record.store.view() as view:
        (key,) = dict(view.documents("relationship"))
    assert {server, ups} == {key[:16], key.split(" ")[2]}

    def lasts() -> Any:
        with record.store.view() as view:
            shown = show_relationship(decode_edges(view.get("relationship", [key])[key]))
        assert shown is not None
        return shown["lasts_minutes"]

    class_ = "Server" if key.startswith(server) else "UPS"
    assert lasts() == 20
    assert record.rules.set_precedence(class_, "lasts_minutes", ["maalt"]).changed == 1
    assert lasts() == 12
    record.import_batches([batch("netbox", "x", items=[{"id": "s", "class": "Server"}, {"id": "u", "class": "UPS"}],
        links=[{"from": "s", "type": "powered_by", "to": "u", "lasts_minutes": 25}])])  # fmt: skip
    assert lasts() == 12
    assert record.rules.set_precedence(class_, "lasts_minutes", []).changed == 1
    assert lasts() == 25


def test_rules_that_cannot_be_are_refused(lite: Record) -> None:
    """Each says what is wrong."""
    for class_, field, sources, said in [
        ("Nonsense", "owner", ["a"], "unknown class"),
        ("Server", "colour", ["a"], "no field 'colour'"),
        ("Server", "class", ["a"], "leave the class out"),
        ("Server", "owner", ["a", "a"], "each source once"),
        ("Server", "owner", ["manual"], "comes first without a rule"),
    ]:
        with pytest.raises(UsageError, match=said):
            lite.rules.set_precedence(class_, field, sources)


def test_the_nearest_class_and_the_field_of_its_own_come_first() -> None:
    """A rule for a field before one for all; whom it does not name comes after."""
    rules = [
        PrecedenceRule("ConfigurationItem", "*", ["a", "b", "c"]),
        PrecedenceRule("Hardware", "owner", ["c"]),
        PrecedenceRule("Server", "owner", ["b"]),
    ]
    precedence = Precedence(rules, SHIPPED)
    assert precedence.ranks("Server", "a") == {"*": 0, "owner": 1}
    assert precedence.ranks("Hypervisor", "b") == {"*": 1, "owner": 0}
    assert precedence.ranks("Switch", "c") == {"*": 2, "owner": 0}
    assert precedence.ranks("Service", "d") == {}


_FIELDS = ("owner", "location", "class", "name", "attributes.rack", "attributes.row")


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_what_is_shown_is_that_of_the_first_in_the_rule_that_says_anything(data: st.DataObject) -> None:
    """Against a plain reading of the rules, for any claims in any order."""
    sources = data.draw(st.permutations(["a", "b", "c", "manual"]))[: data.draw(st.integers(2, 4))]
    claims = []
    for source in sources:
        said = {name: f"{name} of {source}" for name in ("owner", "location") if data.draw(st.booleans())}
        attributes = {name: source for name in ("rack", "row") if data.draw(st.booleans())}
        claims.append(
            claim(source, name=f"name of {source}", **said, **({"attributes": attributes} if attributes else {}))
        )
    rules = {}
    for field in ("*", *_FIELDS):
        order = data.draw(st.permutations(["a", "b", "c"]))[: data.draw(st.integers(0, 3))]
        if order:
            rules[field] = order
    precedence = Precedence([PrecedenceRule("ConfigurationItem", *each) for each in rules.items()], SHIPPED)
    document = encode_claims(claims)
    ranked = precedence.item(document)
    assert precedence.item(ranked) == ranked
    assert Precedence([], SHIPPED).item(ranked) == document
    shown = show_item(decode_item(ranked))

    def expected(field: str) -> Any:
        named = rules.get(field, [])
        order = ["manual", *named, *(each for each in rules.get("*", []) if each not in named)]
        order += [each for each in sources if each not in order]
        said = {each.source: each for each in claims}
        for source in order:
            if source not in said:
                continue
            each = said[source]
            if field == "name":
                return each.name
            name = field.removeprefix("attributes.")
            value = (each.values.get("attributes") or {}).get(name) if name != field else each.values.get(field)
            if value is not None:
                return value
        return None

    assert shown.name == expected("name")
    for field in ("owner", "location"):
        assert shown.values.get(field) == expected(field)
    for name in ("rack", "row"):
        assert (shown.values.get("attributes") or {}).get(name) == expected(f"attributes.{name}")


def test_an_absent_claim_speaks_only_when_no_other_does() -> None:
    """Whatever its rank."""
    import msgspec

    from cmdb.model import Absent

    gone = msgspec.structs.replace(claim("a", owner="Bo"), absent=Absent("2026", "missing"))
    precedence = Precedence([PrecedenceRule("ConfigurationItem", "*", ["a"])], SHIPPED)
    shown = show_item(decode_item(precedence.item(encode_claims([claim("b", owner="Åse"), gone]))))
    assert shown.values["owner"] == "Åse"


def test_a_denied_pool_stays_denied() -> None:
    """By hand comes before every rank."""
    claims = [EdgeClaim("a", "", {"need": 1}, "d", ranks={"need": 0}), EdgeClaim("manual", "", {}, "d", denied=True)]
    assert show_pool(claims) is None
