"""Brings a held snapshot up to a newer revision from the changes alone, without reading the record again.

Takes a snapshot and the changes since, gives the snapshot of the newer revision: the same, column by column, as one
built from scratch. What a record would show after edits that nobody makes is found in the same way: `amended`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cmdb.catalogue import Catalogue
from cmdb.model import CRITICALITIES, STATUSES, Change, Revision, split_pool_key, split_relationship_key
from cmdb.snapshot.build import basis_codes, decode_inputs, finish, in_service_of
from cmdb.snapshot.snapshot import NUMBERS, Snapshot
from cmdb.store.shown import ItemRowShown, shown_item_row, shown_pool_row, shown_relationship_row

__all__ = ["MOST_CHANGES", "Amendment", "ItemRowShown", "Rules", "amended", "catch_up"]

Rules = Catalogue
"""What relationships mean, as whoever amends a snapshot hands it on."""

MOST_CHANGES = 20_000
"""Above this many changed entities building anew is as fast."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """Rows that differ, by record id or key (`relationship_key`, `pool_key`), as they show; None where one goes.

    A relationship that says nothing beside its ends shows no bytes. Classes and types must be known to the snapshot,
    and ends and consumers be among its items or the items that come.
    """

    items: Mapping[str, ItemRowShown | None]
    relationships: Mapping[str, bytes | None]
    pools: Mapping[str, bytes | None]


def catch_up(
    snapshot: Snapshot, changes: Iterable[Change], *, revision: Revision, catalogue: Catalogue
) -> Snapshot | None:
    """Return the snapshot of `revision`, or None where building anew is the better way.

    `changes` are those after the snapshot's revision, oldest first. None is returned for very many changes, and for
    a class or a type that the snapshot has never heard of.
    """
    final: dict[str, dict[str, bytes | None]] = {"item": {}, "relationship": {}, "pool": {}}
    for change in changes:
        final[change.kind][change.key] = change.after
        if sum(map(len, final.values())) > MOST_CHANGES:
            return None
    items = {id_: None if doc is None else shown_item_row(doc) for id_, doc in final["item"].items()}
    if any(row is not None and row.class_ not in snapshot.class_names for row in items.values()):
        return None
    if any(split_relationship_key(key)[1] not in snapshot.type_names for key in final["relationship"]):
        return None
    amendment = Amendment(
        items,
        {key: _shown_relationship(doc) for key, doc in final["relationship"].items()},
        {key: _shown_pool(doc) for key, doc in final["pool"].items()},
    )
    return amended(
        snapshot,
        amendment,
        number=revision.number,
        at=revision.at,
        digest=revision.digest,
        catalogue=catalogue,
        same_rules=catalogue.digest == snapshot.catalogue_digest,
    )


def _shown_relationship(document: bytes | None) -> bytes | None:
    denied, shown = (True, None) if document is None else shown_relationship_row(document)
    return None if denied else shown or b""


def _shown_pool(document: bytes | None) -> bytes | None:
    denied, shown = (True, b"") if document is None else shown_pool_row(document)
    return None if denied else shown


def amended(
    snapshot: Snapshot,
    amendment: Amendment,
    *,
    number: int,
    at: str,
    digest: str,
    catalogue: Rules,
    same_rules: bool = False,
) -> Snapshot:
    """Return the snapshot with other rows, called revision `number`.

    It is the one that a record of these rows would give. With the `same_rules` by which the snapshot was compiled the
    graph stays what it is, where nothing it is made of has changed; else it is compiled anew.
    """
    item_columns, moved = _patched_items(snapshot, dict(sorted(amendment.items.items())))
    ids: NDArray[np.bytes_] = item_columns["ids"]
    same_links = not (amendment.relationships or amendment.pools) and np.array_equal(ids, snapshot.ids)
    links: dict[str, Any] = (
        {name: getattr(snapshot, name) for name in _LINKS}
        if same_links
        else {
            **_patched_relationships(snapshot, amendment.relationships, ids, moved),
            **_patched_pools(snapshot, amendment.pools, ids, moved),
        }
    )
    return finish(
        catalogue,
        snapshot if same_rules and same_links and _same_graph(snapshot, item_columns) else None,
        record_uuid=snapshot.record_uuid,
        revision=number,
        revision_at=at,
        revision_digest=digest,
        catalogue_digest=snapshot.catalogue_digest,
        class_names=snapshot.class_names,
        type_names=snapshot.type_names,
        **item_columns,
        **links,
    )


_LINKS: Final = (
    *("relationship_from", "relationship_types", "relationship_to", "relationship_keys", "relationship_shown"),
    *("pool_consumers", "pool_names", "pool_shown"),
)


def _same_graph(snapshot: Snapshot, items: Mapping[str, Any]) -> bool:
    """Tell whether the same links between these items make the same graph: see `cmdb.snapshot.compile.Columns`."""
    return (
        np.array_equal(items["class_codes"], snapshot.class_codes)
        and np.array_equal(in_service_of(items["statuses"]), snapshot.in_service)
        and all(
            np.array_equal(items["numbers"][name], snapshot.numbers[name], equal_nan=True)
            for name in ("load", "capacity")
        )
    )


def _patched_items(
    snapshot: Snapshot, items: dict[str, ItemRowShown | None]
) -> tuple[dict[str, Any], NDArray[np.int64]]:
    """Return the item columns, and for each old row its new one (-1 where the item is gone)."""
    keep = np.ones(len(snapshot), np.bool_)
    for id_ in items:
        row = snapshot.row_of(id_)
        if row >= 0:
            keep[row] = False
    added = [(id_, row) for id_, row in items.items() if row is not None]
    new_ids = np.array([id_ for id_, _ in added], "S16")
    kept_ids = snapshot.ids[keep]
    places = np.searchsorted(kept_ids, new_ids)
    ids = np.insert(kept_ids, places, new_ids)

    rank = np.cumsum(keep) - 1
    moved = rank + np.searchsorted(places, rank, side="right")
    moved[~keep] = -1
    for number, (id_, _) in enumerate(added):
        row = snapshot.row_of(id_)
        if row >= 0:
            moved[row] = places[number] + number

    shown = [row for _, row in added]
    inputs = decode_inputs([row.shown for row in shown])
    class_code = {name: code for code, name in enumerate(snapshot.class_names)}
    criticality_code: dict[str, int] = {"": -1, **{word: code for code, word in enumerate(CRITICALITIES)}}

    def patched(column: NDArray[Any], values: list[Any]) -> NDArray[Any]:
        return np.insert(column[keep], places, np.array(values, column.dtype))

    columns = {
        "ids": ids,
        "names": snapshot.names.patched(keep, [row.name.encode() for row in shown], places),
        "class_codes": patched(snapshot.class_codes, [class_code[row.class_] for row in shown]),
        "statuses": patched(snapshot.statuses, [STATUSES.index(row.status) for row in shown]),
        "criticality": patched(snapshot.criticality, [criticality_code[each.criticality] for each in inputs]),
        "users": patched(snapshot.users, [each.users for each in inputs]),
        "reliability_basis": patched(snapshot.reliability_basis, basis_codes(inputs).tolist()),
        "numbers": {
            name: patched(snapshot.numbers[name], [getattr(each, name) for each in inputs]) for name in NUMBERS
        },
        "shown": snapshot.shown.patched(keep, [row.shown for row in shown], places),
    }
    return columns, moved


def _row(ids: NDArray[np.bytes_], item_id: str) -> int:
    return int(np.searchsorted(ids, item_id.encode()))


def _span(column: NDArray[Any], value: int) -> range:
    """Return the rows of a sorted column that hold `value`."""
    return range(int(np.searchsorted(column, value)), int(np.searchsorted(column, value, side="right")))


def _patched_relationships(
    snapshot: Snapshot, changed: Mapping[str, bytes | None], ids: NDArray[np.bytes_], moved: NDArray[np.int64]
) -> dict[str, Any]:
    start, type_, end = snapshot.relationship_from, snapshot.relationship_types, snapshot.relationship_to
    keep = np.ones(len(start), np.bool_)
    type_code = {name: code for code, name in enumerate(snapshot.type_names)}
    for text in changed:
        from_id, type_name, to_id, key = split_relationship_key(text)
        first, last = snapshot.row_of(from_id), snapshot.row_of(to_id)
        if first < 0 or last < 0:
            continue
        for row in _span(start, first):
            if end[row] == last and type_[row] == type_code[type_name] and snapshot.relationship_keys[row] == key:
                keep[row] = False
    start = moved[start[keep]].astype(np.int32)
    end = moved[end[keep]].astype(np.int32)
    type_ = type_[keep]
    kept_rows = np.flatnonzero(keep)

    added: list[tuple[tuple[int, int, int, str], int, bytes]] = []
    for text, shown in changed.items():
        if shown is None:
            continue
        from_id, type_name, to_id, key = split_relationship_key(text)
        wanted = (_row(ids, from_id), type_code[type_name], _row(ids, to_id), key)
        span = _span(start, wanted[0])

        def at(row: int) -> tuple[int, int, int, str]:
            there = snapshot.relationship_keys[int(kept_rows[row])]
            return int(start[row]), int(type_[row]), int(end[row]), there

        added.append((wanted, bisect_left(range(span.stop), wanted, lo=span.start, key=at), shown))
    added.sort(key=lambda entry: entry[0])
    places = np.array([place for _, place, _ in added], np.int64)
    return {
        "relationship_from": np.insert(start, places, np.array([each[0][0] for each in added], np.int32)),
        "relationship_types": np.insert(type_, places, np.array([each[0][1] for each in added], np.int16)),
        "relationship_to": np.insert(end, places, np.array([each[0][2] for each in added], np.int32)),
        "relationship_keys": snapshot.relationship_keys.patched(keep, [each[0][3].encode() for each in added], places),
        "relationship_shown": snapshot.relationship_shown.patched(keep, [each[2] for each in added], places),
    }


def _patched_pools(
    snapshot: Snapshot, changed: Mapping[str, bytes | None], ids: NDArray[np.bytes_], moved: NDArray[np.int64]
) -> dict[str, Any]:
    consumers = snapshot.pool_consumers
    keep = np.ones(len(consumers), np.bool_)
    for text in changed:
        consumer_id, name = split_pool_key(text)
        first = snapshot.row_of(consumer_id)
        if first >= 0:
            for row in _span(consumers, first):
                if snapshot.pool_names[row] == name:
                    keep[row] = False
    kept = moved[consumers[keep]].astype(np.int32)
    kept_rows = np.flatnonzero(keep)
    added: list[tuple[tuple[int, str], int, bytes]] = []
    for text, shown in changed.items():
        if shown is None:
            continue
        consumer_id, name = split_pool_key(text)
        wanted = (_row(ids, consumer_id), name)
        span = _span(kept, wanted[0])

        def at(row: int) -> tuple[int, str]:
            return int(kept[row]), snapshot.pool_names[int(kept_rows[row])]

        added.append((wanted, bisect_left(range(span.stop), wanted, lo=span.start, key=at), shown))
    added.sort(key=lambda entry: entry[0])
    places = np.array([place for _, place, _ in added], np.int64)
    return {
        "pool_consumers": np.insert(kept, places, np.array([each[0][0] for each in added], np.int32)),
        "pool_names": snapshot.pool_names.patched(keep, [each[0][1].encode() for each in added], places),
        "pool_shown": snapshot.pool_shown.patched(keep, [each[2] for each in added], places),
    }
