"""Debian's dependency fields, and the order of its versions.

In comes the text of a field; out go groups of alternatives. Knows no package but by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import zip_longest
from typing import Final, NamedTuple

__all__ = ["Alternative", "RelationRefused", "compare_versions", "groups_of", "satisfies"]

_ALTERNATIVE: Final = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\(\s*(?P<op><<|<=|=|>=|>>|<|>)\s*(?P<version>[^\s)]+)\s*\))?"
    r"\s*(?:\[[^\]]*\])?\s*(?:<[^>]*>\s*)*"
)
_DIGITS: Final = re.compile(r"(\d+)")
_HOLDS: Final[dict[str, Callable[[int], bool]]] = {
    "<<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    "<": lambda order: order <= 0,  # the old spelling means "or equal", says Debian policy 7.1
    "=": lambda order: order == 0,
    ">": lambda order: order >= 0,
    ">=": lambda order: order >= 0,
    ">>": lambda order: order > 0,
}


class RelationRefused(ValueError):
    """A dependency that is not written as Debian writes them."""


class Alternative(NamedTuple):
    """One name of a dependency, with the version it must have."""

    name: str
    operator: str
    version: str


def groups_of(field: str) -> list[list[Alternative]]:
    """Return a field's dependencies, each the list of its alternatives; raises RelationRefused.

    >>> [[each.name for each in group] for group in groups_of("a (>= 1), b | c:any")]
    [['a'], ['b', 'c']]
    """
    groups = []
    for group in " ".join(field.split()).split(","):
        if not group.strip():
            continue
        alternatives = []
        for text in group.split("|"):
            found = _ALTERNATIVE.fullmatch(text.strip())
            if found is None:
                raise RelationRefused(f"{text.strip()[:60]!r} is no dependency: it is a name and perhaps (>= VERSION)")
            alternatives.append(Alternative(found["name"].lower(), found["op"] or "", found["version"] or ""))
        groups.append(alternatives)
    return groups


def satisfies(alternative: Alternative, version: str | None) -> bool:
    """Tell whether a package of that version will do; a provider that states no version meets no versioned need."""
    if not alternative.operator:
        return True
    return version is not None and _HOLDS[alternative.operator](compare_versions(version, alternative.version))


def compare_versions(one: str, other: str) -> int:
    """Return -1, 0 or 1 as one version is before, equal to or after another (Debian policy, 5.6.12).

    >>> compare_versions("1:0.9", "2.0"), compare_versions("1.0~rc1", "1.0"), compare_versions("1.10-2", "1.9-3")
    (1, -1, 1)
    """
    (one_epoch, one_main, one_build), (other_epoch, other_main, other_build) = _parts(one), _parts(other)
    if one_epoch != other_epoch:
        return 1 if one_epoch > other_epoch else -1
    return _order(one_main, other_main) or _order(one_build, other_build)


def _parts(version: str) -> tuple[int, str, str]:
    epoch, colon, rest = version.partition(":")
    if not colon or not epoch.isdecimal():
        epoch, rest = "0", version
    main, dash, build = rest.rpartition("-")
    return int(epoch), main if dash else rest, build if dash else "0"


def _order(one: str, other: str) -> int:
    """Compare runs of letters and of digits in turn: letters before signs, "~" before everything, even the end."""
    for left, right in zip_longest(_runs(one), _runs(other), fillvalue=("", 0)):
        if left != right:
            for a, b in zip_longest(left[0], right[0], fillvalue=""):
                if a != b:
                    return 1 if _weight(a) > _weight(b) else -1
            return 1 if left[1] > right[1] else -1
    return 0


def _runs(text: str) -> list[tuple[str, int]]:
    pieces = _DIGITS.split(text)
    return [(letters, int(digits or 0)) for letters, digits in zip_longest(pieces[::2], pieces[1::2], fillvalue="")]


def _weight(letter: str) -> int:
    if letter == "~":
        return -1
    if letter == "":
        return 0
    return ord(letter) if letter.isalpha() else ord(letter) + 256
