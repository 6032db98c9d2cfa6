"""From what the files say to a catalogue that answers: inheritance, the order of rules, the tables of words.

Takes checked `Definitions`; `checking` has refused what this could not compile. Runs at every start, so it does
nothing but fill dictionaries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from cmdb.catalogue.catalogue import Catalogue, ItemClass, Lookup, RelationshipType, Rule
from cmdb.catalogue.definition import ClassDefinition, Definitions, TypeDefinition, WordLists
from cmdb.catalogue.words import COMMON, normal

__all__ = ["compile_catalogue", "lineage_of", "type_entries"]

FORMAT = 1
"""Goes into the digest: raised when the same files come to mean something else."""


def compile_catalogue(definitions: Definitions, origin: tuple[str, ...]) -> Catalogue:
    """Return the catalogue that `definitions`, free of contradictions, describe."""
    classes = {name: _compile_class(name, definitions.classes) for name in sorted(definitions.classes)}
    depths = {name: len(item_class.ancestors) for name, item_class in classes.items()}
    types = {name: _compile_type(name, definitions.types[name], depths) for name in sorted(definitions.types)}
    class_words: Lookup = {COMMON: {normal(name): name for name in classes}}
    for name, item_class in classes.items():
        for vocabulary, words in item_class.aliases.items():
            class_words.setdefault(vocabulary, {}).update((normal(word), name) for word in words)
    type_words: dict[str, dict[str, tuple[str, bool]]] = {}
    for name, definition in definitions.types.items():
        for vocabulary, key, swap, _ in type_entries(name, definition):
            type_words.setdefault(vocabulary, {})[key] = (name, swap)
    return Catalogue(
        classes=MappingProxyType(classes),
        types=MappingProxyType(types),
        class_words=class_words,
        type_words=type_words,
        status_words=_word_table(definitions.statuses),
        criticality_words=_word_table(definitions.criticalities),
        digest=_digest(classes, types, definitions),
        origin=origin,
    )


def lineage_of(name: str, classes: Mapping[str, ClassDefinition]) -> tuple[str, ...]:
    """Return `name` and the classes above it, as far as they are known and do not run in a circle."""
    lineage = [name]
    while (parent := classes[lineage[-1]].parent) is not None and parent in classes and parent not in lineage:
        lineage.append(parent)
    return tuple(lineage)


def type_entries(name: str, definition: TypeDefinition) -> Iterator[tuple[str, str, bool, str]]:
    """Yield (vocabulary, key, swap, the word as written) for all that a type is called.

    A pair "A::B" makes two words of its vocabulary: A as the type is read, B as its inverse is.
    """
    directed = not definition.undirected
    for word, swap in ((name, False), (definition.label or name, False), (definition.inverse or name, directed)):
        yield COMMON, normal(word), swap, word
    for aliases, swapped in ((definition.aliases, False), (definition.reversed_aliases, True)):
        for vocabulary, words in aliases.items():
            for word in words:
                head, pair, tail = word.partition("::")
                yield vocabulary, normal(head), swapped and directed, word
                if pair:
                    yield vocabulary, normal(tail), directed and not swapped, word


def _compile_class(name: str, classes: Mapping[str, ClassDefinition]) -> ItemClass:
    lineage = lineage_of(name, classes)
    said = [classes[above] for above in lineage]
    stale = next((each for each in said if each.stale_after_days is not None), None)
    rated = next((each for each in said if each.mtbf_hours is not None), None)
    return ItemClass(
        name=name,
        parent=said[0].parent,
        ancestors=lineage[1:],
        description=said[0].description or "",
        service=next((each.service for each in said if each.service is not None), False),
        tier=next((each.tier for each in said if each.tier is not None), None),
        stale_after_days=365 if stale is None or stale.stale_after_days is None else stale.stale_after_days,
        stale_source=(stale.stale_source if stale is not None else None) or "expert prior",
        mtbf_hours=None if rated is None else rated.mtbf_hours,
        mttr_hours=None if rated is None else rated.mttr_hours,
        source="" if rated is None else rated.source or "",
        network=next((each.network for each in said if each.network is not None), "end"),
        aliases=_frozen(said[0].aliases),
    )


def _compile_type(name: str, definition: TypeDefinition, depths: Mapping[str, int]) -> RelationshipType:
    rules = [Rule(each.consumer, each.impact, each.pool, each.from_class, each.to_class) for each in definition.rules]
    rules.sort(key=lambda rule: (-depths[rule.from_class] - depths[rule.to_class], rule.from_class, rule.to_class))
    return RelationshipType(
        name=name,
        inverse=(definition.inverse or name).replace("_", " "),
        label=definition.label or name.replace("_", " ").capitalize(),
        description=definition.description or "",
        undirected=definition.undirected,
        network=definition.network or ("link" if definition.undirected else "none"),
        rules=tuple(rules),
        aliases=_frozen(definition.aliases),
        reversed_aliases=_frozen(definition.reversed_aliases),
    )


def _frozen(aliases: dict[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({vocabulary: tuple(sorted(aliases[vocabulary])) for vocabulary in sorted(aliases)})


def _word_table(lists: WordLists) -> Lookup:
    table: Lookup = {COMMON: {normal(meaning): meaning for meaning in lists}}
    for meaning, vocabularies in lists.items():
        for vocabulary, words in vocabularies.items():
            table.setdefault(vocabulary, {}).update((normal(word), meaning) for word in words)
    return table


def _digest(classes: Mapping[str, ItemClass], types: Mapping[str, RelationshipType], definitions: Definitions) -> str:
    lists = [
        {meaning: {vocabulary: sorted(words) for vocabulary, words in by.items()} for meaning, by in given.items()}
        for given in (definitions.statuses, definitions.criticalities)
    ]
    content: list[Any] = [FORMAT, list(classes.values()), list(types.values()), *lists]
    encoded = msgspec.json.encode(content, order="sorted", enc_hook=dict)
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()
