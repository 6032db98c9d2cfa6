"""What is supposed equals what a record would show after the same edits by hand, column by column.

These tests stand beside those of the snapshot because they are made of the same estates and built by the same builder.
"""

from __future__ import annotations

from typing import Any

from estate_strategies import CLASSES, Held, estates
from hypothesis import assume, given
from hypothesis import strategies as st
from snapshot_words import assert_equal, build

from cmdb.catalogue import load_catalogue
from cmdb.errors import UsageError
from cmdb.model import (
    EdgeClaim,
    ItemClaim,
    decode_edges,
    decode_item,
    encode_claims,
    item_id,
    pool_key,
    relationship_key,
    show_item,
    show_pool,
    show_relationship,
)
from impact.whatif import Hypothesis, apply
from impact.whatif.steps import step_of

CATALOGUE = load_catalogue(None)
# The hand that edits leaves its mark on an item; what is supposed does not, and has a digest of its own.
MARKS = ("shown", "revision_digest", "pool_shown", "relationship_shown")


def supposed(held: Held, *steps: tuple[str, Any]) -> Any:
    """Return the snapshot of an estate in which the steps hold."""
    hypothesis = Hypothesis(steps=tuple(step_of(kind, given) for kind, given in steps))
    return apply(build(held, CATALOGUE), hypothesis, CATALOGUE).snapshot


def edited(held: Held, kind: str, key: str, document: bytes | None) -> Held:
    """Return the estate with another document."""
    parts = {name: dict(documents) for name, documents in held.items()}
    if document is None:
        parts[kind].pop(key, None)  # type: ignore[index]
    else:
        parts[kind][key] = document  # type: ignore[index]
    return parts  # type: ignore[return-value]


def alone(item: bytes, **more: Any) -> bytes:
    """Return an item's document of one claim that shows the same and `more`."""
    shown = show_item(decode_item(item))
    values = {"status": shown.status, **shown.values, **more}
    values = {name: value for name, value in values.items() if value is not None}
    return encode_claims([ItemClaim("manual", "", "x", shown.class_, shown.name, values, "digest")])


def an_item(data: st.DataObject, held: Held) -> str:
    return data.draw(st.sampled_from(sorted(held["item"])))


@given(estates(), st.data())
def test_an_item_removed_is_an_item_retired(held: Held, data: st.DataObject) -> None:
    """Requirements on it are unmet, and pools have a member less."""
    assume(held["item"])
    id_ = an_item(data, held)

    found = supposed(held, ("remove", id_))

    expected = build(edited(held, "item", id_, alone(held["item"][id_], status="retired")), CATALOGUE)
    assert_equal(found, expected, but=MARKS)


@given(estates(), st.data())
def test_other_values_are_those_of_an_edit(held: Held, data: st.DataObject) -> None:
    """The columns that analyses read change in the row of the item and nowhere else."""
    assume(held["item"])
    id_ = an_item(data, held)

    found = supposed(held, ("set", {"item": id_, "mtbf_hours": 5000, "mttr_hours": 3, "users": 7}))

    values = {"mtbf_hours": 5000, "mttr_hours": 3, "users": 7}
    shown = show_item(decode_item(held["item"][id_])).values
    stale = ("availability", "mtbf_low_hours", "mtbf_high_hours", "mttr_low_hours", "mttr_high_hours")
    values |= {name: None for name in (*stale, "reliability_basis") if name in shown}
    expected = build(edited(held, "item", id_, alone(held["item"][id_], **values)), CATALOGUE)
    assert_equal(found, expected, but=MARKS)


@given(estates(), st.data(), st.sampled_from([1, 2, 3, "50%", "100%"]))
def test_another_need_is_that_of_an_edit(held: Held, data: st.DataObject, need: int | str) -> None:
    """Of pools that are recorded and of pools that rules make."""
    assume(held["item"])
    id_, name = an_item(data, held), data.draw(st.sampled_from(["web", "power", "uplinks", "hosts", "kjøling"]))
    try:
        found = supposed(held, ("need", {"consumer": id_, "pool": name, "need": need}))
    except UsageError as error:
        assert "has no pool" in str(error)  # noqa: PT017 - told apart from the pools there are below
        key = pool_key(id_, name)
        assert key not in held["pool"] or show_pool(decode_edges(held["pool"][key])) is None
        return

    key = pool_key(id_, name)
    shown = (show_pool(decode_edges(held["pool"][key])) if key in held["pool"] else None) or {}
    values = {name: value for name, value in shown.items() if name not in ("need", "assumed")} | {"need": need}
    expected = build(edited(held, "pool", key, encode_claims([EdgeClaim("acme", "", values, "digest")])), CATALOGUE)
    assert_equal(found, expected, but=MARKS)


@given(estates(), st.data())
def test_a_relationship_more_and_one_less_are_edits(held: Held, data: st.DataObject) -> None:
    """Whatever the type means between these classes: hard, soft, a pool by rule, nothing at all."""
    assume(len(held["item"]) > 1)
    one, other = an_item(data, held), an_item(data, held)
    assume(one != other)
    type_ = data.draw(st.sampled_from(["depends_on", "powered_by", "member_of", "located_in", "uplinks_to"]))
    pool = data.draw(st.sampled_from([None, "web", ["web", "ø"]]))
    key = relationship_key(one, type_, other, "new")

    more = supposed(held, ("relate", {"from": one, "type": type_, "to": other, "key": "new", "pool": pool}))

    values = {} if pool is None else {"pools": [pool] if isinstance(pool, str) else pool}
    after = edited(held, "relationship", key, encode_claims([EdgeClaim("acme", "", values, "digest")]))
    assert_equal(more, build(after, CATALOGUE), but=MARKS)
    less = supposed(after, ("unrelate", {"from": one, "type": type_, "to": other, "key": "new"}))
    assert_equal(less, build(held, CATALOGUE), but=MARKS)


@given(estates(), st.data())
def test_a_copy_has_what_its_original_has(held: Held, data: st.DataObject) -> None:
    """It requires the same, in the same pools of its own, and nobody requires it."""
    assume(held["item"])
    id_ = an_item(data, held)

    found = supposed(held, ("add_item", {"like": id_, "name": "en til"}))

    copy, shown = item_id("what-if", "en til"), show_item(decode_item(held["item"][id_]))
    own = {name: value for name, value in shown.values.items() if name != "users"}
    document = encode_claims([ItemClaim("what-if", "", "en til", shown.class_, "en til", own, "digest")])
    after = edited(held, "item", copy, document)
    for key, claims in held["relationship"].items():
        start, type_, end, parallel = key.split(" ", 3)
        said = show_relationship(decode_edges(claims))
        if id_ not in (start, end) or said is None:
            continue
        classes = [show_item(decode_item(held["item"][each])).class_ for each in (start, end)]
        rule = CATALOGUE.rule_for(type_, *classes)
        cabled = rule is None and type_ in CATALOGUE.types and CATALOGUE.types[type_].undirected
        consumes = rule is not None and id_ == (start if rule.consumer == "from" else end)
        if cabled or consumes:
            ends = [copy if each == id_ else each for each in (start, end)]
            ends = sorted(ends) if cabled else ends
            claim = EdgeClaim("acme", "", said, "digest")
            after = edited(
                after, "relationship", relationship_key(ends[0], type_, ends[1], parallel), encode_claims([claim])
            )
    for key, claims in held["pool"].items():
        owner, name = key.split(" ", 1)
        said = show_pool(decode_edges(claims))
        if owner == id_ and said is not None:
            after = edited(after, "pool", pool_key(copy, name), encode_claims([EdgeClaim("acme", "", said, "digest")]))
    assert_equal(found, build(after, CATALOGUE), but=(*MARKS, "type_names", "relationship_types"))


def test_the_classes_of_these_estates_are_those_of_the_catalogue() -> None:
    """A class that the catalogue does not know would be built anew, and none of this were tried."""
    assert set(CLASSES) <= set(CATALOGUE.classes)
