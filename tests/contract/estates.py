"""Words to build small estates with: entities, the Deltas between them, drafts, and what a store holds.

Drafts are dated from the year 2100, later than any store under test was made, so that equal Deltas give equal
revisions in every store.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from cmdb.history import pack_ids
from cmdb.model import (
    KINDS,
    Actor,
    Change,
    Delta,
    EdgeClaim,
    ItemClaim,
    Kind,
    PaperDraft,
    Revision,
    RevisionDraft,
    RunDraft,
    content_digest,
    encode_claims,
    item_id,
    pool_key,
    relationship_key,
)
from cmdb.model.values import encode
from cmdb.store import ReadView, Store

KARI = Actor("Kari Nordmann", "kari", "--by")
OLA = Actor("Ola Nordmann", "ola", "CMDB_USER")
Contents = dict[Kind, dict[str, bytes]]


class Entity(NamedTuple):
    """One entity as it shall be."""

    kind: Kind
    key: str
    document: bytes


def id_of(external_id: str, source: str = "acme") -> str:
    """Return the record id of an item of these estates."""
    return item_id(source, external_id)


def item(
    external_id: str, name: str | None = None, class_: str = "Server", *, source: str = "acme", **values: Any
) -> Entity:
    """Return an item that one source claims."""
    claim = ItemClaim(source, "", external_id, class_, name or external_id, values, content_digest(encode(values)))
    return Entity("item", id_of(external_id, source), encode_claims([claim]))


def relationship(
    from_: str, type_: str, to: str, key: str = "", *, source: str = "acme", denied: bool = False, **values: Any
) -> Entity:
    """Return a relationship between two items of acme, which another source may claim."""
    claim = EdgeClaim(source, "", values, content_digest(encode(values)), denied)
    return Entity("relationship", relationship_key(id_of(from_), type_, id_of(to), key), encode_claims([claim]))


def pool(consumer: str, name: str, *, source: str = "acme", denied: bool = False, **values: Any) -> Entity:
    """Return a pool of an item of acme."""
    claim = EdgeClaim(source, "", values, content_digest(encode(values)), denied)
    return Entity("pool", pool_key(id_of(consumer), name), encode_claims([claim]))


def paper(
    kind: str, key: str, says: object, minute: int = 0, *, actor: Actor = KARI, prefix: str = "", note: str = ""
) -> PaperDraft:
    """Return the next version of a paper, dated so many minutes into the year 2100."""
    at = (dt.datetime(2100, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minute)).isoformat(timespec="microseconds")
    return PaperDraft(kind, key, actor, at, encode(says), note, prefix)


def shop() -> list[Entity]:
    """Return a shop on two web servers, one of which is enough, that stand on one database.

    shop -web-> web1 -> db1
        `-web-> web2 -> db1
    """
    return [
        item("shop", class_="BusinessService", criticality="high"),
        item("web1", environment="prod", mtbf_hours=2000, mttr_hours=4),
        item(
            "web2", environment="prod", mtbf_hours=2000, mttr_hours=4, mtbf_low_hours=800, reliability_basis="measured"
        ),
        item("db1", class_="Database", attributes={"engine": "postgres", "ports": [5432]}),
        relationship("shop", "depends_on", "web1", pools=["web"]),
        relationship("shop", "depends_on", "web2", pools=["web"]),
        relationship("web1", "depends_on", "db1"),
        relationship("web2", "depends_on", "db1"),
        pool("shop", "web", need=1, beta=0.1),
    ]


def created(*entities: Entity) -> Delta:
    """Return the Delta that makes these entities."""
    return Delta.of([Change(kind, key, None, document) for kind, key, document in entities])


def removed(*entities: Entity) -> Delta:
    """Return the Delta that takes these entities away."""
    return Delta.of([Change(kind, key, document, None) for kind, key, document in entities])


def changed(before: Entity, after: Entity) -> Delta:
    """Return the Delta that puts one document in place of another of the same entity."""
    assert (before.kind, before.key) == (after.kind, after.key)
    return Delta.of([Change(before.kind, before.key, before.document, after.document)])


def draft(minute: int = 0, *, actor: Actor = KARI, source: str = "acme", **more: Any) -> RevisionDraft:
    """Return a draft, so many minutes into the year 2100."""
    at = dt.datetime(2100, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minute)
    return RevisionDraft(actor, at.isoformat(timespec="microseconds"), source, **more)


def run(source: str = "acme", scope: str = "", *, seen: Iterable[str] = (), **more: Any) -> RunDraft:
    """Return a run of a complete import."""
    times = {"started_at": "2100-01-01T00:00:00.000000+00:00", "finished_at": "2100-01-01T00:00:01.000000+00:00"}
    said: dict[str, Any] = {"complete": True, "refreshes": True, **times, **more}
    return RunDraft(source=source, scope=scope, actor=KARI, seen=pack_ids(seen), **said)


def commit(store: Store, delta: Delta, minute: int = 0, *, run: RunDraft | None = None, **more: Any) -> Revision:
    """Make a Delta the next revision of a store."""
    said = draft(minute, **more)
    with store.write(said.actor) as session:
        return session.commit(delta, said, run)


def held_by(view: ReadView) -> Contents:
    """Return every document that a view shows."""
    return {kind: dict(view.documents(kind)) for kind in KINDS}


def contents(store: Store) -> Contents:
    """Return every document in a store."""
    with store.view() as view:
        return held_by(view)


def holding(*entities: Entity) -> Contents:
    """Return what a store holds that holds just these entities, in the order in which it gives them."""
    held: Contents = {kind: {} for kind in KINDS}
    for kind, key, document in sorted(entities):
        held[kind][key] = document
    return held


def history(store: Store) -> list[tuple[Revision, list[Change]]]:
    """Return every revision but the first with its changes."""
    found: dict[int, list[Change]] = {revision.number: [] for revision in store.revisions()}
    with store.view() as view:
        for number, change in view.changes(0, view.revision.number):
            found[number].append(change)
    return [(revision, found[revision.number]) for revision in store.revisions()]


def random_deltas(seed: int, count: int) -> Iterator[Delta]:
    """Give Deltas that fit one upon the other from an empty record, of every kind and verdict."""
    rng = random.Random(seed)
    names = [f"i{number}" for number in range(30)]
    present: dict[tuple[Kind, str], bytes] = {}
    for _ in range(count):
        wanted = [item(name, users=rng.randrange(5)) for name in rng.sample(names, 8)]
        alive = sorted({name for name in names if ("item", id_of(name)) in present})
        gone = {id_of(name) for name in rng.sample(alive, min(2, len(alive)))} - {entity.key for entity in wanted}
        ends = sorted(({entity.key for entity in wanted} | {id_of(name) for name in alive}) - gone)
        by_id = {id_of(name): name for name in names}
        for _ in range(10):
            from_, to = by_id[rng.choice(ends)], by_id[rng.choice(ends)]
            lasts = {"lasts_minutes": rng.randrange(1, 4)} if rng.random() < 0.5 else {}
            denied = rng.random() < 0.1
            wanted.append(relationship(from_, rng.choice(["runs_on", "depends_on"]), to, denied=denied, **lasts))
            wanted.append(pool(from_, rng.choice(["a", "æ"]), need=rng.randrange(1, 3), denied=denied))
        changes = {(kind, key): Change(kind, key, present.get((kind, key)), document) for kind, key, document in wanted}
        for (kind, key), document in present.items():
            if any(id_ in key for id_ in gone):
                changes[kind, key] = Change(kind, key, document, None)
        delta = Delta.of(list(changes.values()))
        for change in delta.changes:
            if change.after is None:
                del present[change.kind, change.key]
            else:
                present[change.kind, change.key] = change.after
        yield delta


def after(deltas: Iterable[Delta]) -> Contents:
    """Return what a store holds after these Deltas, worked out without one."""
    entities: dict[tuple[Kind, str], bytes] = {}
    for delta in deltas:
        for kind, key, _, document in delta.changes:
            if document is None:
                del entities[kind, key]
            else:
                entities[kind, key] = document
    return holding(*(Entity(kind, key, document) for (kind, key), document in entities.items()))
