"""What an entity shows, merged from its claims. Pure: a document in, the shown values out.

Precedence: the manual claim first, then by the ranks that the claims carry, field by field, then in the order in which
they came, so that two sources never flip-flop a value. A claim that its source no longer upholds speaks only when no
other does. A null says nothing. Attributes are merged name by name, so that a source (or a hand) that adds one hides
none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from cmdb.model.claim import EdgeClaim, ItemClaim
from cmdb.model.vocabulary import MANUAL, PLACEHOLDER_CLASS

__all__ = ["ShownItem", "show_item", "show_pool", "show_relationship"]


_UNRANKED: Final = 1 << 30


class ShownItem(msgspec.Struct, frozen=True):
    """An item as its readers see it. `values` hold no class, name or status and no nulls."""

    class_: str
    name: str
    status: str
    values: dict[str, Any]
    external_ids: dict[str, list[str]]
    """Per source its primary id, then its aliases."""


def _by_precedence(claims: Sequence[Any]) -> list[Any]:
    return sorted(claims, key=lambda claim: claim.source != MANUAL)


def _first(claims: Sequence[Any], field: str) -> list[Any]:
    """Return the claims in the order in which they are asked for a field; they are ordered by precedence already."""
    return sorted(claims, key=lambda claim: -1 if claim.source == MANUAL else _rank(claim.ranks, field))


def _rank(ranks: dict[str, int], field: str) -> int:
    return ranks.get(field, ranks.get("*", _UNRANKED))


def _ranked_values(claims: Sequence[ItemClaim]) -> dict[str, Any]:
    """Merge the values of claims of which some carry ranks, field by field."""
    values: dict[str, Any] = {}
    for field in dict.fromkeys(key for claim in claims for key in claim.values):
        if field == "attributes":
            said = [claim.values[field] or {} for claim in claims if claim.values.get(field) is not None]
            for name in dict.fromkeys(name for each in said for name in each):
                for claim in _first(claims, f"attributes.{name}"):
                    given = claim.values.get("attributes") or {}
                    if name in given:
                        values.setdefault("attributes", {})[name] = given[name]
                        break
            continue
        for claim in _first(claims, field):
            if claim.values.get(field) is not None:
                values[field] = claim.values[field]
                break
    return values


def show_item(claims: Sequence[ItemClaim]) -> ShownItem:
    """Merge the claims on an item; there must be at least one.

    The status is `missing` or `retired` when every claim is absent; else what the first claim says that says
    anything, else `operational`. A claim with an empty class or name says nothing of it.
    """
    if len(claims) == 1 and claims[0].absent is None and claims[0].name and claims[0].class_:
        claim = claims[0]
        values = {key: value for key, value in claim.values.items() if value is not None}
        return ShownItem(
            claim.class_,
            claim.name,
            values.pop("status", "operational"),
            values,
            {claim.source: [claim.external_id, *claim.aliases]},
        )
    ordered = _by_precedence(claims)
    if any(claim.class_ not in ("", PLACEHOLDER_CLASS) for claim in ordered):
        # Who merely refers to an item says nothing of it beside one who shows it.
        ordered = [claim for claim in ordered if claim.class_ != PLACEHOLDER_CLASS]
    upheld = [claim for claim in ordered if claim.absent is None]
    ranked = any(claim.ranks for claim in ordered)
    values = _ranked_values(upheld or ordered) if ranked else {}
    for claim in () if ranked else upheld or ordered:
        for key, value in claim.values.items():
            if value is None:
                continue
            if key not in values:
                values[key] = value
            elif key == "attributes":
                values[key] = {**value, **values[key]}
    status = values.pop("status", "operational")
    if not upheld:
        retired = all(claim.absent.state == "retired" for claim in ordered if claim.absent is not None)
        status = "retired" if retired else "missing"
    # The upheld claims first: those that are absent fill in a class or a name that no other gives.
    speaking = [*upheld, *ordered]
    for_class = for_name = speaking
    if ranked:
        for_class = [*_first(upheld, "class"), *_first(ordered, "class")]
        for_name = [*_first(upheld, "name"), *_first(ordered, "name")]
    class_ = next((claim.class_ for claim in for_class if claim.class_), "")
    name = next((claim.name for claim in for_name if claim.name), "")
    external_ids: dict[str, list[str]] = {}
    for claim in claims:
        external_ids.setdefault(claim.source, []).extend([claim.external_id, *claim.aliases])
    return ShownItem(class_, name, status, values, external_ids)


def show_relationship(claims: Sequence[EdgeClaim]) -> dict[str, Any] | None:
    """Merge the claims on a relationship: its shown values, or None when a manual claim denies it.

    Pools are the union over sources. It is also required by itself (`required`) when a source says so; a source
    that states no pool contradicts nobody.
    """
    if len(claims) == 1:
        claim = claims[0]
        return None if claim.denied else claim.values
    ordered = _by_precedence(claims)
    if ordered[0].denied:
        return None
    shown: dict[str, Any] = {}
    pools: set[str] = set()
    for claim in ordered:
        pools.update(claim.values.get("pools") or ())
        if claim.values.get("required"):
            shown["required"] = True
    for key in dict.fromkeys(key for claim in ordered for key in claim.values if key != "pools"):
        for claim in _first(ordered, key):
            if claim.values.get(key) is not None:
                shown.setdefault(key, claim.values[key])
                break
    if pools:
        shown["pools"] = sorted(pools)
    return shown


def show_pool(claims: Sequence[EdgeClaim]) -> dict[str, Any] | None:
    """Merge the claims on a pool: its shown values, or None when a manual claim denies it.

    A stated need comes before an assumed one, whoever came first, but for a manual one, which is always stated.
    """
    ordered = _by_precedence(claims)
    if ordered[0].denied:
        return None
    stated = sorted(_first(ordered, "need"), key=lambda claim: bool(claim.values.get("assumed")))
    shown: dict[str, Any] = {}
    for claim in stated:
        if claim.values.get("need") is None:
            continue
        for key in ("need", "assumed", "confirmed_members"):
            if claim.values.get(key) is not None:
                shown[key] = claim.values[key]
        break
    for key in dict.fromkeys(key for claim in ordered for key in claim.values):
        if key not in ("need", "assumed", "confirmed_members"):
            for claim in _first(ordered, key):
                if claim.values.get(key) is not None:
                    shown[key] = claim.values[key]
                    break
    return shown
