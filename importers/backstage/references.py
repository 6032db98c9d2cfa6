"""Entity references, `[kind:][namespace/]name`, in full.

In comes text and what it leaves out by default; out goes the full reference, in lower case: Backstage compares so.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["DEFAULT_NAMESPACE", "ReferenceRefused", "full_reference", "reference_text"]

DEFAULT_NAMESPACE: Final = "default"
_REFERENCE: Final = re.compile(r"(?:(?P<kind>[^\s:/]+):)?(?:(?P<namespace>[^\s:/]+)/)?(?P<name>[^\s:/]+)")


class ReferenceRefused(ValueError):
    """A reference that names no entity; the message says what to write."""


def reference_text(kind: str, namespace: str, name: str) -> str:
    """Return the full reference to an entity."""
    return f"{kind}:{namespace}/{name}".lower()


def full_reference(given: object, *, kind: str | None, namespace: str) -> str:
    """Return the full form of a reference in an entity of `namespace`; `kind` is meant where it names none.

    >>> full_reference("team-a", kind="group", namespace="default")
    'group:default/team-a'

    Raises:
        ReferenceRefused: it is no reference, or names no kind where none is meant by default.
    """
    if isinstance(given, dict):  # the long form: {kind: ..., namespace: ..., name: ...}
        parts = {key: given.get(key) for key in ("kind", "namespace", "name")}
    else:
        text = getattr(given, "raw", given)
        found = _REFERENCE.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            raise ReferenceRefused(f"{str(text)[:60]!r} is no reference: write [kind:][namespace/]name")
        parts = dict(found.groupdict())
    meant, name = parts["kind"] or kind, parts["name"]
    if meant is None:
        raise ReferenceRefused(f"{str(given)[:60]!r} names no kind: write component:{given}, say")
    if not isinstance(name, str) or not name:
        raise ReferenceRefused(f"{str(given)[:60]!r} names no entity: it lacks a name")
    return reference_text(str(meant), str(parts["namespace"] or namespace), name)
