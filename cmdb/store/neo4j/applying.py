"""How decided revisions come into the graph of items. Takes the history and where it stood, leaves the graph after it.

In fenced transactions of bounded size, each of which counts its own steps on the `:Record` node: whatever is killed
when, no step is left out and none is done twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import neo4j

from cmdb.errors import StoreDamaged
from cmdb.model import Change
from cmdb.store.neo4j.actions import Action, Changes, actions_from
from cmdb.store.neo4j.connection import Connection, MemoryExhausted
from cmdb.store.neo4j.journal import read_changes
from cmdb.store.neo4j.places import are_worth_it, by_place, read_places
from cmdb.store.neo4j.record import RECORD, RecordState, fence
from cmdb.store.neo4j.slicing import by_bytes
from cmdb.store.neo4j.statements import BY_PLACE

__all__ = ["apply_pending", "apply_within", "run_actions"]

_ROWS_AT_ONCE = 5_000
_BYTES_AT_ONCE = 1_600_000  # larger transactions are slower on a small heap: their garbage has to be collected
_STEP: Final = f"CYPHER replan=skip MATCH {RECORD} SET r.position = $position"
_DONE: Final = f"MATCH {RECORD} SET r.applied = $revision, r.position = 0"


def apply_pending(connection: Connection, token: str, state: RecordState, known: dict[int, Sequence[Change]]) -> None:
    """Bring every decided revision into the graph; `known` holds the changes of those that are at hand."""
    for revision in range(state.applied + 1, state.head + 1):
        position = state.position if revision == state.applied + 1 else 0
        _apply(connection, token, revision, position, _changes_of(connection, revision, known.get(revision)))


def apply_within(tx: neo4j.Transaction, changes: Sequence[Change], revision: int) -> None:
    """Bring a small revision into the graph within the transaction that decides it."""
    for window in actions_from(lambda: iter(changes), 0):
        run_actions(tx, window)
    tx.run(_DONE, revision=revision).consume()


def run_actions(tx: neo4j.Transaction, actions: Sequence[Action]) -> None:
    """Run actions that are sorted by statement."""
    for text, group in itertools.groupby(actions, key=lambda action: action.statement):
        tx.run(text, rows=[action.row for action in group]).consume()


def _changes_of(connection: Connection, revision: int, known: Sequence[Change] | None) -> Changes:
    def stored() -> Iterator[Change]:
        return (change for _, change in read_changes(connection, revision - 1, revision))

    return stored if known is None else lambda: iter(known)


def _apply(connection: Connection, token: str, revision: int, position: int, changes: Changes) -> None:
    batches = _batches(changes, position)
    links = sum(change.before is None and change.kind != "item" for change in changes())
    places: dict[str, str] | None = None

    def make() -> list[Action] | None:
        batch = next(batches, None)
        return batch if batch is None or not places else [by_place(action, places) for action in batch]

    with ThreadPoolExecutor(1) as ahead:  # the next batch is made while the server works on this one
        following = ahead.submit(make)
        while batch := following.result():
            if places is None and batch[-1].statement in BY_PLACE:  # all items are there now
                places = read_places(connection) if are_worth_it(connection, links) else {}
                batch = [by_place(action, places) for action in batch]
            following = ahead.submit(make)
            _steps(connection, token, revision, position, batch)
            position += len(batch)

    def done(tx: neo4j.Transaction) -> None:
        state = fence(tx, token)
        if state.applied < revision:
            tx.run(_DONE, revision=revision).consume()

    connection.write(done)


def _batches(changes: Changes, position: int) -> Iterator[list[Action]]:
    for window in actions_from(changes, position):
        yield from by_bytes(window, lambda action: action.bytes, _BYTES_AT_ONCE, _ROWS_AT_ONCE)


def _steps(connection: Connection, token: str, revision: int, position: int, actions: Sequence[Action]) -> None:
    """Do actions in one transaction, or in two halves when the server has no memory for it, and so on."""

    def step(tx: neo4j.Transaction) -> None:
        state = fence(tx, token)
        if state.applied == revision - 1 and state.position == position + len(actions):
            return  # done before; only the answer was lost
        if (state.applied, state.position) != (revision - 1, position):
            raise StoreDamaged(
                f"the graph of items stands at step {state.position} after revision {state.applied}, not at "
                f"{position} after {revision - 1}; move the record to an empty database with: cmdb move"
            )
        run_actions(tx, actions)
        tx.run(_STEP, position=position + len(actions)).consume()

    try:
        connection.write(step)
    except MemoryExhausted:
        if len(actions) <= 1:
            raise
        middle = len(actions) // 2
        _steps(connection, token, revision, position, actions[:middle])
        _steps(connection, token, revision, position + middle, actions[middle:])
