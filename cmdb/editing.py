"""Edits by hand: claims of source `manual`, which win over every import until they are released.

Each function takes a write session and record ids, gives the Delta; nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cmdb.catalogue import Catalogue
from cmdb.errors import EditRefused, ItemNotFound, UsageError
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
from cmdb.model.values import ItemValues, ValuesRefused, check_item, check_pool, check_relationship, encode
from cmdb.model.vocabulary import Kind
from cmdb.reconcile.items import claim_digest
from cmdb.reconcile.links import without_idle
from cmdb.reconcile.membership import is_in_service, members_of
from cmdb.store.protocol import ReadView

__all__ = [
    "add_item",
    "deny_pool",
    "deny_relationship",
    "edit_item",
    "pooled",
    "put_pool",
    "put_relationship",
    "take_back",
]


def _checked(check: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    try:
        checked = dict(check(values))
        encode(checked)
    except ValuesRefused as refused:
        raise UsageError("; ".join(refused.complaints)) from None
    except (UnicodeEncodeError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise UsageError(f"a value cannot be kept: {error}; give text, numbers, lists and mappings") from None
    return checked


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


def _text(given: str, what: str, longest: int = 1_000) -> str:
    text = given.strip()
    if not text or len(text) > longest or not text.isprintable():
        raise UsageError(f"{what} is {given[:60]!r}: give 1 to {longest} printable characters")
    return text


def _said(before: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a claim says once `values` are laid over it, attributes name by name; a null takes back."""
    said = {**before, **values}
    if values.get("attributes") is not None:
        merged = {**(before.get("attributes") or {}), **values["attributes"]}
        said["attributes"] = {name: value for name, value in merged.items() if value is not None} or None
    return {key: value for key, value in said.items() if value is not None}


def _standing(view: ReadView, target: str) -> bytes:
    """Return an item's document; raises ItemNotFound when it went while somebody was editing it."""
    document = view.get("item", [target]).get(target)
    if document is None:
        raise ItemNotFound(target)
    return document


def add_item(
    view: ReadView, catalogue: Catalogue, class_name: str, name: str, values: Mapping[str, Any], external_id: str
) -> tuple[str, Delta]:
    """Return the record id of a new item and the Delta; raises EditRefused when the id is taken."""
    class_ = _class(catalogue, class_name)
    name, external_id = _text(name, "the name"), _text(external_id, "the id")
    checked = _said({}, _checked(check_item, values))
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
    document = _standing(view, target)
    claims = decode_item(document)
    mine = next((claim for claim in claims if claim.source == MANUAL), None)
    others = [claim for claim in claims if claim.source != MANUAL]
    let_go = {_released(field) for field in release}
    if not others and let_go & {"all", "class", "name"}:
        raise EditRefused("no import says anything of the item, nobody would be left to; retire it instead")
    checked = _checked(check_item, values)
    class_ = _class(catalogue, class_name) if class_name else ""
    called = _text(name, "the name") if name is not None else ""
    if mine is not None and "all" not in let_go:
        class_ = class_ or ("" if "class" in let_go else mine.class_)
        called = called or ("" if "name" in let_go else mine.name)
        said = _said({key: value for key, value in mine.values.items() if key not in let_go}, checked)
        gone = {field.partition(".")[2] for field in let_go if field.startswith("attributes.")}
        if gone and said.get("attributes"):
            said["attributes"] = {name: value for name, value in said["attributes"].items() if name not in gone}
            said = {key: value for key, value in said.items() if value != {}}
    else:
        said = _said({}, checked)
    if others and not said and not class_ and not called:
        after = encode_claims(others)
    else:
        external_id = mine.external_id if mine is not None else target
        claim = _claim(external_id, class_, called, said, mine.aliases if mine else ())
        after = encode_claims([claim if each.source == MANUAL else each for each in claims] + ([] if mine else [claim]))
    return Delta.of([Change("item", target, document, after)])


def _released(field: str) -> str:
    if field in ("all", "class", "name") or field in ItemValues.__annotations__ or field.startswith("attributes."):
        return field
    raise UsageError(f"there is no field {field!r} to release; name a field, attributes.NAME, or all")


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
    text, start, end, type_ = oriented(view, catalogue, start, type_name, end, _text(key, "the key") if key else "")
    said = without_idle(_checked(check_relationship, values))
    shown = {each: show_item(decode_item(_standing(view, each))) for each in (start, end)}
    rule = catalogue.rule_for(type_, shown[start].class_, shown[end].class_)
    consumer = end if rule is not None and rule.consumer == "to" else start
    for name in said.get("pools", ()):
        by_rule = rule is not None and rule.pool is not None and rule.pool.name == name
        pool = pool_key(consumer, name)
        if not by_rule and not view.get("pool", [pool]):
            called = shown[consumer].name
            raise EditRefused(f"{called!r} has no pool {name!r}; make it first: cmdb pool {called!r} {name} --need N")
    return _edge(view, "relationship", text, EdgeClaim(MANUAL, "", said, content_digest(encode(said))))


def put_pool(
    view: ReadView, consumer: str, name: str, values: Mapping[str, Any], catalogue: Catalogue | None = None
) -> Delta:
    """Return the Delta that says a pool by hand; a stated need is confirmed for the members there are now."""
    name = _text(name, "the name of the pool", 200)
    _standing(view, consumer)
    checked = _checked(check_pool, values)
    key = pool_key(consumer, name)
    document = view.get("pool", [key]).get(key)
    claims = decode_edges(document) if document is not None else []
    mine = next((claim.values for claim in claims if claim.source == MANUAL and not claim.denied), {})
    said = {key: value for key, value in {**mine, **checked}.items() if value is not None}
    if "need" not in said:
        said["assumed"] = True
    elif "need" in checked:
        said.pop("assumed", None)
    if "need" in checked and "confirmed_members" not in checked:
        members = 0 if catalogue is None else _members(view, catalogue, consumer, name)
        said.pop("confirmed_members", None)
        said |= {"confirmed_members": members} if members and not said.get("assumed") else {}
    without = {name: value for name, value in said.items() if name != "confirmed_members"}
    return _edge(view, "pool", key, EdgeClaim(MANUAL, "", said, content_digest(encode(without))))


def pooled(view: ReadView, consumer: str, name: str, links: Iterable[str], evidence: str) -> Delta:
    """Return the Delta that makes a pool of relationships that are there; its need is assumed, with the evidence."""
    changes = list(put_pool(view, consumer, name, {"evidence": evidence}).changes)
    for key in links:
        document = view.get("relationship", [key]).get(key)
        claims = decode_edges(document) if document is not None else []
        mine = next((claim.values for claim in claims if claim.source == MANUAL and not claim.denied), {})
        said = {**mine, "pools": sorted({*(mine.get("pools") or ()), name})}
        changes += _edge(view, "relationship", key, EdgeClaim(MANUAL, "", said, content_digest(encode(said)))).changes
    return Delta.of(changes)


def _members(view: ReadView, catalogue: Catalogue, consumer: str, name: str) -> int:
    """Return how many items in service are members of a pool now."""
    links = view.touching([consumer])["relationship"]
    ends = {end for key in links for end in key.split(" ", 3)[:3:2]}
    documents = view.get("item", sorted(ends))
    found = members_of(
        catalogue, lambda each: show_item(decode_item(documents[each])).class_, links.items(), consumer, name
    )
    return sum(is_in_service(documents[each]) for each in found)


def take_back(view: ReadView, kind: Kind, key: str) -> Delta:
    """Return the Delta that removes a relationship or a pool by hand.

    Where only a manual claim says it, the claim is withdrawn; what an import says is denied, until released.
    """
    document = view.get(kind, [key]).get(key)
    claims = decode_edges(document) if document is not None else []
    if not claims or any(claim.denied for claim in claims):
        raise EditRefused("there is no such " + kind + "; look with: cmdb show ITEM")
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
