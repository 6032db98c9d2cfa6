"""Numbers that remember how they were written.

In come numbers from a YAML file, where `version: 1.10` means 1.1 to a calculation and "1.10" to a reader.
Out goes whichever is due: they count as ordinary numbers, and `raw` holds what the file says, for fields that
hold text. Knows no file and no field.
"""

from __future__ import annotations

from typing import Any

__all__ = ["RawFloat", "RawInt", "plain"]


class RawInt(int):
    """A whole number with `raw`, its spelling in the file ("0x1F", "+7")."""

    raw: str

    def __new__(cls, value: int, raw: str) -> RawInt:
        self = super().__new__(cls, value)
        self.raw = raw
        return self

    def __getnewargs__(self) -> tuple[int, str]:  # type: ignore[override]  # copies and pickles keep `raw`
        return int(self), self.raw


class RawFloat(float):
    """A number with `raw`, its spelling in the file ("1.10", "2e3")."""

    raw: str

    def __new__(cls, value: float, raw: str) -> RawFloat:
        self = super().__new__(cls, value)
        self.raw = raw
        return self

    def __getnewargs__(self) -> tuple[float, str]:  # type: ignore[override]  # copies and pickles keep `raw`
        return float(self), self.raw


def plain(value: Any) -> Any:
    """Return `value` with every `RawInt` and `RawFloat` in it made an ordinary number.

    Lists and dicts are copied, dicts as plain `dict`. The JSON encoder takes no subclass of a number.

    >>> plain({"ports": [RawInt(31, "0x1F")]})
    {'ports': [31]}
    """
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [plain(member) for member in value]
    if isinstance(value, RawInt):
        return int(value)
    if isinstance(value, RawFloat):
        return float(value)
    return value
