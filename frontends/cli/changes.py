"""Changes of fields in words, for the history and for differences between revisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from frontends.cli.text import value_text

if TYPE_CHECKING:
    from cmdb.history.describing import FieldChange

__all__ = ["change_text"]

_LONGEST = 60
_MOST_OF_NEW = 3
"""Fields that are told of something new; all of them are in the JSON."""
_KNOWN = ("name", "status")


def change_text(kind: str, fields: Sequence[FieldChange]) -> str:
    """Return what changed in one line: what came, what went, and what became of what.

    >>> from cmdb.history.describing import FieldChange
    >>> change_text("item", [FieldChange("owner", "Åse", "Ola"), FieldChange("users", None, 4)])
    'owner: Åse -> Ola; users: 4'
    """
    given = {each.field: each for each in fields}
    existence = given.pop("exists", None)
    told = []
    if existence is not None and existence.before is None:
        told.append("added")
    elif existence is not None and existence.after is None:
        told.append("taken away")
    if "denied" in given:
        denied = given.pop("denied")
        told = ["denied by hand"] if denied.after else ["no longer denied"]
        given = {}
    if kind == "item" and "class" in given and given["class"].before is None:
        told.append("added")
    elif kind == "item" and "class" in given and given["class"].after is None:
        told, given = ["erased"], {}
    if existence is not None and existence.after is None:
        given = {}
    said = [_one(each) for each in given.values() if not (told and each.field in _KNOWN)]
    if told and len(said) > _MOST_OF_NEW:
        said = [*said[:_MOST_OF_NEW], f"and {len(said) - _MOST_OF_NEW} more fields"]
    return "; ".join([*told, *said])


def _one(change: FieldChange) -> str:
    before, after = _short(change.before), _short(change.after)
    if change.field == "claims":
        return f"said by {after or 'nobody'} (before: {before or 'nobody'})"
    if change.before is None:
        return f"{change.field}: {after}"
    if change.after is None:
        return f"{change.field}: no longer {before}"
    return f"{change.field}: {before} -> {after}"


def _short(value: Any) -> str:
    text = value_text(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
