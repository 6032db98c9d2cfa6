"""Papers without what they tell of purged items: requests, assessments, outages, reviews, problems of imports.

Takes a store and record ids, rewrites papers. A paper stays, and says `(purged)` where it named such an item; a row
of a list that is about one goes. What names an item is its record id anywhere, and its names and external ids in a
paper that speaks of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final, NamedTuple

import msgspec

from cmdb.model import Paper, decode_item
from cmdb.model.values import encode
from cmdb.store.protocol import Store

__all__ = ["PURGED", "forget_in_papers"]

PURGED: Final = "(purged)"
_SPEAKING: Final = ("id", "external_id")
"""Fields of a row by which it says whom it is about."""
_TELLING: Final = 4
"""Shorter names and ids are erased only where they stand alone: within a sentence they may mean anything."""


class _Known(NamedTuple):
    """How the items were known: record ids, and every name and external id that the history has of them."""

    ids: frozenset[str]
    words: frozenset[str]
    pattern: re.Pattern[str] | None

    def named(self, text: str) -> bool:
        """Tell whether a text is one of their ids or names, and nothing else."""
        return text in self.ids or text in self.words


def forget_in_papers(store: Store, items: Collection[str]) -> int:
    """Rewrite the papers that tell of these items (record ids), and return how many there were.

    It must come before the items are purged: the history tells by what names they were known.
    """
    known = _known(store, items)
    return store.rewrite_papers(lambda paper: _without(paper, known))


def _known(store: Store, items: Collection[str]) -> _Known:
    words: set[str] = set()
    for _, change in store.changes_of("item", sorted(items)):
        for document in (change.before, change.after):
            for claim in decode_item(document) if document is not None else ():
                words |= {claim.name, claim.external_id, *claim.aliases}
    words -= {""}
    long = sorted((re.escape(each) for each in {*words, *items} if len(each) >= _TELLING), key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(long)})(?!\w)") if long else None
    return _Known(frozenset(items), frozenset(words), pattern)


def _without(paper: Paper, known: _Known) -> Paper | None:
    """Return the paper as it may stay, None where it tells of none of the items."""
    value = msgspec.json.decode(paper.document)
    if not _speaks(value, known):
        return None
    return msgspec.structs.replace(paper, document=encode(_scrubbed(value, known)), note=_text(paper.note, known))


def _speaks(value: Any, known: _Known) -> bool:
    if isinstance(value, str):
        return any(each in value for each in known.ids)
    if isinstance(value, dict):
        if _is_about(value, known):
            return True
        return any(_speaks(each, known) for pair in value.items() for each in pair)
    return isinstance(value, list) and any(_speaks(each, known) for each in value)


def _is_about(row: dict[str, Any], known: _Known) -> bool:
    return any(isinstance(said := row.get(field), str) and known.named(said) for field in _SPEAKING)


def _scrubbed(value: Any, known: _Known) -> Any:
    if isinstance(value, str):
        return _text(value, known)
    if isinstance(value, dict):
        return {(PURGED if name in known.ids else name): _scrubbed(each, known) for name, each in value.items()}
    if isinstance(value, list):
        kept = [each for each in value if not (isinstance(each, dict) and _is_about(each, known))]
        return [_scrubbed(each, known) for each in kept]
    return value


def _text(text: str, known: _Known) -> str:
    if known.named(text):
        return PURGED
    return known.pattern.sub(PURGED, text) if known.pattern is not None else text
