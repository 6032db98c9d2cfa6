"""What an entity shows, merged from its claims. Pure: a document in, the shown values out.

Precedence: the manual claim first, then the claims in the order in which they came, so that two sources never
flip-flop a value. A claim that its source no longer upholds speaks only when no other does. A null says nothing.
Attributes are merged name by name, so that a source (or a hand) that adds one hides none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from cmdb.model.claim import EdgeClaim, ItemClaim
from cmdb.model.vocabulary import MANUAL, PLACEHOLDER_CLASS

__all__ = ["ShownItem", "show_item", "show_pool", "show_relationship"]


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
    values = {}
    for claim in upheld or ordered:
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
    class_ = next((claim.class_ for claim in speaking if claim.class_), "")
    name = next((claim.name for claim in speaking if claim.name), "")
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
        for key, value in claim.values.items():
            if value is not None and key != "pools":
                shown.setdefault(key, value)
        if claim.values.get("required"):
            shown["required"] = True
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
    stated = sorted(ordered, key=lambda claim: bool(claim.values.get("assumed")))
    shown: dict[str, Any] = {}
    for claim in stated:
        if claim.values.get("need") is None:
            continue
        for key in ("need", "assumed", "confirmed_members"):
            if claim.values.get(key) is not None:
                shown[key] = claim.values[key]
        break
    for claim in ordered:
        for key, value in claim.values.items():
            if value is not None and key not in ("need", "assumed", "confirmed_members"):
                shown.setdefault(key, value)
    return shown
