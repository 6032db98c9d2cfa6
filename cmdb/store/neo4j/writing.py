"""The right to write in use. Takes Deltas and drafts, leaves revisions.

    stage    the parts of the Delta are written, in small transactions; nobody sees them
    decide   one tiny transaction sees that they are whole and moves the head: from here on it is so for every reader
    apply    the graph of items follows, in sized steps; whoever writes next takes over where a crash cut it off

A small Delta does all three in one transaction.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import neo4j

from cmdb.errors import StoreDamaged, StoreError, StoreMoved
from cmdb.history.codec import Part, encode_parts
from cmdb.model import (
    KINDS,
    Actor,
    Baseline,
    Change,
    Delta,
    Paper,
    RecordIdentity,
    Revision,
    RevisionDraft,
    Run,
    RunDraft,
)
from cmdb.model.collector import collector_paused
from cmdb.store.neo4j import fitting, purging
from cmdb.store.neo4j.applying import apply_pending, apply_within
from cmdb.store.neo4j.connection import Connection, MemoryExhausted
from cmdb.store.neo4j.journal import SMALL_ROWS, part_digests, part_properties, put_parts, stage_parts, sweep
from cmdb.store.neo4j.lease import Lease
from cmdb.store.neo4j.moving import fill
from cmdb.store.neo4j.pages import write_pages
from cmdb.store.neo4j.reading import Neo4jView
from cmdb.store.neo4j.record import RECORD, RecordState, fence, read_state
from cmdb.store.neo4j.structs import revision_properties, run_properties
from cmdb.store.succession import next_revision

__all__ = ["Neo4jSession", "write_session"]

_SMALL_BYTES = 1_000_000
_FEW_CHANGES = 2_000  # over pages a reader overlays so many, and a tenth of the record, before pages are written anew
_DECIDE: Final = (
    f"CREATE (v:Revision) SET v = $revision WITH v MATCH {RECORD} "
    "SET r.head = v.number, r.digest = v.digest, r.overlaid = r.overlaid + v.rows"
)
_ADD_RUN: Final = f"CREATE (i:ImportRun) SET i = $run WITH i MATCH {RECORD} SET r.runs = i.number"
_REMEMBER: Final = f"MATCH {RECORD} SET r.last_commit = $commit"


class Neo4jSession(Neo4jView):
    """A WriteSession upon a lease."""

    def __init__(
        self, connection: Connection, token: str, state: RecordState, revision: Revision, warnings: list[str]
    ) -> None:
        super().__init__(connection, state, revision)
        self._token = token
        self._warnings = warnings

    def commit(self, delta: Delta, draft: RevisionDraft, run: RunDraft | None = None) -> Revision:
        """Make the Delta the next revision, atomically, and record the run with it; durable when it returns.

        Raises StoreMoved when the Delta was made upon documents other than those that stand or another writer took
        over, StoreFull or StoreUnavailable; then nothing was changed, unless the message says that nobody can tell.
        """
        with collector_paused():
            if not delta:
                if run is not None:
                    self._decide(None, (), run)
                return self._revision
            fitting.check_names(delta)
            fitting.check_fits(self, delta)
            self.follow({})  # what a failure left behind in this very session
            parts = list(encode_parts(delta))
            revision = next_revision(self._revision, draft, [part.digest for part in parts], len(delta.changes))
            if not self._in_one(delta, parts, revision, run):
                self._staged(parts, revision, run)
            self._fold(delta)
            self._revision = revision
            self._state, _ = read_state(self._connection)
            try:
                self.follow({revision.number: delta.changes})
            except StoreError as error:  # decided it is: what is left can be done by whoever writes next
                self._warnings.append(f"revision {revision.number} is kept, but the graph lags behind it: {error}")
            return revision

    def purge(self, item_ids: Iterable[str], draft: RevisionDraft) -> dict[str, Any]:
        """Erase items with their relationships and pools from the present and from every revision.

        Returns how many `items`, `relationships`, `pools` and `changes` of the history went, and `notes`. Without
        anything to erase no revision is made.
        """
        with collector_paused():
            self.follow({})
            erased = purging.purge(self._connection, self._token, self, frozenset(item_ids), draft)
            self._state, self._revision = read_state(self._connection)
            self._headers = self._overlaid = None
        return erased

    def restore(
        self,
        identity: RecordIdentity,
        history: Iterable[tuple[Revision, list[Change]]],
        runs: Iterable[Run],
        baselines: Iterable[Baseline],
        settings: Mapping[str, str],
        papers: Iterable[Paper],
    ) -> None:
        """Fill the empty record with another one's; raises EditRefused when it is not empty."""
        with collector_paused():
            fill(self._connection, self._token, self._state, identity, history, runs, baselines, settings, papers)
            self._state, self._revision = read_state(self._connection)
            self._headers = self._overlaid = None
            self.follow({})

    def follow(self, known: dict[int, Sequence[Change]]) -> None:
        """Bring the graph of items, and the pages when they are due, to the head.

        Side by side, for one mostly waits for the server. `known` holds the changes of revisions that are at hand.
        """
        state = self._state
        due = state.overlaid > _FEW_CHANGES + state.packed // 10
        if state.applied == state.head and not due:
            return
        with collector_paused(), ThreadPoolExecutor(1) as beside:
            packing = beside.submit(self._pack) if due else None
            apply_pending(self._connection, self._token, state, known)
            if packing is not None:
                packing.result()
        self._state, _ = read_state(self._connection)
        if due:
            self._headers = self._overlaid = None

    def _in_one(self, delta: Delta, parts: Sequence[Part], revision: Revision, run: RunDraft | None) -> bool:
        """Do everything in one transaction when the Delta is small; returns whether it was done."""
        if len(delta.changes) > SMALL_ROWS:
            return False
        if sum(len(change.before or b"") + len(change.after or b"") for change in delta.changes) > _SMALL_BYTES:
            return False
        try:
            self._decide(revision, parts, run, delta.changes)
        except MemoryExhausted:
            return False
        return True

    def _staged(self, parts: Sequence[Part], revision: Revision, run: RunDraft | None) -> None:
        sweep(self._connection, self._token, self._state)  # of an attempt that failed in this very session
        stage_parts(self._connection, self._token, revision.number, parts, self._state.purges)
        self._decide(revision, parts, run)

    def _decide(
        self,
        revision: Revision | None,
        parts: Sequence[Part],
        run: RunDraft | None,
        changes: Sequence[Change] | None = None,
    ) -> None:
        """Move the head and keep the run, once; with `changes`, keep the parts and bring them into the graph too."""
        commit = uuid.uuid4().hex

        def decide(tx: neo4j.Transaction) -> None:
            state = fence(tx, self._token)
            if state.last_commit == commit:
                return  # done before; only the answer was lost
            if state.head != self._revision.number:
                raise StoreMoved("the record moved on while this change was made; read it again and make it anew")
            if revision is not None:
                if changes is not None:
                    put_parts(tx, [part_properties(part, revision.number, state.purges) for part in parts])
                elif part_digests(tx, revision.number) != [part.digest for part in parts]:
                    raise StoreDamaged("the parts of the new revision are not what was written; do it again")
                tx.run(_DECIDE, revision=revision_properties(revision)).consume()
                if changes is not None:
                    apply_within(tx, changes, revision.number)
            if run is not None:
                number = self._revision.number if revision is None else revision.number
                tx.run(_ADD_RUN, run=run_properties(Run(state.runs + 1, number, run))).consume()
            tx.run(_REMEMBER, commit=commit).consume()

        self._connection.write(decide)

    def _fold(self, delta: Delta) -> None:
        """Lay the Delta over what this session reads, without reading it back."""
        if self._overlaid is None and self._state.base == self._state.head:
            self._overlaid = {"item": {}, "relationship": {}, "pool": {}}
        if self._overlaid is not None:
            for kind, key, _, after in delta.changes:
                self._overlaid[kind][key] = after

    def _pack(self) -> None:
        everything = ((kind, self.documents(kind)) for kind in KINDS)
        write_pages(self._connection, self._token, self._revision.number, self._state.base, everything)


@contextlib.contextmanager
def write_session(
    connection: Connection, actor: Actor, wait_seconds: float, warnings: list[str]
) -> Iterator[Neo4jSession]:
    """Take the right to write, finish what a writer before left undone, and give a session."""
    with Lease(connection, actor, wait_seconds) as lease:
        state, _ = read_state(connection)
        sweep(connection, lease.token, state)
        if state.purging:
            purging.finish(connection, lease.token, state)
        state, revision = read_state(connection)
        session = Neo4jSession(connection, lease.token, state, revision, warnings)
        session.follow({})
        yield session
