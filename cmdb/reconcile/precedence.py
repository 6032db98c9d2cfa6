"""Whose word counts, field by field: the site's rules, and what they make of the claims of an item, a pool or a link.

A rule is for a class and all below it, and for one field or for all; it names sources, the most trusted first. Stores
know no rules: what a rule says stands with each claim as its ranks. Knows no store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from cmdb.catalogue import Catalogue
from cmdb.model import ID_LENGTH, Change, Delta, decode_edges, decode_item, encode_claims, show_item
from cmdb.model.values import ItemValues
from cmdb.store.protocol import ReadView

__all__ = [
    "ALL_FIELDS",
    "FIELDS",
    "LINK_FIELDS",
    "POOL_FIELDS",
    "Precedence",
    "PrecedenceRule",
    "classes_after",
    "ranked_delta",
    "whole_delta",
]

ALL_FIELDS: Final = "*"
POOL_FIELDS: Final = ("need", "full", "switch_minutes", "beta")
LINK_FIELDS: Final = ("lasts_minutes", "standby")
FIELDS: Final = ("class", "name", *ItemValues.__annotations__, *POOL_FIELDS, *LINK_FIELDS)
"""What a rule may be about, beside `attributes.NAME`.

Fields of pools go by the class of their consumer, those of relationships by the class of the item they start at.
"""


class PrecedenceRule(msgspec.Struct, frozen=True):
    """Whose word counts for a field ("*": for all) of the items of a class; the most trusted source first."""

    class_name: str
    field: str
    sources: list[str]


class Precedence:
    """The rules of a record. A rule for a field comes before one for all, a rule for a class before one above it."""

    def __init__(self, rules: Iterable[PrecedenceRule], catalogue: Catalogue) -> None:
        self.rules = list(rules)
        self._catalogue = catalogue
        self._by_class: dict[str, dict[str, list[str]]] = {}
        for rule in self.rules:
            self._by_class.setdefault(rule.class_name, {})[rule.field] = rule.sources
        self._known: dict[tuple[str, str], dict[str, int]] = {}

    def __bool__(self) -> bool:
        return bool(self.rules)

    def ranks(self, class_name: str, source: str) -> dict[str, int]:
        """Return where a source stands in each field of a class that some rule is about; 0 is first."""
        asked = (class_name, source)
        found = self._known.get(asked)
        if found is None:
            rules: dict[str, list[str]] = {}
            for each in (class_name, *self._catalogue.ancestors(class_name)):
                for field, sources in self._by_class.get(each, {}).items():
                    rules.setdefault(field, sources)
            every = rules.pop(ALL_FIELDS, [])
            found = {ALL_FIELDS: every.index(source)} if source in every else {}
            for field, sources in rules.items():
                if source in sources:
                    found[field] = sources.index(source)
                elif source in every:  # whom the field's own rule does not name comes after those that it does
                    found[field] = len(sources) + every.index(source)
            self._known[asked] = found
        return found

    def item(self, document: bytes) -> bytes:
        """Return an item's document with the ranks that the rules give its claims."""
        claims = decode_item(document)
        if len(claims) == 1:
            return encode_claims([_with(claims[0], {})]) if claims[0].ranks else document
        root = [_with(claim, _only(self.ranks("ConfigurationItem", claim.source), ("class",))) for claim in claims]
        class_name = show_item(root).class_
        return encode_claims(
            [
                _with(each, _without(self.ranks(class_name, each.source), (*POOL_FIELDS, *LINK_FIELDS)))
                for each in claims
            ]
        )

    def pool(self, document: bytes, class_of: Callable[[], str]) -> bytes:
        """Return the document of a pool; `class_of` gives the class of its consumer, and is asked where it matters."""
        return self._edge(document, class_of, (*POOL_FIELDS, ALL_FIELDS))

    def relationship(self, document: bytes, class_of: Callable[[], str]) -> bytes:
        """Return the document of a relationship; `class_of` gives the class of the item it starts at."""
        return self._edge(document, class_of, (*LINK_FIELDS, ALL_FIELDS))

    def _edge(self, document: bytes, class_of: Callable[[], str], fields: Sequence[str]) -> bytes:
        claims = decode_edges(document)
        if len(claims) == 1:
            return encode_claims([_with(claims[0], {})]) if claims[0].ranks else document
        class_name = class_of()
        ranks = {each.source: _only(self.ranks(class_name, each.source), fields) for each in claims}
        return encode_claims([_with(each, ranks[each.source]) for each in claims])


def _with(claim: Any, ranks: dict[str, int]) -> Any:
    return claim if claim.ranks == ranks else msgspec.structs.replace(claim, ranks=ranks)


def _only(ranks: dict[str, int], fields: Sequence[str]) -> dict[str, int]:
    return {field: rank for field, rank in ranks.items() if field in fields}


def _without(ranks: dict[str, int], fields: Sequence[str]) -> dict[str, int]:
    return {field: rank for field, rank in ranks.items() if field not in fields}


def ranked_delta(delta: Delta, precedence: Precedence, class_of: Callable[[str], str]) -> Delta:
    """Return the Delta whose documents carry the ranks of the rules; `class_of` gives an item's class after it.

    Without a rule it is returned as it is.
    """
    if not precedence:
        return delta
    changes = []
    for change in delta.changes:
        after = change.after
        if after is not None and change.kind == "item":
            after = precedence.item(after)
        elif after is not None and change.kind == "pool":
            after = precedence.pool(after, partial(class_of, change.key[:ID_LENGTH]))
        elif after is not None:
            after = precedence.relationship(after, partial(class_of, change.key[:ID_LENGTH]))
        changes.append(Change(change.kind, change.key, change.before, after))
    return Delta.of(changes)


def classes_after(view: ReadView, delta: Delta, precedence: Precedence) -> Callable[[str], str]:
    """Return what gives the class of an item once a Delta is applied to a view."""
    changed = {change.key: change.after for change in delta.changes if change.kind == "item"}

    def class_of(item: str) -> str:
        document = changed[item] if item in changed else view.get("item", [item]).get(item)
        return "" if document is None else show_item(decode_item(precedence.item(document))).class_

    return class_of


def whole_delta(view: ReadView, precedence: Precedence) -> Delta:
    """Return the Delta that gives every item, pool and relationship of the record the ranks of these rules alone."""
    changes: list[Change] = []
    classes: dict[str, str] = {}

    def class_of(item: str) -> str:
        return classes.get(item, "")

    for key, document in view.documents("item"):
        after = precedence.item(document)
        classes[key] = show_item(decode_item(after)).class_
        changes.append(Change("item", key, document, after))
    for key, document in view.documents("pool"):
        after = precedence.pool(document, partial(class_of, key[:ID_LENGTH]))
        changes.append(Change("pool", key, document, after))
    for key, document in view.documents("relationship"):
        after = precedence.relationship(document, partial(class_of, key[:ID_LENGTH]))
        changes.append(Change("relationship", key, document, after))
    return Delta.of(changes)
