"""How a word is compared: which spellings are one word, and which list of words is asked first.

In come names as people and products write them, out go keys for look-ups. Knows no class and no type.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

__all__ = ["COMMON", "list_order", "normal", "split_pair"]

COMMON: Final = "any"
"""The vocabulary that is asked last whatever the source: our own names and common short forms."""

_PUNCTUATION = {code: None for code in range(128) if not chr(code).isalnum()}


def normal(word: str) -> str:
    """Return the key of `word`: letters and digits only, case folded.

    Blanks, underscores, hyphens, dots and quotes of any kind do not tell words apart; letters with marks do.

    >>> normal("Linux Server") == normal("linux_server") == normal("LinuxServer")
    True
    """
    if word.isascii():
        return word.lower().translate(_PUNCTUATION)
    folded = unicodedata.normalize("NFKC", word).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def split_pair(name: str) -> tuple[str, str] | None:
    """Return the keys of the halves of "Depends on :: Used by", None for a name that is no such pair."""
    head, mark, tail = name.partition("::")
    if not mark or "::" in tail:
        return None
    return normal(head), normal(tail)


def list_order(vocabulary: str) -> Iterator[str]:
    """Yield the vocabularies to ask, first the closest: servicenow.install_status, servicenow, any."""
    asked = vocabulary
    while asked:
        yield asked
        asked = asked.rpartition(".")[0]
    yield COMMON
