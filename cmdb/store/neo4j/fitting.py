"""Whether a Delta fits the record it is to be written upon. Takes a view and a Delta, raises or says nothing.

Two writers never write at once, so this guards against a Delta that was made upon another state: nothing is
overwritten unseen, and no relationship or pool hangs on an item that is not there.
"""

from __future__ import annotations

from typing import Any, NoReturn

import msgspec

from cmdb.errors import StoreMoved
from cmdb.model import KINDS, Change, Delta, split_pool_key, split_relationship_key
from cmdb.store.neo4j.names import class_label, relationship_type
from cmdb.store.protocol import ReadView

__all__ = ["check_fits", "check_names"]

_FEW = 2_000  # keys that are looked up; for more, all documents of the kind are read through


class _Classed(msgspec.Struct, array_like=True):
    """As much of a claim on an item as tells its class."""

    source: msgspec.Raw
    scope: msgspec.Raw
    external_id: msgspec.Raw
    class_: str


_classes = msgspec.json.Decoder(list[_Classed])


def check_names(delta: Delta) -> None:
    """Raise EditRefused for a class or a type that cannot be a name in the graph."""
    classes: set[str] = set()
    types: set[str] = set()
    for kind, key, _, after in delta.changes:
        if kind == "item" and after is not None:
            classes.update(claim.class_ for claim in _classes.decode(after) if claim.class_)
        elif kind == "relationship":
            types.add(split_relationship_key(key)[1])
    for class_ in sorted(classes):
        class_label(class_)
    for type_ in sorted(types):
        relationship_type(type_)


def check_fits(view: ReadView, delta: Delta) -> None:
    """Raise StoreMoved when the Delta was made upon documents other than those that the view shows."""
    for kind in KINDS:
        changes = [change for change in delta.changes if change.kind == kind]
        if view.revision.number == 0:
            if any(change.before is not None for change in changes):
                _refuse()
            continue
        before = {change.key: change.before for change in changes}
        if len(changes) <= _FEW:
            held = view.get(kind, before)
        else:
            held = {key: document for key, document in view.documents(kind) if key in before}
        if any(held.get(key) != document for key, document in before.items()):
            _refuse()
    _check_ends(view, delta)


def _check_ends(view: ReadView, delta: Delta) -> None:
    there: set[str] = set()
    gone: set[str] = set()
    ends: set[str] = set()
    for change in delta.changes:
        if change.kind == "item":
            (gone if change.after is None else there).add(change.key)
        elif change.before is None:
            ends.update(_ends(change))
    wanted = ends - there
    if not wanted.isdisjoint(gone) or len(view.get("item", wanted)) != len(wanted):
        _refuse()
    if gone:
        going: dict[Any, set[str]] = {kind: set() for kind in KINDS}
        for change in delta.changes:
            if change.after is None:
                going[change.kind].add(change.key)
        for kind, left in view.touching(gone).items():
            if not left.keys() <= going[kind]:
                _refuse()


def _ends(change: Change) -> tuple[str, ...]:
    if change.kind == "pool":
        return split_pool_key(change.key)[:1]
    return split_relationship_key(change.key)[0:3:2]


def _refuse() -> NoReturn:
    raise StoreMoved("the change does not fit what the record holds; read it again and make it anew")
