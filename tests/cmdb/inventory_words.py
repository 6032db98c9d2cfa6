"""Words to write batches with, and a record in memory that takes them: no store, no file, a clock of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from cmdb.catalogue import Catalogue
from cmdb.importing import EmptyView
from cmdb.model import (
    KINDS,
    Actor,
    BatchBuilder,
    Change,
    Delta,
    ImportBatch,
    Kind,
    Revision,
    ShownItem,
    decode_edges,
    decode_item,
    item_id,
    pool_key,
    relationship_key,
    show_item,
    show_pool,
    show_relationship,
)
from cmdb.reconcile import Policy, Proposal, reconcile

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def batch(
    source: str = "acme",
    scope: str = "",
    *,
    items: Any = (),
    links: Any = (),
    pools: Any = (),
    complete: bool | None = None,
    file: str = "inventory.yaml",
    vocabulary: str = "",
    words: Any = None,
    **more: Any,
) -> ImportBatch:
    """Return a batch. Items are dicts of the native format, or names of servers; links are dicts or triples."""
    builder = BatchBuilder(source, scope, complete=complete, vocabulary=vocabulary, words=words, **more)
    builder.file(file)
    row = 0
    for item in items:
        row += 1
        given = {"id": item} if isinstance(item, str) else dict(item)
        id_ = given.pop("id")
        class_ = given.pop("class", "Server")
        builder.item(row, id_, class_, given.pop("name", id_), given, given.pop("aliases", ()))
    for link in links:
        row += 1
        given = dict(zip(("from", "type", "to"), link, strict=True)) if isinstance(link, tuple) else dict(link)
        start, type_, end, key = (given.pop(name, "") for name in ("from", "type", "to", "key"))
        builder.relationship(row, start, type_, end, given, key)
    for pool in pools:
        row += 1
        given = dict(pool)
        builder.pool(row, given.pop("consumer"), given.pop("name"), given)
    return builder.batch()


class MemoryRecord(EmptyView):
    """A record in memory. `days` is its clock; `take` reconciles batches and applies what comes of it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.held: dict[Kind, dict[str, bytes]] = {kind: {} for kind in KINDS}
        self.days = 0.0
        self.number = 0
        self.past: list[list[Change]] = []
        self._runs: dict[tuple[str, str], list[str]] = {}

    @property
    def now(self) -> str:
        return (START + dt.timedelta(days=self.days)).isoformat(timespec="microseconds")

    @property
    def revision(self) -> Revision:
        return Revision(self.number, self.now, f"digest {self.number}", Actor("kari", "kari", "--by"), "acme")

    def documents(self, kind: Kind) -> Iterator[tuple[str, bytes]]:
        yield from sorted(self.held[kind].items())

    def get(self, kind: Kind, keys: Any) -> dict[str, bytes]:
        return {key: self.held[kind][key] for key in keys if key in self.held[kind]}

    def touching(self, item_ids: Any) -> dict[Kind, dict[str, bytes]]:
        wanted = set(item_ids)
        return {
            "relationship": {k: v for k, v in self.held["relationship"].items() if wanted & {*k.split(" ", 3)[:3:2]}},
            "pool": {k: v for k, v in self.held["pool"].items() if k.split(" ")[0] in wanted},
        }

    def propose(self, *batches: ImportBatch, **policy: Any) -> Proposal:
        """Reconcile, and change nothing."""
        told = Policy(complete_runs=lambda source, scope: self._runs.get((source, scope), []), **policy)
        silent = reconcile(batches, self, self.catalogue, now=self.now, policy=told)
        loud = reconcile(batches, self, self.catalogue, now=self.now, policy=told, verdicts=True)
        assert silent.delta == loud.delta, "asking for verdicts must change nothing"
        return loud

    def take(self, *batches: ImportBatch, **policy: Any) -> Proposal:
        """Reconcile and apply; the run counts as complete where it was and nothing was held back."""
        proposal = self.propose(*batches, **policy)
        self.apply(proposal.delta)
        held = {(each.source, each.scope) for each in proposal.guard}
        for scope in proposal.scopes:
            if scope.complete and (scope.source, scope.scope) not in held:
                self._runs.setdefault((scope.source, scope.scope), []).append(self.now)
        return proposal

    def apply(self, delta: Delta) -> None:
        """Apply a Delta as a store does: it must be made upon what stands."""
        for kind, key, before, after in delta.changes:
            assert self.held[kind].get(key) == before
            if after is None:
                del self.held[kind][key]
            else:
                self.held[kind][key] = after
        for key in self.held["relationship"]:
            start, _, end, _ = key.split(" ", 3)
            assert {start, end} <= self.held["item"].keys(), "a relationship must not be half-linked"
        if delta:
            self.number += 1
            self.past.append(list(delta.changes))

    def item(self, external_id: str, source: str = "acme") -> ShownItem:
        """Return what the item that a source knows by an id shows."""
        return show_item(decode_item(self.held["item"][self.id_of(external_id, source)]))

    def id_of(self, external_id: str, source: str = "acme") -> str:
        """Return the record id of the item that a source knows by an id."""
        found = [
            key
            for key, document in self.held["item"].items()
            for claim in decode_item(document)
            if claim.source == source and external_id in (claim.external_id, *claim.aliases)
        ]
        assert len(found) == 1, f"{len(found)} items are {source}:{external_id}"
        return found[0]

    def link(self, start: str, type_: str, end: str, key: str = "", source: str = "acme") -> dict[str, Any] | None:
        """Return what a relationship shows, {} for nothing more than that it is; None where there is none."""
        text = relationship_key(self.id_of(start, source), type_, self.id_of(end, source), key)
        document = self.held["relationship"].get(text)
        return None if document is None else show_relationship(decode_edges(document))

    def pool(self, consumer: str, name: str, source: str = "acme") -> dict[str, Any] | None:
        """Return what a pool shows, None where there is none."""
        document = self.held["pool"].get(pool_key(self.id_of(consumer, source), name))
        return None if document is None else show_pool(decode_edges(document))


def made_id(external_id: str, source: str = "acme") -> str:
    """Return the record id that a claim of this source would create."""
    return item_id(source, external_id)
