"""Edits by hand: claims of source `manual`, which win over every import until they are released.

Each function takes a write session and record ids, gives the Delta; nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cmdb.catalogue import Catalogue
from cmdb.errors import EditRefused, UsageError
from cmdb.model import (
    MANUAL,
    Change,
    Delta,
    EdgeClaim,
    ItemClaim,
    content_digest,
    decode_edges,
    decode_item,
    encode_claims,
    item_id,
    pool_key,
    relationship_key,
    show_item,
)
from cmdb.model.values import ValuesRefused, check_item, check_pool, check_relationship, encode
from cmdb.model.vocabulary import Kind
from cmdb.reconcile.items import claim_digest
from cmdb.store.protocol import ReadView

__all__ = ["add_item", "deny_pool", "deny_relationship", "edit_item", "put_pool", "put_relationship", "take_back"]


def _checked(check: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return dict(check(values))
    except ValuesRefused as refused:
        raise UsageError("; ".join(refused.complaints)) from None


def _class(catalogue: Catalogue, name: str) -> str:
    class_ = catalogue.class_named(name)
    if class_ is None:
        near = catalogue.suggest_class(name)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; see: cmdb catalogue"
        raise UsageError(f"unknown class {name!r}{hint}")
    return class_


def _claim(
    external_id: str, class_: str, name: str, values: dict[str, Any], aliases: tuple[str, ...] = ()
) -> ItemClaim:
    digest = claim_digest(external_id, class_, name, encode(values), aliases)
    return ItemClaim(MANUAL, "", external_id, class_, name, values, digest, aliases)


def add_item(
    view: ReadView, catalogue: Catalogue, class_name: str, name: str, values: Mapping[str, Any], external_id: str
) -> tuple[str, Delta]:
    """Return the record id of a new item and the Delta; raises EditRefused when the id is taken."""
    class_ = _class(catalogue, class_name)
    if not name.strip() or not external_id.strip():
        raise UsageError("an item needs a name and an id; give both as text")
    checked = {key: value for key, value in _checked(check_item, values).items() if value is not None}
    target = item_id(MANUAL, external_id)
    if view.get("item", [target]):
        raise EditRefused(f"there is an item {external_id!r} already; edit it, or give another id with --id")
    return target, Delta.of([Change("item", target, None, encode_claims([_claim(external_id, class_, name, checked)]))])


def edit_item(
    view: ReadView,
    catalogue: Catalogue,
    target: str,
    values: Mapping[str, Any],
    *,
    release: Iterable[str] = (),
    name: str | None = None,
    class_name: str | None = None,
) -> Delta:
    """Return the Delta that sets values by hand; a null withdraws, `release` lets the imports speak again.

    `release` names fields, or "all". Raises UsageError for values that cannot be, and EditRefused when releasing
    would leave the item without any claim.
    """
    document = view.get("item", [target])[target]
    claims = decode_item(document)
    mine = next((claim for claim in claims if claim.source == MANUAL), None)
    class_ = _class(catalogue, class_name) if class_name else mine.class_ if mine else ""
    called = name.strip() if name else mine.name if mine else ""
    said = {**(mine.values if mine else {}), **_checked(check_item, values)}
    if isinstance(values.get("attributes"), Mapping) and mine is not None:
        said["attributes"] = {**mine.values.get("attributes", {}), **values["attributes"]}
    let_go = set(release)
    others = [claim for claim in claims if claim.source != MANUAL]
    if "all" in let_go:
        said = {key: value for key, value in said.items() if key in values}
        class_, called = (class_, called) if not others else ("", "")
    said = {key: value for key, value in said.items() if value is not None and key not in let_go}
    if "name" in let_go and others:
        called = ""
    if "class" in let_go and others:
        class_ = ""
    if others and not said and not class_ and not called:
        after = encode_claims(others)
    else:
        if mine is None and not others:
            raise EditRefused("nobody would say anything of the item any more; retire it instead")
        external_id = mine.external_id if mine is not None else target
        claim = _claim(external_id, class_, called, said, mine.aliases if mine else ())
        after = encode_claims([claim if each.source == MANUAL else each for each in claims] + ([] if mine else [claim]))
    return Delta.of([Change("item", target, document, after)])


def _edge(view: ReadView, kind: Kind, key: str, claim: EdgeClaim) -> Delta:
    document = view.get(kind, [key]).get(key)
    claims = decode_edges(document) if document is not None else []
    if any(each.source == MANUAL for each in claims):
        merged: Sequence[EdgeClaim] = [claim if each.source == MANUAL else each for each in claims]
    else:
        merged = [*claims, claim]
    return Delta.of([Change(kind, key, document, encode_claims(merged))])


def oriented(
    view: ReadView, catalogue: Catalogue, start: str, type_name: str, end: str, key: str
) -> tuple[str, str, str, str]:
    """Return the relationship's key, its ends as the catalogue orders them, and its canonical type."""
    named = catalogue.type_named(type_name)
    if named is None:
        near = catalogue.suggest_type(type_name)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; see: cmdb catalogue --types"
        raise UsageError(f"unknown relationship type {type_name!r}{hint}")
    type_, swapped = named
    if start == end:
        raise UsageError("an item cannot be related to itself; check the ends")
    if swapped or (catalogue.types[type_].undirected and end < start):
        start, end = end, start
    return relationship_key(start, type_, end, key), start, end, type_


def put_relationship(
    view: ReadView, catalogue: Catalogue, start: str, type_name: str, end: str, key: str, values: Mapping[str, Any]
) -> Delta:
    """Return the Delta that says a relationship by hand; raises EditRefused for a pool that nobody knows."""
    text, start, end, type_ = oriented(view, catalogue, start, type_name, end, key)
    said = {name: value for name, value in _checked(check_relationship, values).items() if value not in (None, [])}
    documents = view.get("item", [start, end])
    classes = [show_item(decode_item(documents[each])).class_ for each in (start, end)]
    rule = catalogue.rule_for(type_, *classes)
    consumer = end if rule is not None and rule.consumer == "to" else start
    for name in said.get("pools", ()):
        by_rule = rule is not None and rule.pool is not None and rule.pool.name == name
        pool = pool_key(consumer, name)
        if not by_rule and not view.get("pool", [pool]):
            called = show_item(decode_item(documents[consumer])).name
            raise EditRefused(f"{called!r} has no pool {name!r}; make it first: cmdb pool {called!r} {name} --need N")
    return _edge(view, "relationship", text, EdgeClaim(MANUAL, "", said, content_digest(encode(said))))


def put_pool(view: ReadView, consumer: str, name: str, values: Mapping[str, Any]) -> Delta:
    """Return the Delta that says a pool by hand."""
    if not name.strip():
        raise UsageError("a pool needs a name")
    said = {key: value for key, value in _checked(check_pool, values).items() if value is not None}
    key = pool_key(consumer, name)
    document = view.get("pool", [key]).get(key)
    claims = decode_edges(document) if document is not None else []
    mine = next((claim.values for claim in claims if claim.source == MANUAL and not claim.denied), {})
    said = {**mine, **said}
    if "need" not in said:
        said["assumed"] = True
    else:
        said.pop("assumed", None)
    without = {name: value for name, value in said.items() if name != "confirmed_members"}
    return _edge(view, "pool", key, EdgeClaim(MANUAL, "", said, content_digest(encode(without))))


def take_back(view: ReadView, kind: Kind, key: str) -> Delta:
    """Return the Delta that removes a relationship or a pool by hand.

    Where only a manual claim says it, the claim is withdrawn; what an import says is denied, until released.
    """
    document = view.get(kind, [key]).get(key)
    if document is None:
        raise EditRefused("there is no such " + kind + "; look with: cmdb show ITEM")
    claims = decode_edges(document)
    others = [claim for claim in claims if claim.source != MANUAL]
    if not others:
        return Delta.of([Change(kind, key, document, None)])
    return _edge(view, kind, key, EdgeClaim(MANUAL, "", {}, content_digest(b"denied"), denied=True))


def deny_relationship(view: ReadView, catalogue: Catalogue, start: str, type_name: str, end: str, key: str) -> Delta:
    """Return the Delta that removes a relationship by hand; raises EditRefused when there is none."""
    text, *_ = oriented(view, catalogue, start, type_name, end, key)
    return take_back(view, "relationship", text)


def deny_pool(view: ReadView, consumer: str, name: str) -> Delta:
    """Return the Delta that removes a pool by hand; raises EditRefused when there is none."""
    return take_back(view, "pool", pool_key(consumer, name))
