"""The record in Neo4j, as the rest of the program meets it. Thin: each deed lives in a module of its own."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import neo4j

from cmdb.errors import EditRefused, RevisionNotFound
from cmdb.model import Actor, Baseline, Change, Kind, Paper, PaperDraft, RecordIdentity, Revision, Run
from cmdb.store.neo4j import health, moving, papers
from cmdb.store.neo4j.connection import Connection
from cmdb.store.neo4j.journal import read_changes_of
from cmdb.store.neo4j.names import index_key
from cmdb.store.neo4j.reading import Neo4jView
from cmdb.store.neo4j.record import RECORD, UNTIL_INDEXED, read_state
from cmdb.store.neo4j.structs import baseline_of, baseline_properties, revision_of, run_of
from cmdb.store.neo4j.writing import Neo4jSession, write_session
from cmdb.store.protocol import Health

__all__ = ["Neo4jStore"]

_REVISIONS_AT_ONCE = 1_000
_NO_END: Final = 2**62
_RUNS_AT_ONCE = 20  # each may hold a set of as many ids as the record has items
_MOVER: Final = Actor("cmdb move", "", "account")
_RUNS: Final = (
    f"MATCH {RECORD} WITH r.runs AS newest MATCH (i:ImportRun) WHERE i.number <= newest AND i.number < $below "
    "AND i.source = coalesce($source, i.source) AND i.scope = coalesce($scope, i.scope) "
    "RETURN i ORDER BY i.number DESC LIMIT $limit"
)
_REVISIONS: Final = (
    f"CYPHER replan=skip MATCH {RECORD} "
    "UNWIND range($first, CASE WHEN $last < r.head THEN $last ELSE r.head END) AS number "
    "OPTIONAL MATCH (v:Revision {cmdb_id: toString(number)}) USING INDEX v:Revision(cmdb_id) RETURN v"
)
_LOCK: Final = f"MATCH {RECORD} SET r.touched = $token RETURN r.head AS head"


class Neo4jStore:
    """A Store in one database. Use it from any number of threads; other processes may use the same database.

    `warnings` tells what went otherwise than hoped without being an error.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.warnings: list[str] = []
        self._identity: RecordIdentity | None = None

    @property
    def kind(self) -> str:
        """`neo4j`."""
        return "neo4j"

    @property
    def address(self) -> str:
        """The URL of the server."""
        return self._connection.address

    def identity(self) -> RecordIdentity:
        """Return which record this is."""
        if self._identity is None:
            state, _ = read_state(self._connection)
            if not state.head:
                return state.identity  # an empty record may still become the copy of another
            self._identity = state.identity
        return self._identity

    @contextlib.contextmanager
    def view(self) -> Iterator[Neo4jView]:
        """Read at the newest revision, never waiting for a writer."""
        yield Neo4jView(self._connection, *read_state(self._connection))

    def write(self, actor: Actor, *, wait_seconds: float = 60.0) -> contextlib.AbstractContextManager[Neo4jSession]:
        """Take the right to write, waiting for another writer; raises StoreBusy naming it when it takes too long."""
        return write_session(self._connection, actor, wait_seconds, self.warnings)

    def head(self) -> Revision:
        """Return the newest revision."""
        return read_state(self._connection)[1]

    def revision(self, number: int) -> Revision | None:
        """Return a revision, None when there is none of that number."""
        found = self._revisions_between(number, number) if 0 <= number < _NO_END else []
        return found[0] if found else None

    def revisions(self, after: int = 0, limit: int | None = None, *, newest_first: bool = False) -> Iterator[Revision]:
        """Give the revisions with a number above `after`."""
        left = _NO_END if limit is None else limit
        last = read_state(self._connection)[0].head if newest_first else _NO_END
        first = after + 1
        while left > 0 and first <= last:
            wanted = min(left, _REVISIONS_AT_ONCE)
            if newest_first:
                found = self._revisions_between(max(first, last - wanted + 1), last)
                found.reverse()
                last -= wanted
            else:
                found = self._revisions_between(first, first + wanted - 1)
                first += wanted
            yield from found
            left -= wanted
            if len(found) < wanted:
                return

    def changes_of(self, kind: Kind, keys: Iterable[str]) -> Iterator[tuple[int, Change]]:
        """Give every change of these entities, oldest first."""
        yield from read_changes_of(self._connection, read_state(self._connection)[0].head, kind, keys)

    def runs(self, source: str | None = None, scope: str | None = None, limit: int | None = None) -> Iterator[Run]:
        """Give import runs, newest first."""
        if not self._runs_that_count():
            return
        below, left = _NO_END, _NO_END if limit is None else limit
        while left > 0:
            wanted = min(left, _RUNS_AT_ONCE)
            rows = self._connection.rows(_RUNS, source=source, scope=scope, below=below, limit=wanted)
            for row in rows:
                run = run_of(row["i"])
                below = run.number
                yield run
            left -= len(rows)
            if len(rows) < wanted:
                return

    def baselines(self) -> list[Baseline]:
        """Return the baselines, oldest first."""
        rows = self._connection.rows("MATCH (b:Baseline) WHERE b.cmdb_id IS NOT NULL RETURN b")
        return sorted((baseline_of(row["b"]) for row in rows), key=lambda baseline: (baseline.at, baseline.name))

    def put_baseline(self, baseline: Baseline) -> None:
        """Name a revision; raises EditRefused for a name that is given, RevisionNotFound for no such revision."""
        properties = baseline_properties(baseline)
        tries = 0

        def put(tx: neo4j.Transaction) -> None:
            nonlocal tries
            tries += 1
            head = tx.run(_LOCK, token="baseline").single(strict=True)["head"]
            found = tx.run("MATCH (b:Baseline {cmdb_id: $id}) RETURN b", id=properties["cmdb_id"]).single()
            if found is not None and tries > 1 and baseline_of(found["b"]) == baseline:
                return  # done before, and only the answer was lost
            if found is not None:
                raise EditRefused(f"there is a baseline {baseline.name!r} already; drop it first, or choose a new name")
            if not 0 <= baseline.revision <= head:
                raise RevisionNotFound(f"there is no revision {baseline.revision}; look with: cmdb history")
            tx.run("CREATE (b:Baseline) SET b = $row", row=properties).consume()

        self._connection.write(put)

    def drop_baseline(self, name: str) -> bool:
        """Forget a name; returns whether there was one."""

        def drop(tx: neo4j.Transaction) -> bool:
            text = "MATCH (b:Baseline {cmdb_id: $id}) DELETE b"
            return tx.run(text, id=index_key(name)).consume().counters.nodes_deleted == 1

        return self._connection.write(drop)

    def settings(self) -> Mapping[str, str]:
        """Return small facts kept with the record."""
        rows = self._connection.rows("MATCH (s:Setting) WHERE s.cmdb_id IS NOT NULL RETURN s.key, s.value")
        return dict(sorted((key, value) for key, value in rows))

    def put_setting(self, key: str, value: str) -> None:
        """Keep a small fact with the record."""
        row = {"cmdb_id": index_key(key), "key": key, "value": value}

        def put(tx: neo4j.Transaction) -> None:
            tx.run("MERGE (s:Setting {cmdb_id: $row.cmdb_id}) SET s = $row", row=row).consume()

        self._connection.write(put)

    def put_paper(self, draft: PaperDraft, *, upon: int) -> Paper:
        """Keep the next version of a paper; raises EditConflict when another than `upon` stands."""
        return papers.put_paper(self._connection, draft, upon)

    def papers(self, kind: str | None = None, key: str | None = None, *, newest: bool = False) -> Iterator[Paper]:
        """Give every version of the papers of a kind, or of one paper, in the order in which they were written.

        With `newest` only the newest version of each, in the order in which the papers were begun.
        """
        yield from papers.read_papers(self._connection, kind, key, newest)

    def rewrite_papers(self, rewritten: Callable[[Paper], Paper | None]) -> int:
        """Put other documents and notes in the place of those that papers hold, of any version; returns how many.

        For erasing alone. `rewritten` gives a paper as it is to be, None for one that stays as it is.
        """
        return papers.rewrite_papers(self._connection, rewritten)

    def backup(self, target: Path) -> None:
        """Write a whole, consistent copy to an SQLite file that did not exist, while others read and write."""
        with self.view() as view:
            number = view.revision.number
            runs = [run for run in self.runs() if run.revision <= number]
            moving.write_copy(self, self._history(view), target, runs)

    def health(self) -> list[Health]:
        """Return what the store finds about itself."""
        state, revision = read_state(self._connection)
        return health.findings(self._connection, Neo4jView(self._connection, state, revision), state)

    def restore(
        self,
        identity: RecordIdentity,
        history: Iterable[tuple[Revision, list[Change]]],
        runs: Iterable[Run],
        baselines: Iterable[Baseline],
        settings: Mapping[str, str],
        papers: Iterable[Paper] = (),
    ) -> None:
        """Fill an empty store with a whole record and its history, numbers and digests kept.

        Raises EditRefused when this record is not empty. What was cut off is swept away by the next writer.
        """
        with self.write(_MOVER) as session:
            session.restore(identity, history, runs, baselines, settings, papers)

    def close(self) -> None:
        """Let go of the connections."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _revisions_between(self, first: int, last: int) -> list[Revision]:
        """Return the revisions from one to another, as far as the head goes, each of them once it can be found."""
        for wait in UNTIL_INDEXED:
            nodes = [row["v"] for row in self._connection.rows(_REVISIONS, first=first, last=last)]
            if None not in nodes:
                break
            time.sleep(wait)
        return sorted((revision_of(node) for node in nodes if node is not None), key=lambda revision: revision.number)

    def _runs_that_count(self) -> int:
        """Wait the moment until the index finds the run that the record names as its newest; return how many count."""
        text = (
            f"MATCH {RECORD} "
            "RETURN r.runs AS runs, r.runs = 0 OR EXISTS { (:ImportRun {cmdb_id: toString(r.runs)}) } AS found"
        )
        runs = 0
        for wait in UNTIL_INDEXED:
            rows = self._connection.rows(text)
            runs = int(rows[0]["runs"]) if rows else 0
            if not rows or rows[0]["found"]:
                break
            time.sleep(wait)
        return runs

    def _history(self, view: Neo4jView) -> Iterator[tuple[Revision, list[Change]]]:
        """Give every revision up to the view's with its changes."""
        changes = itertools.groupby(view.changes(0, view.revision.number), key=lambda entry: entry[0])
        waiting = next(changes, None)
        for revision in self.revisions(limit=view.revision.number):
            mine: list[Change] = []
            if waiting is not None and waiting[0] == revision.number:
                mine = [change for _, change in waiting[1]]
                waiting = next(changes, None)
            yield revision, mine
