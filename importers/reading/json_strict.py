"""JSON text to plain Python values, refusing what JSON does not promise to mean one thing.

In comes UTF-8; out go dicts, lists, text, numbers, booleans and None. Refuses duplicate keys, NaN, numbers that
no store can hold, lone surrogates, NUL characters and nesting deeper than `MAX_DEPTH`. Each check is a count
over the bytes that proves the common case clean; only a row that fails it is walked. Knows no file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn

import msgspec

__all__ = ["FEW_BRACKETS", "MAX_DEPTH", "JsonRefused", "RiskyBytes", "decode_strict", "refuse_unsafe"]

MAX_DEPTH = 100
FEW_BRACKETS = MAX_DEPTH - 2  # with fewer `[` an object without inner keys cannot be too deep
_INT64 = range(-(2**63), 2**63)
_LONGEST_SAFE_NUMBER = 18  # digits; every whole number of so many fits 64 bits

_decode = msgspec.json.Decoder().decode
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"0" * 9)
_LONG_NUMBER = b"0" * (_LONGEST_SAFE_NUMBER + 1)
_LONE_SURROGATE = re.compile(
    rb"(?<!\\)(?:\\\\)*(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
_LOOSE_COLON = re.compile(rb'"[ \t\r\n]+:')
_AT_BYTE = re.compile(r"^(?:JSON is malformed: )?(.*) \(byte (\d+)\)$")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],]')


class JsonRefused(Exception):
    """Text that is not JSON, or is not safe; `at` is the byte it shows at, -1 where that is not known.

    `cut_off` tells that the text ends in the middle.
    """

    def __init__(self, message: str, at: int = -1, *, cut_off: bool = False) -> None:
        self.message = message
        self.at = at
        self.cut_off = cut_off
        super().__init__(message)


class RiskyBytes:
    """Which of the costlier checks some JSON text needs, found once for many rows."""

    def __init__(self, text: bytes) -> None:
        self.values = _LONG_NUMBER in text.translate(_DIGITS_TO_ZERO) or b"\\u0000" in text
        self.brackets = text.count(b"[") >= FEW_BRACKETS


def decode_strict(text: bytes, risky: RiskyBytes) -> Any:
    """Return the value of `text`, one JSON value, of which `risky` was made (or of a text around it).

    Raises:
        JsonRefused: it is not JSON, or holds what no row may hold.
    """
    try:
        value = _decode(text)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        _explain(text, error)
    refuse_unsafe(value, text, risky)
    return value


def refuse_unsafe(value: Any, text: bytes, risky: RiskyBytes) -> None:
    """Raise `JsonRefused` if `value`, decoded from `text`, is JSON but holds what no row may hold."""
    # Each key in the text is followed by `":`, so with as many of these as keys none was lost to its double;
    # unless a blank stands between a key and its colon.
    if text.count(b'":') != _count_keys(value, MAX_DEPTH) or _LOOSE_COLON.search(text):
        _refuse_duplicate_keys(text)
    if risky.values:
        _refuse_unsafe_values(value)


def _explain(text: bytes, error: Exception) -> NoReturn:
    """Raise the `JsonRefused` that says in a person's words why the decoder refused `text`."""
    if isinstance(error, RecursionError):
        raise _too_deep() from None
    if lone := _LONE_SURROGATE.search(text):
        raise JsonRefused(
            "half a surrogate pair (\\ud800 to \\udfff) is no character: export it again", lone.end() - 6
        ) from None
    message = str(error)
    if "truncated" in message:
        raise JsonRefused("the text ends in the middle", cut_off=True) from None
    if "out of range" in message:
        raise JsonRefused("a number is too large to be kept: write it as text, in quotes") from None
    if found := _AT_BYTE.match(message):
        reason, at = found[1], int(found[2])
        around = text[max(0, at - 1) : at + 8]
        if any(word in around for word in (b"NaN", b"Infinity", b"nan", b"inf")):
            raise JsonRefused("NaN and Infinity are no numbers in JSON: use null", at) from None
        if text[at - 1 : at] == b"'" or text[at : at + 1] == b"'":
            reason = "JSON text stands in double quotes, not in single ones"
        raise JsonRefused(reason, at) from None
    raise JsonRefused(message) from None


def _count_keys(value: Any, levels: int) -> int:
    """Count the keys in `value` at every depth; refuse more than `levels` levels of lists and objects."""
    keys = 0
    if type(value) is dict:
        keys = len(value)
        inside: Iterable[Any] = value.values()
    elif type(value) is list:
        inside = value
    else:
        return 0
    if levels == 0:
        raise _too_deep()
    for inner in inside:
        if type(inner) is dict or type(inner) is list:
            keys += _count_keys(inner, levels - 1)
    return keys


def _refuse_duplicate_keys(text: bytes) -> None:
    try:
        json.loads(text, object_pairs_hook=_unique)
    except _DuplicateKeyError as duplicate:
        raise JsonRefused(
            f"the key {duplicate.key!r} stands twice in one object: keep one", _second_place(text, duplicate.key)
        ) from None
    except ValueError as error:  # the two decoders disagree on what JSON is: neither is to be trusted then
        raise JsonRefused(f"this is not JSON: {error}") from None


class _DuplicateKeyError(Exception):
    def __init__(self, key: str) -> None:
        self.key = key


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen = set[str]()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKeyError(key)
            seen.add(key)
    return members


def _second_place(text: bytes, key: str) -> int:
    """Return the byte at which an object of `text` says `key` again."""
    open_objects: list[set[bytes] | None] = []
    key_due = False
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark == b"{":
            open_objects.append(set())
            key_due = True
        elif mark == b"[":
            open_objects.append(None)
        elif mark in (b"}", b"]"):
            open_objects.pop()
        elif mark == b",":
            key_due = open_objects[-1] is not None
        elif key_due:
            key_due = False
            keys = open_objects[-1]
            if keys is not None and json.loads(mark) == key:
                if keys:
                    return token.start()
                keys.add(mark)
    return -1


def _refuse_unsafe_values(value: Any) -> None:
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if type(inner) is int:
            if inner not in _INT64:
                raise JsonRefused(f"the number {str(inner)[:30]} does not fit 64 bits: write it as text, in quotes")
        elif type(inner) is str:
            if "\0" in inner:
                raise JsonRefused("a NUL character (\\u0000) in a text: remove it")
        elif type(inner) is dict:
            waiting.extend(inner)
            waiting.extend(inner.values())
        elif type(inner) is list:
            waiting.extend(inner)


def _too_deep() -> JsonRefused:
    return JsonRefused(f"lists and objects are nested deeper than {MAX_DEPTH}: is this the right file?")
