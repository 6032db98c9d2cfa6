"""Names made harmless for any picture: what steers a reader's screen or is forbidden in XML becomes visible text."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["visible"]

# Controls, half characters and non-characters may not stand in XML; direction marks turn the reading order around.
_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    r"""Return text in which every character can be seen.

    >>> print(visible("web1\x1b[31m\n"))
    web1\x1b[31m\n
    """
    return _HIDDEN.sub(lambda found: repr(found.group())[1:-1], text)
