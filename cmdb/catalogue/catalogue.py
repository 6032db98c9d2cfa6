"""The compiled catalogue: what classes and relationship types mean, ready to be asked.

Made by `compiling`, asked by reconcile, the snapshot and the command line. Knows no file and no record. A class
that it does not hold (a site's file was lost since the import) is treated as a child of ConfigurationItem, so that
a record can always be read; an unknown type has no rule, and the answers count such links.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from cmdb.catalogue.definition import PoolRule
from cmdb.catalogue.words import list_order, normal, split_pair

__all__ = ["ROOT", "Catalogue", "ItemClass", "Lookup", "RelationshipType", "Rule", "VocabularyWords"]

ROOT: Final = "ConfigurationItem"

Lookup = dict[str, dict[str, str]]
"""Vocabulary -> key of a word -> what it means."""


class ItemClass(msgspec.Struct, frozen=True):
    """A class of items, with what it inherits filled in.

    `ancestors` runs from the parent to the root. `tier` is None where the class is not judged. Times are in the unit
    of their name; `mtbf_hours` is mean up time, `mttr_hours` clock hours; both None or both given, with `source`.
    `network` says whether a network runs through its items (switches), only ends at them (servers), or knows them not.
    """

    name: str
    parent: str | None
    ancestors: tuple[str, ...]
    description: str
    service: bool
    tier: int | None
    stale_after_days: int
    stale_source: str
    mtbf_hours: float | None
    mttr_hours: float | None
    source: str
    network: Literal["through", "end", "none"]
    aliases: Mapping[str, tuple[str, ...]]


class Rule(msgspec.Struct, frozen=True):
    """What a lost provider does to its consumer. `from_class` and `to_class` are the pair it was written for."""

    consumer: Literal["from", "to"]
    impact: Literal["hard", "soft", "none"]
    pool: PoolRule | None
    from_class: str
    to_class: str

    @property
    def effect(self) -> tuple[str, str, PoolRule | None]:
        """What the rule says, whichever pair of classes it was written for."""
        return self.consumer, self.impact, self.pool


class RelationshipType(msgspec.Struct, frozen=True):
    """A type of relationship, read "from TYPE to"; `inverse` is the same read from the other end.

    `rules` stand most specific first. An undirected type has none. `network` says whether it is a link of the network,
    or a requirement to reach the provider over the network.
    """

    name: str
    inverse: str
    label: str
    description: str
    undirected: bool
    network: Literal["link", "reach", "none"]
    rules: tuple[Rule, ...]
    aliases: Mapping[str, tuple[str, ...]]
    reversed_aliases: Mapping[str, tuple[str, ...]]

    @property
    def neo4j_name(self) -> str:
        """The name of the type in Neo4j: upper snake case."""
        return self.name.upper()


class VocabularyWords:
    """The catalogue's words for status and criticality as one vocabulary has them (`cmdb.model` asks for these)."""

    def __init__(self, catalogue: Catalogue, vocabulary: str) -> None:
        self._catalogue = catalogue
        self._vocabulary = vocabulary

    def status(self, text: str) -> str | None:
        """Return the record's status for a foreign word, None when nobody has said what it means."""
        return self._catalogue.status_named(text, self._vocabulary)

    def criticality(self, text: str) -> str | None:
        """Return the record's criticality for a foreign word, None when nobody has said what it means."""
        return self._catalogue.criticality_named(text, self._vocabulary)


class Catalogue:
    """Classes, relationship types and foreign words at one state of the files. Nothing in it changes."""

    def __init__(
        self,
        *,
        classes: Mapping[str, ItemClass],
        types: Mapping[str, RelationshipType],
        class_words: Lookup,
        type_words: dict[str, dict[str, tuple[str, bool]]],
        status_words: Lookup,
        criticality_words: Lookup,
        digest: str,
        origin: tuple[str, ...],
    ) -> None:
        self.classes = classes
        self.types = types
        self.digest = digest
        """Hex digest of all that the catalogue holds: equal on every machine, whatever the order in the files."""
        self.origin = origin
        """The files it was made of, the site's last."""
        self._class_words = class_words
        self._type_words = type_words
        self._status_words = status_words
        self._criticality_words = criticality_words
        self._pairs = {
            name: {(rule.from_class, rule.to_class): rule for rule in kind.rules} for name, kind in types.items()
        }
        self._rules: dict[tuple[str, str, str], Rule | None] = {}
        self._lineages = {name: (name, *item_class.ancestors) for name, item_class in classes.items()}
        self._services = frozenset(name for name, item_class in classes.items() if item_class.service)

    # ---- classes ----------------------------------------------------------------------------------------------

    def ancestors(self, class_name: str) -> tuple[str, ...]:
        """Return the classes above, parent first; the root alone for a class that the catalogue does not hold."""
        return self._lineage(class_name)[1:]

    def is_a(self, class_name: str, ancestor: str) -> bool:
        """Whether items of the class are also of `ancestor`; every class is also itself."""
        return ancestor in self._lineage(class_name)

    def is_service(self, class_name: str) -> bool:
        """Whether items of the class are services in the answers."""
        return class_name in self._services

    def _lineage(self, class_name: str) -> tuple[str, ...]:
        return self._lineages.get(class_name) or (class_name, ROOT)

    # ---- rules ------------------------------------------------------------------------------------------------

    def rule_for(self, type_name: str, from_class: str, to_class: str) -> Rule | None:
        """Return the most specific rule for the pair of classes; None means "not evaluated".

        The most specific pair is the one with the greatest sum of depths below the root. Canonical names only.
        """
        asked = (type_name, from_class, to_class)
        try:
            return self._rules[asked]
        except KeyError:
            rule = self._rules[asked] = self._find_rule(*asked)
            return rule

    def _find_rule(self, type_name: str, from_class: str, to_class: str) -> Rule | None:
        pairs = self._pairs.get(type_name)
        if not pairs:
            return None
        above_from, above_to = self._lineage(from_class), self._lineage(to_class)
        for steps_up in range(len(above_from) + len(above_to) - 1):  # fewest steps up = deepest pair
            for up in range(min(steps_up, len(above_from) - 1) + 1):
                if steps_up - up < len(above_to):
                    rule = pairs.get((above_from[up], above_to[steps_up - up]))
                    if rule is not None:
                        return rule
        return None

    # ---- words ------------------------------------------------------------------------------------------------

    def class_named(self, name: str, vocabulary: str = "") -> str | None:
        """Return the class that `name` stands for in a vocabulary ("" for our own), None when nobody has said."""
        return _meaning(self._class_words, name, vocabulary)

    def type_named(self, name: str, vocabulary: str = "") -> tuple[str, bool] | None:
        """Return the type that `name` stands for and whether the ends must be swapped, None when nobody has said.

        Understands the type's name, its label, its inverse, aliases, and pairs "A::B" where A is read from the
        first end (ServiceNow's parent): both halves must be known and be the two readings of one type. Pairs are
        ServiceNow's way, so without a vocabulary they are read as ServiceNow's. Undirected types are never swapped.
        """
        pair = split_pair(name)
        if pair is None:
            return self._type_word(normal(name), vocabulary)
        asked = vocabulary or "servicenow"
        first, second = (self._type_word(half, asked) for half in pair)
        if first is None or second is None or first[0] != second[0]:
            return None
        if self.types[first[0]].undirected:
            return first
        return first if first[1] != second[1] else None

    def _type_word(self, key: str, vocabulary: str) -> tuple[str, bool] | None:
        for asked in list_order(vocabulary):
            found = self._type_words.get(asked, {}).get(key)
            if found is not None:
                return found
        return None

    def status_named(self, text: str, vocabulary: str = "") -> str | None:
        """Return the record's status for a word; "servicenow.install_status" asks for the codes of that field."""
        return _meaning(self._status_words, text, vocabulary)

    def criticality_named(self, text: str, vocabulary: str = "") -> str | None:
        """Return the record's criticality for a word of a vocabulary."""
        return _meaning(self._criticality_words, text, vocabulary)

    def words(self, vocabulary: str = "") -> VocabularyWords:
        """Return the words for status and criticality of one vocabulary, as `cmdb.model` takes them."""
        return VocabularyWords(self, vocabulary)

    # ---- hints ------------------------------------------------------------------------------------------------

    def suggest_class(self, name: str) -> list[str]:
        """Return up to three classes whose name, or a common alias, is close to `name`."""
        return _near(name, self._class_words)

    def suggest_type(self, name: str) -> list[str]:
        """Return up to three types whose name, inverse or alias is close to `name`."""
        lookup = {
            vocabulary: {key: found[0] for key, found in words.items()}
            for vocabulary, words in self._type_words.items()
        }
        return _near(name, lookup)


def _meaning(lookup: Lookup, word: str, vocabulary: str) -> str | None:
    key = normal(word)
    for asked in list_order(vocabulary):
        found = lookup.get(asked, {}).get(key)
        if found is not None:
            return found
    return None


def _near(name: str, lookup: Lookup) -> list[str]:
    from difflib import get_close_matches  # only ever needed for an error message

    meanings: dict[str, str] = {}
    for words in lookup.values():
        for key, meaning in words.items():
            meanings.setdefault(key, meaning)
    meanings.update(lookup.get("any", {}))
    close = get_close_matches(normal(name.partition("::")[0]), meanings, n=6, cutoff=0.72)
    return list(dict.fromkeys(meanings[key] for key in close))[:3]
