"""Foreign text made fit for a screen and for a spreadsheet. Names are data, whatever is in them."""

from __future__ import annotations

import re
from typing import Any, Final

__all__ = ["for_spreadsheet", "on_one_line", "plain", "sentence", "value_text"]

# What steers a terminal or turns the reading direction: controls, line and paragraph ends, direction marks, the byte
# order mark, tags, lone surrogates. Joiners stay, for emoji and several scripts are written with them.
_CONTROLS: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_CONTROLS_IN_LINES: Final = re.compile(_CONTROLS.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def on_one_line(text: str) -> str:
    r"""Return text for one cell or line: characters that would act on the terminal are shown as escapes.

    >>> print(on_one_line("web1\x1b[31m\nDROP"))
    web1\x1b[31m\nDROP
    """
    return _CONTROLS.sub(_escaped, text)


def plain(text: str) -> str:
    """Return text of several lines with every control but the line's end shown as an escape."""
    return _CONTROLS_IN_LINES.sub(_escaped, text)


def sentence(text: str, name: str = "") -> str:
    """Return text with a full stop and a capital first, unless it begins with this name: names keep their letters.

    >>> sentence("nothing breaks"), sentence("web1 stands on 3 items", "web1")
    ('Nothing breaks.', 'web1 stands on 3 items.')
    """
    return f"{text}." if name and text.startswith(f"{name} ") else f"{text[:1].upper()}{text[1:]}."


def for_spreadsheet(text: str) -> str:
    """Return text that no spreadsheet takes for a formula.

    >>> for_spreadsheet("=HYPERLINK(...)")
    "'=HYPERLINK(...)"
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def value_text(value: Any) -> str:
    """Return any value of the record as a person reads it; nothing for null.

    >>> value_text(True), value_text(["a", "b"]), value_text({"rack": 4}), value_text(2000.0)
    ('yes', 'a, b', 'rack: 4', '2000')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {value_text(member)}" for key, member in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(value_text, value))
    return str(value)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    named = {0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t"}.get(code)
    if named is not None:
        return named
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
