"""Names that are alike across sources: a suggestion for a person, never a reason to merge.

Only names of one family of classes whose numbers agree are compared, for web1 and web2 are never one server, and
`web-01.oslo.no` may well be `WEB1`. Within such a block the likeness is that of rapidfuzz.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

__all__ = ["Alike", "Named", "alike", "folded"]

LIKE: Final = 88.0
"""The least likeness, of 100, that is worth a person's time: one letter of a name of eight."""

_BLOCK: Final = 1_500
"""A block with more names than this is compared only where the whole beginnings agree."""

_LONG: Final = 8
_TOO_MANY: Final = 10

_PARTS = re.compile(r"[^\W\d_]+|\d+")


class Named(NamedTuple):
    """An item by name. `family` are the classes it may be confused within; `sources` those that show it."""

    id: str
    family: str
    name: str
    sources: frozenset[str]


class Alike(NamedTuple):
    """Two items whose names are alike, and how much, of 100."""

    one: str
    other: str
    likeness: float


def folded(name: str) -> tuple[str, str]:
    """Return the letters and the numbers of a name, without case, separators, leading zeros and domain.

    >>> folded("WEB-01.oslo.example.no"), folded("web1"), folded("Lønn og personal 2024")
    (('web', '1'), ('web', '1'), ('lønn og personal', '2024'))
    """
    text = name.strip().casefold()
    if " " not in text and "." in text and not text.replace(".", "").isdigit():
        text = text.partition(".")[0]
    parts = _PARTS.findall(text)
    numbers = "-".join(part.lstrip("0") or "0" for part in parts if part[0].isdigit())
    return " ".join(part for part in parts if not part[0].isdigit()), numbers


def alike(names: Iterable[Named], among: Iterable[Named] | None = None, least: float = LIKE) -> list[Alike]:
    """Return the pairs whose names are alike, most alike first; each of `names` against `among`, or against each other.

    Two items that share a source are no pair: the source says that they are two. A name that more than ten others are
    like tells nobody apart, and is left out.
    """
    wanted = _grouped(names)
    known = wanted if among is None else _grouped(among)
    blocks: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for family, letters, numbers in known:
        for key in _keys(family, letters, numbers):
            blocks[key].append(letters)
    found: dict[tuple[str, str], float] = {}
    for (family, letters, numbers), mine in wanted.items():
        like: dict[str, float] = {}
        for key in _keys(family, letters, numbers):
            block = blocks.get(key)
            if block is not None and (len(block) <= _BLOCK or len(key[2]) >= _LONG):
                like.update(_like(letters, block, least))
        others = [(each, score) for text, score in like.items() for each in known[family, text, numbers]]
        if len(others) > _TOO_MANY + len(mine):
            continue
        for each in mine:
            for other, score in others:
                if other.id != each.id and not (other.sources & each.sources):
                    pair = (each.id, other.id) if each.id < other.id else (other.id, each.id)
                    found[pair] = max(score, found.get(pair, 0.0))
    return sorted((Alike(*pair, score) for pair, score in found.items()), key=lambda each: (-each.likeness, each[:2]))


def _grouped(names: Iterable[Named]) -> dict[tuple[str, str, str], list[Named]]:
    """Return the items by family, letters (words in order, so that word order does not count), numbers."""
    groups: defaultdict[tuple[str, str, str], list[Named]] = defaultdict(list)
    for each in names:
        letters, numbers = folded(each.name)
        if letters or numbers:
            groups[each.family, " ".join(sorted(letters.split())), numbers].append(each)
    return groups


def _like(letters: str, block: list[str], least: float) -> Iterator[tuple[str, float]]:
    from rapidfuzz import fuzz, process

    if not letters:
        yield from ((text, 100.0) for text in block if not text)
        return
    for text, score, _ in process.extract(letters, block, scorer=fuzz.ratio, score_cutoff=least, limit=None):
        yield text, score


def _keys(family: str, letters: str, numbers: str) -> list[tuple[str, str, str]]:
    """Return the blocks of a name: by its numbers and how it begins, for names of several words by each word.

    The short key is for small blocks, the long one is compared whatever the block's size.
    """
    words = letters.split()
    if not words:
        return [(family, numbers, "")]
    short = {word[:2] for word in words}
    long = letters.replace(" ", "")[:_LONG]
    return [(family, numbers, key) for key in sorted({*short, *([long] if len(long) == _LONG else ())})]
