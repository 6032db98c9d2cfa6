"""A whole record from and to elsewhere: filling an empty database, and a copy of this one in a file.

Takes revisions with their changes, runs and baselines; knows no meaning of documents.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
import neo4j

from cmdb.errors import EditRefused, StoreUnavailable, UsageError
from cmdb.history.codec import encode_parts
from cmdb.model import Baseline, Change, Delta, Paper, RecordIdentity, Revision, Run
from cmdb.store.neo4j.connection import Connection
from cmdb.store.neo4j.fitting import check_names
from cmdb.store.neo4j.journal import stage_parts
from cmdb.store.neo4j.names import index_key
from cmdb.store.neo4j.papers import numbered
from cmdb.store.neo4j.record import RECORD, RecordState, fence
from cmdb.store.neo4j.slicing import by_bytes, in_smaller_steps
from cmdb.store.neo4j.structs import baseline_properties, revision_properties, run_properties
from cmdb.store.protocol import Store

__all__ = ["fill", "write_copy"]

_BYTES_AT_ONCE = 4_000_000
_BEGIN: Final = (
    "MATCH (v:Revision {cmdb_id: '0'}) SET v.at = $created_at "
    f"WITH v MATCH {RECORD} SET r.uuid = $uuid, r.created_at = $created_at, r.head = $head, r.digest = $digest, "
    "r.runs = $runs, r.papers = $papers, r.applied = 0, r.position = 0, r.overlaid = $rows"
)


def fill(
    connection: Connection,
    token: str,
    state: RecordState,
    identity: RecordIdentity,
    history: Iterable[tuple[Revision, list[Change]]],
    runs: Iterable[Run],
    baselines: Iterable[Baseline],
    settings: Mapping[str, str],
    papers: Iterable[Paper],
) -> None:
    """Write another record's history into an empty one; it counts when the last, tiny transaction is done.

    The graph of items is left to whoever applies. Raises EditRefused when the record is not empty.
    """
    if state.head or state.runs:
        raise EditRefused("the record to move to is not empty; name a place where there is none")
    last: Revision | None = None
    rows = 0
    for last, changes in history:
        delta = Delta(changes)
        rows += len(changes)
        check_names(delta)
        stage_parts(connection, token, last.number, encode_parts(delta), state.purges)
        _stage(connection, token, "Revision", iter([revision_properties(last)]))
    kept = sorted(runs, key=lambda run: run.number)
    _stage(connection, token, "ImportRun", map(run_properties, kept))
    written = list(numbered(papers))
    _stage(connection, token, "Paper", iter(written))

    def begin(tx: neo4j.Transaction) -> None:
        fence(tx, token)
        for baseline in baselines:
            text = "MERGE (b:Baseline {cmdb_id: $row.cmdb_id}) SET b = $row"
            tx.run(text, row=baseline_properties(baseline)).consume()
        for key, value in settings.items():
            row = {"cmdb_id": index_key(key), "key": key, "value": value}
            tx.run("MERGE (s:Setting {cmdb_id: $row.cmdb_id}) SET s = $row", row=row).consume()
        tx.run(
            _BEGIN,
            uuid=identity.uuid,
            created_at=identity.created_at,
            head=0 if last is None else last.number,
            digest="" if last is None else last.digest,
            runs=kept[-1].number if kept else 0,
            papers=len(written),
            rows=rows,
        ).consume()

    baselines = list(baselines)
    connection.write(begin)


def _stage(connection: Connection, token: str, label: str, rows: Iterator[dict[str, object]]) -> None:
    """Write nodes that nobody sees until the record says that they count."""
    text = f"UNWIND $rows AS row MERGE (n:{label} {{cmdb_id: row.cmdb_id}}) SET n = row"
    for some in by_bytes(rows, lambda row: 500 + len(msgspec.msgpack.encode(row)), _BYTES_AT_ONCE):

        def put(tx: neo4j.Transaction, rows: object) -> None:
            fence(tx, token)
            tx.run(text, rows=rows).consume()

        in_smaller_steps(connection, some, put)


def write_copy(
    store: Store, history: Iterable[tuple[Revision, list[Change]]], target: Path, runs: Iterable[Run]
) -> None:
    """Write the record to an SQLite file that did not exist; it is there whole or not at all."""
    from cmdb.store.sqlite import open_sqlite  # a driver of another store, needed for this alone

    if target.exists():
        raise UsageError(f"{target} exists already; name a file that does not")
    try:
        with (
            tempfile.TemporaryDirectory(prefix=".cmdb-backup-", dir=target.parent) as folder,
            open_sqlite(Path(folder) / "copy.db", create=True) as copy,
        ):
            copy.restore(store.identity(), history, runs, store.baselines(), store.settings(), store.papers())
            copy.backup(target)
    except OSError as error:
        raise StoreUnavailable(
            f"the backup {target} cannot be written: {error.strerror or error}; choose another place"
        ) from error
