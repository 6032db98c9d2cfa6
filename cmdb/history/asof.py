"""The record as of an earlier revision: the present rolled back, or the beginning rolled forward, whichever is nearer.

It is read with today's catalogue.
"""

from __future__ import annotations

from cmdb.catalogue import Catalogue
from cmdb.history.collapsing import collapse
from cmdb.model import Delta, RecordIdentity, Revision, split_pool_key, split_relationship_key
from cmdb.snapshot.build import build_snapshot
from cmdb.snapshot.catchup import catch_up
from cmdb.snapshot.snapshot import Snapshot
from cmdb.store.protocol import ReadView, RecordColumns
from cmdb.store.shown import shown_item_row, shown_pool_row, shown_relationship_row

__all__ = ["patched_columns", "snapshot_as_of"]

_EMPTY = RecordColumns([], [], [], [], [], [], [], [], [], [], [], [], [])


def snapshot_as_of(
    view: ReadView,
    present: Snapshot | None,
    revision: Revision,
    revisions: list[Revision],
    *,
    identity: RecordIdentity,
    catalogue: Catalogue,
) -> Snapshot:
    """Return the snapshot of an earlier revision.

    `present` is the snapshot of the view's revision where one is at hand; `revisions` are all of the record, for
    their numbers of rows decide which way is the shorter.
    """
    back = sum(each.rows for each in revisions if each.number > revision.number)
    forward = sum(each.rows for each in revisions if each.number <= revision.number)
    if back <= forward:
        undo = collapse(change for _, change in view.changes(revision.number, view.revision.number)).reversed()
        caught = None
        if present is not None:
            caught = catch_up(present, undo.changes, revision=revision, catalogue=catalogue)
        if caught is not None:
            return caught
        columns = patched_columns(view.columns(), undo)
    else:
        columns = patched_columns(_EMPTY, collapse(change for _, change in view.changes(0, revision.number)))
    return build_snapshot(columns, identity=identity, revision=revision, catalogue=catalogue)


def patched_columns(columns: RecordColumns, delta: Delta) -> RecordColumns:
    """Return the columns after a Delta, sorted as a store gives them."""
    items = dict(
        zip(
            columns.item_ids,
            zip(columns.item_classes, columns.item_names, columns.item_statuses, columns.item_shown, strict=True),
            strict=True,
        )
    )
    links = dict(
        zip(
            zip(
                columns.relationship_from,
                columns.relationship_types,
                columns.relationship_to,
                columns.relationship_keys,
                strict=True,
            ),
            columns.relationship_shown,
            strict=True,
        )
    )
    pools = dict(zip(zip(columns.pool_consumers, columns.pool_names, strict=True), columns.pool_shown, strict=True))
    for kind, key, _, after in delta.changes:
        if kind == "item":
            items.pop(key, None)
            if after is not None:
                row = shown_item_row(after)
                items[key] = (row.class_, row.name, row.status, row.shown)
        elif kind == "relationship":
            link = split_relationship_key(key)
            links.pop(link, None)
            denied, shown = (True, None) if after is None else shown_relationship_row(after)
            if not denied:
                links[link] = shown
        else:
            pool = split_pool_key(key)
            pools.pop(pool, None)
            denied, pool_shown = (True, b"") if after is None else shown_pool_row(after)
            if not denied:
                pools[pool] = pool_shown
    item_ids, link_keys, pool_keys = sorted(items), sorted(links), sorted(pools)
    rows = [items[item_id] for item_id in item_ids]
    return RecordColumns(
        item_ids,
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
        [row[3] for row in rows],
        [link[0] for link in link_keys],
        [link[1] for link in link_keys],
        [link[2] for link in link_keys],
        [link[3] for link in link_keys],
        [links[link] for link in link_keys],
        [pool[0] for pool in pool_keys],
        [pool[1] for pool in pool_keys],
        [pools[pool] for pool in pool_keys],
    )
