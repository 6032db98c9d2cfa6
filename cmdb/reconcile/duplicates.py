"""Items of the record that are probably one: the same identity under two sources, or, as a suggestion, names alike.

Takes a view, gives pairs. Items that share a source are no pair: that source says that they are two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from typing import NamedTuple

from cmdb.catalogue import Catalogue
from cmdb.model import OUT_OF_SERVICE, decode_item, show_item
from cmdb.model.vocabulary import PLACEHOLDER_CLASS
from cmdb.reconcile.identification import folded_identity
from cmdb.reconcile.identity_rules import JUNK
from cmdb.reconcile.likeness import Named, alike
from cmdb.store.protocol import ReadView

__all__ = ["Pair", "duplicates"]

_FIELDS = ("serial_number", "cloud_id", "fqdn", "mac")


class Pair(NamedTuple):
    """Two record ids that are probably one item; `likeness` is of 100, and 100 for an identity that both have."""

    one: str
    other: str
    why: str
    likeness: float
    exact: bool


class _Live(NamedTuple):
    id: str
    class_: str
    name: str
    sources: frozenset[str]


def duplicates(
    view: ReadView,
    catalogue: Catalogue,
    *,
    junk: Container[str] = JUNK,
    settled: Container[frozenset[str]] = (),
    names: bool = True,
) -> list[Pair]:
    """Return the probable duplicates among the items in service, surest first.

    `settled` are pairs that somebody has decided; `names` asks for the suggestions by name too. What more than ten
    items share identifies none of them.
    """
    live: dict[str, _Live] = {}
    holders: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for key, document in view.documents("item"):
        claims = decode_item(document)
        shown = show_item(claims)
        if shown.class_ == PLACEHOLDER_CLASS or shown.status in OUT_OF_SERVICE or shown.status == "missing":
            continue
        live[key] = _Live(key, shown.class_, shown.name, frozenset(claim.source for claim in claims))
        for claim in claims:
            for field in _FIELDS:
                value = folded_identity(field, claim.values.get(field) or "")
                if value and value not in junk:
                    holders[field, value].add(key)
    found: dict[frozenset[str], Pair] = {}
    for (field, value), ids in holders.items():
        if not 1 < len(ids) <= 10:
            continue
        for one in sorted(ids):
            for other in sorted(ids):
                pair = frozenset((one, other))
                if one < other and pair not in settled and pair not in found and _may_be(catalogue, live, one, other):
                    why = f"both have the {field.replace('_', ' ')} {value}"
                    found[pair] = Pair(one, other, why, 100.0, exact=True)
    pairs = sorted(found.values(), key=lambda each: (live[each.one].name, each))
    if names and len({source for each in live.values() for source in each.sources}) > 1:
        named = [Named(each.id, _family(catalogue, each.class_), each.name, each.sources) for each in live.values()]
        for one, other, likeness in alike(named):
            pair = frozenset((one, other))
            if pair not in settled and pair not in found and _may_be(catalogue, live, one, other):
                why = "the same class and name" if likeness == 100 else f"names alike, {likeness:.0f} of 100"
                pairs.append(Pair(one, other, why, likeness, exact=False))
    return pairs


def _may_be(catalogue: Catalogue, live: dict[str, _Live], one: str, other: str) -> bool:
    mine, its = live[one], live[other]
    kindred = catalogue.is_a(mine.class_, its.class_) or catalogue.is_a(its.class_, mine.class_)
    return kindred and not (mine.sources & its.sources)


def _family(catalogue: Catalogue, class_: str) -> str:
    """Return the class below the root that a class belongs to."""
    known = catalogue.classes.get(class_)
    return class_ if known is None or len(known.ancestors) < 2 else known.ancestors[-2]
