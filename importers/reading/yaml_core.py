"""What a YAML scalar means: the core schema of YAML 1.2, and nothing more.

In comes the text of one scalar; out goes text, a number, a boolean or None. `NO`, `on`, `0123`, `12:30`,
`1_000` and `2026-11-23` are text, as the person who wrote them meant. Knows no file.
"""

from __future__ import annotations

import math
import re

from cmdb.model.scalars import RawFloat, RawInt

__all__ = ["Scalar", "ScalarRefused", "resolve", "resolve_tagged"]

Scalar = str | RawInt | RawFloat | bool | None

_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_MAY_BE_NUMBER = frozenset("0123456789+-.")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST_INT = 24  # characters; what is longer does not fit 64 bits in any base, or is no number people mean
_INT64 = range(-(2**63), 2**63)
_TAG = "tag:yaml.org,2002:"
_TYPES: dict[str, tuple[type, ...]] = {
    "int": (RawInt,),
    "float": (RawFloat, RawInt),
    "bool": (bool,),
    "null": (type(None),),
}


class ScalarRefused(ValueError):
    """A scalar that no row may hold; the message says what to write instead."""


def resolve(text: str) -> Scalar:
    """Return what a scalar written without quotes and without a tag means.

    A number that does not fit 64 bits stays text: it is a serial number or a digest, not an amount.

    >>> resolve("NO"), resolve("0123"), resolve("12"), resolve("~")
    ('NO', '0123', 12, None)

    Raises:
        ScalarRefused: NaN or infinity.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _MAY_BE_NUMBER:
        return text
    if _DECIMAL.fullmatch(text) or _OCTAL_OR_HEX.fullmatch(text):
        if len(text) > _LONGEST_INT:
            return text
        number = int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        return RawInt(number, text) if number in _INT64 else text
    if _FLOAT.fullmatch(text):
        value = float(text)
        return RawFloat(value, text) if math.isfinite(value) else text
    if _NOT_FINITE.fullmatch(text):
        raise ScalarRefused(f"{text} is no amount: leave the value out, or write it in quotes if it is text")
    return text


def resolve_tagged(tag: str, text: str) -> Scalar:
    """Return what a scalar with the explicit `tag` means.

    Raises:
        ScalarRefused: the tag is not of the core schema, or the text is not of its type.
    """
    name = tag.removeprefix(_TAG)
    if tag == "!" or (name == "str" and name != tag):
        return text
    if name == tag or name not in _TYPES:
        shown = f"!!{name}" if name != tag else tag
        raise ScalarRefused(f"the tag {shown} is not understood: leave it out, and write the value as plain YAML")
    value = resolve(text)
    if not isinstance(value, _TYPES[name]):
        raise ScalarRefused(f"{text!r} is not of the type its tag says (!!{name}): correct one of them")
    return value
