"""Who is a member of which pool, as the documents of relationships say it: by a source, or by a catalogue rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from cmdb.catalogue import Catalogue
from cmdb.model import OUT_OF_SERVICE, decode_edges, decode_item, show_item, show_relationship, split_relationship_key

__all__ = ["consumer_and_provider", "is_in_service", "members_of", "memberships"]

_OUT_WORDS = [f'"{word}"'.encode() for word in OUT_OF_SERVICE]


def consumer_and_provider(
    catalogue: Catalogue, class_of: Callable[[str], str], start: str, type_: str, end: str
) -> tuple[str, str]:
    """Return which end consumes and which provides; without a rule `from` counts as the consumer."""
    rule = catalogue.rule_for(type_, class_of(start), class_of(end))
    return (end, start) if rule is not None and rule.consumer == "to" else (start, end)


def memberships(
    catalogue: Catalogue, class_of: Callable[[str], str], key: str, document: bytes
) -> Iterator[tuple[str, str, str]]:
    """Give (consumer, pool, provider) of every pool that a relationship puts its provider into."""
    shown = show_relationship(decode_edges(document))
    if shown is None:
        return
    start, type_, end, _ = split_relationship_key(key)
    rule = catalogue.rule_for(type_, class_of(start), class_of(end))
    consumer, provider = (end, start) if rule is not None and rule.consumer == "to" else (start, end)
    pools = shown.get("pools") or ([rule.pool.name] if rule is not None and rule.pool is not None else [])
    for name in pools:
        yield consumer, name, provider


def members_of(
    catalogue: Catalogue, class_of: Callable[[str], str], links: Iterable[tuple[str, bytes]], consumer: str, pool: str
) -> set[str]:
    """Return the providers in one pool, from the relationships that touch its consumer."""
    return {
        provider
        for key, document in links
        for owner, name, provider in memberships(catalogue, class_of, key, document)
        if (owner, name) == (consumer, pool)
    }


def is_in_service(document: bytes) -> bool:
    """Return whether an item is in service; only a document that holds such a word at all is opened."""
    for word in _OUT_WORDS:
        if word in document:
            return show_item(decode_item(document)).status not in OUT_OF_SERVICE
    return True
