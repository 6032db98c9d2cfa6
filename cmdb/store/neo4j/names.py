"""How class and type names become labels and relationship types: by rule, from a whitelist.

A name that the rule does not allow never comes near a statement. Names that this store uses itself are told apart.
"""

from __future__ import annotations

import functools
import hashlib
import re
from typing import Final

from cmdb.errors import EditRefused

__all__ = ["OWN_LABELS", "class_label", "index_key", "quoted", "relationship_type", "type_of"]

OWN_LABELS: Final = frozenset(
    [
        *("CI", "Pool", "Denied", "Record", "Revision", "RevisionPart", "DocumentPage", "ImportRun", "Baseline"),
        *("Setting", "Paper"),
    ]
)
_OWN_TYPES: Final = frozenset(["has_pool"])
_CLASS = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_TYPE = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST = 500  # characters; with four bytes each still far below the 8 kB that a range index takes


@functools.cache
def class_label(class_: str) -> str:
    """Return the label of a class; raises EditRefused for a name that can be none.

    >>> class_label("Server"), class_label("Pool")
    ('Server', 'CI_Pool')
    """
    if not _CLASS.fullmatch(class_):
        raise EditRefused(f"the class {class_[:80]!r} cannot be a label in Neo4j; use letters a to z and digits")
    return f"CI_{class_}" if class_ in OWN_LABELS else class_


@functools.cache
def relationship_type(type_: str) -> str:
    """Return what relationships of a type are called; raises EditRefused for a name that can be none.

    >>> relationship_type("runs_on"), relationship_type("has_pool")
    ('RUNS_ON', '_HAS_POOL')
    """
    if not _TYPE.fullmatch(type_):
        raise EditRefused(
            f"the type {type_[:80]!r} cannot be a relationship in Neo4j; use lower-case letters a to z, digits and _"
        )
    return f"_{type_.upper()}" if type_ in _OWN_TYPES else type_.upper()


def quoted(type_: str) -> str:
    """Return the relationship type of a type as it stands in the text of a statement.

    >>> quoted("runs_on")
    '`RUNS_ON`'
    """
    return f"`{relationship_type(type_)}`"


def type_of(graph_name: str) -> str:
    """Return the type whose relationships are called this in the graph.

    >>> type_of("RUNS_ON"), type_of("_HAS_POOL")
    ('runs_on', 'has_pool')
    """
    return graph_name.removeprefix("_").lower()


def index_key(text: str) -> str:
    """Return a text that stands for `text` in a unique index: itself, or its beginning and digest when it is long."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}…{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"
