"""Redundancy that the record only hints at: proposals with their evidence, never a reason to change anything.

Takes a view, gives suggestions. A hint is that one consumer requires several items in service of one class outright,
and that their names differ in their number alone (web1, web2), or that one replicates to, or is protected by, another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from typing import Final, NamedTuple

from cmdb.catalogue import Catalogue
from cmdb.model import (
    OUT_OF_SERVICE,
    ShownItem,
    decode_edges,
    decode_item,
    pool_key,
    show_item,
    show_relationship,
    split_relationship_key,
)
from cmdb.reconcile.decisions import matter_id
from cmdb.reconcile.likeness import folded
from cmdb.store.protocol import ReadView

__all__ = ["HintedPool", "hinted_pools"]

_COPIES: Final = ("replicates_to", "protected_by")


class HintedPool(NamedTuple):
    """A pool that may be: record ids of consumer and members, the relationships that would be in it, and why."""

    id: str
    consumer: str
    consumer_name: str
    name: str
    members: list[str]
    member_names: list[str]
    links: list[str]
    evidence: str


def hinted_pools(view: ReadView, catalogue: Catalogue, settled: Container[frozenset[str]] = ()) -> list[HintedPool]:
    """Return the suggestions, by consumer; `settled` are the sets of consumer and members that somebody has refused."""
    shown = {key: show_item(decode_item(document)) for key, document in view.documents("item")}
    required: defaultdict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    copies: dict[frozenset[str], str] = {}
    for key, document in view.documents("relationship"):
        start, type_, end, _ = split_relationship_key(key)
        said = show_relationship(decode_edges(document))
        if said is None or not (_serves(shown[start]) and _serves(shown[end])):
            continue
        if type_ in _COPIES:
            copies[frozenset((start, end))] = type_.replace("_", " ")
        rule = catalogue.rule_for(type_, shown[start].class_, shown[end].class_)
        if rule is None or rule.impact != "hard" or rule.pool is not None or said.get("pools") or said.get("required"):
            continue
        consumer, provider = (end, start) if rule.consumer == "to" else (start, end)
        required[consumer, shown[provider].class_][provider].append(key)
    known = {key for key, _ in view.documents("pool")}
    found = []
    for (consumer, class_), providers in required.items():
        for name, members, why in _groups(providers, shown, copies, class_):
            if frozenset((consumer, *members)) in settled:
                continue
            links = sorted(key for member in members for key in providers[member])
            called, count = name, 2
            while pool_key(consumer, called) in known:
                called, count = f"{name} {count}", count + 1
            found.append(
                HintedPool(
                    matter_id("pool", consumer, *members),
                    consumer,
                    shown[consumer].name,
                    called,
                    members,
                    [shown[member].name for member in members],
                    links,
                    f"{shown[consumer].name} requires {len(members)} items of class {class_}; {why}",
                )
            )
    return sorted(found, key=lambda each: (each.consumer_name, each.name, each.id))


def _serves(item: ShownItem) -> bool:
    return item.status not in OUT_OF_SERVICE


def _groups(
    providers: dict[str, list[str]], shown: dict[str, ShownItem], copies: dict[frozenset[str], str], class_: str
) -> list[tuple[str, list[str], str]]:
    """Return (name, members, why) of the providers that may stand for each other; each is in one group at most."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for each in sorted(providers):
        letters, numbers = folded(shown[each].name)
        words = letters.split()
        if words and not numbers and len(words) > 1 and len(words[-1]) == 1:
            words.pop()  # switch-a, switch-b
        elif not numbers:
            continue
        alike[" ".join(words)].append(each)
    groups = [
        (name, members, "their names differ in their number alone")
        for name, members in sorted(alike.items())
        if name and len(members) > 1
    ]
    taken = {each for _, members, _ in groups for each in members}
    for pair, word in sorted(copies.items(), key=lambda each: sorted(each[0])):
        members = sorted(pair)
        if pair <= providers.keys() and not taken & pair:
            taken |= pair
            groups.append(
                (class_, members, f"one is {word} the other" if word == "protected by" else f"one {word} the other")
            )
    return groups
