"""What iTop says of redundancy, as the need of a pool.

In comes the code (`disabled`, a number, a percentage) or the sentence that iTop shows for it; out goes the need.
`disabled` means that every member is required.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["EVERY", "need_of"]

EVERY: Final = "100%"
_COUNT: Final = re.compile(r"[0-9]+")
_PERCENT: Final = re.compile(r"([0-9]+(?:[.,][0-9]+)?) ?%")
_AT_LEAST: Final = re.compile(r"at least (one|[0-9]+(?:[.,][0-9]+)?)( ?%)?")


def need_of(text: str) -> str | None:
    """Return the need that a redundancy string states, None where it is not understood.

    >>> need_of("disabled"), need_of("2"), need_of("66.7%"), need_of("The farm is up if at least one hypervisor is up")
    ('100%', '2', '66.7%', '1')
    """
    said = text.strip().casefold()
    if said == "disabled" or re.search(r"\bis up if all\b", said):
        return EVERY
    if _COUNT.fullmatch(said):
        return said
    if (percent := _PERCENT.fullmatch(said)) is not None:
        return f"{percent[1].replace(',', '.')}%"
    if (least := _AT_LEAST.search(said)) is not None:
        number = "1" if least[1] == "one" else least[1].replace(",", ".")
        return f"{number}%" if least[2] else number
    return None
