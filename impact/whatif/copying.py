"""A copy of an item in a draft: its values, what it requires, how it is cabled. Nobody requires the copy yet."""

from __future__ import annotations

from typing import Final

from cmdb.errors import UsageError
from cmdb.model import OUT_OF_SERVICE
from impact.whatif.drafting import Draft

__all__ = ["copy_item"]

_OF_ITS_OWN: Final = ("serial_number", "asset_tag", "cloud_id", "fqdn", "ip", "mac", "users", "status")
"""What a copy does not share with its original: what identifies one thing, who uses it now, and its state."""


def copy_item(draft: Draft, like: str, *, name: str | None, on: str | None, instead_of: str | None) -> tuple[str, str]:
    """Add a copy of the item `like` to the draft; return its record id and a sentence on what it was given.

    It requires what its original requires and is cabled as that is; `on` (a record id) takes the place of the
    provider `instead_of`, or of the one that is of its class. Raises UsageError when that is none or several.
    """
    values = {field: value for field, value in draft.values(like).items() if field not in _OF_ITS_OWN}
    replaced = None if on is None else _replaced(draft, like, on, instead_of)
    called = name or _free_name(draft, like)
    copy = draft.add(draft.class_of(like), called, values)
    required = 0
    for link in draft.links_of(like):
        if link.provider == like or (
            link.consumer is None and link.impact == "no_rule" and not draft.undirected(link.type)
        ):
            continue
        ends = [
            copy if end == like else on if end == replaced and on is not None else end for end in (link.start, link.end)
        ]
        draft.put_link(ends[0], link.type, ends[1], link.key, link.shown)
        required += link.consumer == like
    for pool in draft.pools_of(like):
        seen = draft.pool(like, pool)
        if seen.recorded:
            draft.put_pool(copy, pool, seen.shown)
    told = f"{called} is like {draft.name(like)}: "
    told += (
        "it requires nothing"
        if not required
        else f"it requires the same {required} things"
        if required > 1
        else "it requires the same"
    )
    if replaced is not None and on is not None:
        told += f", but {draft.name(on)} in place of {draft.name(replaced)}"
    return copy, told


def _free_name(draft: Draft, like: str) -> str:
    number, base = 2, draft.name(like)
    while draft.is_supposed(called := f"{base} (copy)" if number == 2 else f"{base} (copy {number - 1})"):
        number += 1
    return called


def _replaced(draft: Draft, like: str, on: str, instead_of: str | None) -> str:
    """Return the provider of `like` that `on` takes the place of."""
    providers = {
        link.provider: None for link in draft.links_of(like) if link.consumer == like and link.provider is not None
    }
    if draft.status(on) in OUT_OF_SERVICE:
        raise UsageError(f"{draft.name(on)} is {draft.status(on)}: nothing can stand on it")
    if instead_of is not None:
        if instead_of not in providers:
            raise UsageError(
                f"{draft.name(like)} does not require {draft.name(instead_of)}: {_there(draft, list(providers))}"
            )
        return instead_of
    class_name = draft.class_of(on)
    alike = [provider for provider in providers if draft.class_of(provider) == class_name]
    if len(alike) == 1:
        return alike[0]
    if alike:
        names = ", ".join(map(draft.name, alike))
        raise UsageError(
            f"{draft.name(like)} requires several items of class {class_name} ({names}): say which with instead_of"
        )
    raise UsageError(
        f"{draft.name(like)} requires no {class_name} by itself that {draft.name(on)} could replace: "
        f"{_there(draft, list(providers))}; add a copy of what stands between them first, or say instead_of"
    )


def _there(draft: Draft, providers: list[str]) -> str:
    if not providers:
        return "it requires nothing"
    shown = ", ".join(f"{draft.name(each)} ({draft.class_of(each)})" for each in providers[:5])
    return f"it requires {shown}" + (f" and {len(providers) - 5} more" if len(providers) > 5 else "")
