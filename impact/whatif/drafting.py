"""A draft of another estate: the rows that differ from a snapshot, and what can be asked of both together.

Takes a Snapshot and the catalogue's rules. Items are called by record id, so that those which are only supposed are
asked about in the same way as those recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np

from cmdb.errors import ItemNotFound, UsageError
from cmdb.model import OUT_OF_SERVICE, content_digest, item_id, pool_key, relationship_key, split_relationship_key
from cmdb.model.values import encode
from cmdb.snapshot import Snapshot
from cmdb.snapshot.catchup import Amendment, ItemRowShown, Rules, amended
from cmdb.snapshot.naming import resolve

__all__ = ["SUPPOSED", "Draft", "Link", "PoolSeen"]

SUPPOSED: Final = "what-if"
"""The source of items that are only supposed."""


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship and what it means. `consumer` and `provider` are None where it has no direction of impact."""

    start: str
    type: str
    end: str
    key: str
    shown: dict[str, Any]
    impact: str
    consumer: str | None
    provider: str | None
    pools: tuple[str, ...]
    """Pools of the consumer it makes the provider a member of; one that a rule makes included."""

    @property
    def direct(self) -> bool:
        """Whether the provider is required by itself, outside any pool."""
        return not self.pools or bool(self.shown.get("required"))


@dataclass(frozen=True, slots=True)
class PoolSeen:
    """A pool as it stands in the draft."""

    shown: dict[str, Any]
    recorded: bool
    members: tuple[str, ...]
    """Distinct members in service."""
    need: int
    """Members that must be up, as stated or assumed; above their number where it cannot be met."""
    assumed: bool


class Draft:
    """Rows that differ. Nothing is compiled before `compiled` is asked for."""

    def __init__(self, snapshot: Snapshot, rules: Rules) -> None:
        self.snapshot = snapshot
        self.rules = rules
        self._items: dict[str, ItemRowShown | None] = {}
        self._links: dict[str, bytes | None] = {}
        self._pools: dict[str, bytes | None] = {}
        self._named: dict[str, list[str]] = {}

    # ---- items

    def find(self, name: str) -> str:
        """Return the record id that a name means; what is supposed goes before what is recorded.

        Raises ItemNotFound or ItemAmbiguous.
        """
        supposed = self._named.get(name, [])
        if len(supposed) == 1:
            return supposed[0]
        try:
            return self.snapshot.id_at(resolve(self.snapshot, name))
        except ItemNotFound:
            if name in self._items:
                return name
            raise

    def _row(self, id_: str) -> ItemRowShown:
        drafted = self._items.get(id_)
        if drafted is not None:
            return drafted
        row = self.snapshot.row_of(id_)
        return ItemRowShown(
            self.snapshot.class_at(row),
            self.snapshot.name_at(row),
            self.snapshot.status_at(row),
            self.snapshot.shown.bytes_at(row),
        )

    def name(self, id_: str) -> str:
        """Return an item's name."""
        return self._row(id_).name

    def class_of(self, id_: str) -> str:
        """Return an item's class."""
        return self._row(id_).class_

    def status(self, id_: str) -> str:
        """Return an item's status."""
        return self._row(id_).status

    def values(self, id_: str) -> dict[str, Any]:
        """Return what an item shows."""
        values: dict[str, Any] = msgspec.json.decode(self._row(id_).shown)["values"]
        return values

    def put_values(self, id_: str, values: dict[str, Any], status: str | None = None) -> None:
        """Give an item these values in place of all it shows, and another status when one is given."""
        row = self._row(id_)
        ids = msgspec.json.decode(row.shown)["external_ids"]
        kept = {name: value for name, value in values.items() if value is not None}
        shown = encode({"external_ids": ids, "values": kept})
        self._items[id_] = ItemRowShown(row.class_, row.name, status or row.status, shown)

    def add(self, class_name: str, name: str, values: dict[str, Any]) -> str:
        """Add an item in service and return its record id; raises UsageError when one is supposed of that name."""
        id_ = item_id(SUPPOSED, name)
        if id_ in self._items or self.snapshot.row_of(id_) >= 0:
            raise UsageError(f"an item {name!r} is supposed already; give this one another name")
        shown = encode({"external_ids": {SUPPOSED: [name]}, "values": values})
        self._items[id_] = ItemRowShown(class_name, name, "operational", shown)
        self._named.setdefault(name, []).append(id_)
        return id_

    def is_supposed(self, name: str) -> bool:
        """Tell whether an item of that name was added to the draft."""
        return name in self._named

    # ---- relationships

    def links_of(self, id_: str) -> list[Link]:
        """Return every relationship that an item is an end of, by type, ends and key."""
        snapshot, row = self.snapshot, self.snapshot.row_of(id_)
        found: dict[str, bytes | None] = {}
        if row >= 0:
            for at in np.flatnonzero((snapshot.relationship_from == row) | (snapshot.relationship_to == row)).tolist():
                key = relationship_key(
                    snapshot.id_at(int(snapshot.relationship_from[at])),
                    snapshot.type_names[int(snapshot.relationship_types[at])],
                    snapshot.id_at(int(snapshot.relationship_to[at])),
                    snapshot.relationship_keys[at],
                )
                found[key] = snapshot.relationship_shown.bytes_at(at)
        for key, shown in self._links.items():
            start, _, end, _ = split_relationship_key(key)
            if id_ in (start, end):
                found[key] = shown
        return [self._link(key, shown) for key, shown in sorted(found.items()) if shown is not None]

    def _link(self, text: str, shown: bytes) -> Link:
        start, type_, end, key = split_relationship_key(text)
        values: dict[str, Any] = msgspec.json.decode(shown) if shown else {}
        rule = self.rules.rule_for(type_, self.class_of(start), self.class_of(end))
        if rule is None:
            return Link(start, type_, end, key, values, "no_rule", None, None, ())
        pools = tuple(values.get("pools") or ((rule.pool.name,) if rule.pool is not None else ()))
        consumer, provider = (start, end) if rule.consumer == "from" else (end, start)
        return Link(start, type_, end, key, values, rule.impact, consumer, provider, pools)

    def undirected(self, type_name: str) -> bool:
        """Tell whether a type of relationship has no direction; its ends stand sorted."""
        known = self.rules.types.get(type_name)
        return known is not None and known.undirected

    def put_link(self, start: str, type_name: str, end: str, key: str, shown: dict[str, Any]) -> Link:
        """Put a relationship of a type of the catalogue, in its own direction; raises UsageError for a self-link."""
        if start == end:
            raise UsageError(f"{self.name(start)} cannot be related to itself")
        if self.undirected(type_name):
            start, end = sorted((start, end))
        text = relationship_key(start, type_name, end, key)
        self._links[text] = encode(shown) if shown else b""
        return self._link(text, self._links[text] or b"")

    def drop_link(self, link: Link) -> None:
        """Take a relationship away."""
        self._links[relationship_key(link.start, link.type, link.end, link.key)] = None

    # ---- pools

    def pools_of(self, consumer: str) -> list[str]:
        """Return the names of a consumer's pools, sorted."""
        named = {pool for link in self.links_of(consumer) if link.consumer == consumer for pool in link.pools}
        return sorted(named | set(self._recorded(consumer)))

    def _recorded(self, consumer: str) -> dict[str, bytes]:
        snapshot, row = self.snapshot, self.snapshot.row_of(consumer)
        found: dict[str, bytes] = {}
        if row >= 0:
            first, last = np.searchsorted(snapshot.pool_consumers, [row, row + 1]).tolist()
            found = {snapshot.pool_names[at]: snapshot.pool_shown.bytes_at(at) for at in range(first, last)}
        for text, shown in self._pools.items():
            owner, _, name = text.partition(" ")
            if owner == consumer and shown is not None:
                found[name] = shown
        return found

    def pool(self, consumer: str, name: str) -> PoolSeen:
        """Return a pool as the draft has it; raises UsageError, with the pools there are, when there is none."""
        from cmdb.model import Need

        links = [link for link in self.links_of(consumer) if link.consumer == consumer and name in link.pools]
        recorded = self._recorded(consumer)
        if not links and name not in recorded:
            there = ", ".join(self.pools_of(consumer))
            hint = f"it has {there}" if there else "it has none; make one with relate and a pool"
            raise UsageError(f"{self.name(consumer)} has no pool {name!r}; {hint}")
        members = sorted(
            {
                link.provider
                for link in links
                if link.provider is not None
                and link.impact in ("hard", "soft")
                and self.status(link.provider) not in OUT_OF_SERVICE
            }
        )
        shown = msgspec.json.decode(recorded[name]) if name in recorded else {}
        need, assumed = max(len(members) - 1, 1), True
        for link in links:
            rule = self.rules.rule_for(link.type, self.class_of(link.start), self.class_of(link.end))
            if rule is not None and rule.pool is not None and not link.shown.get("pools") and rule.pool.need != "n-1":
                need = rule.pool.need_for(len(members))
        if shown.get("need") is not None:
            need = max(Need.parse(shown["need"]).required(len(members)), 1)
            assumed = bool(shown.get("assumed"))
        return PoolSeen(shown, name in recorded, tuple(members), need, assumed)

    def put_pool(self, consumer: str, name: str, shown: dict[str, Any]) -> None:
        """Put a pool: what it says of its need and the rest."""
        self._pools[pool_key(consumer, name)] = encode(shown)

    # ---- the whole

    def touched(self) -> list[str]:
        """Return the items that differ in their values, in what they require or in their pools, sorted."""
        found = set(self._items)
        for text in self._links:
            start, _, end, _ = split_relationship_key(text)
            found |= {start, end}
        found |= {text.partition(" ")[0] for text in self._pools}
        return sorted(found)

    def compiled(self) -> Snapshot:
        """Return the snapshot of the draft; the same revision, with a digest that tells them apart."""
        if not (self._items or self._links or self._pools):
            return self.snapshot
        said = encode([{id_: list(row) if row else None for id_, row in self._items.items()}, self._links, self._pools])
        return amended(
            self.snapshot,
            Amendment(self._items, self._links, self._pools),
            number=self.snapshot.revision,
            at=self.snapshot.revision_at,
            digest=content_digest(self.snapshot.revision_digest.encode(), said),
            catalogue=self.rules,
        )
