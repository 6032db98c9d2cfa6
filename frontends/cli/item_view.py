"""Everything that is known of one item, as plain values: the JSON of `cmdb show`.

Takes a Snapshot, a row and the catalogue. What it says of impact is what is compiled; nothing is worked out here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from frontends.cli.item_links import Link, PoolOf, links_of, pools_of

if TYPE_CHECKING:
    from cmdb.catalogue import Catalogue, RelationshipType
    from cmdb.snapshot import Snapshot
    from cmdb.store.protocol import Store

__all__ = ["sources_of", "view_of"]

_WITHOUT_IMPACT: Final = {
    "none": "no impact, by the catalogue",
    "no_rule": "not evaluated: the catalogue has no rule for these two classes",
    "undirected": "not evaluated: it has no direction",
}
_OVER_NETWORK: Final = "a link of the network: counts for what is reached over it"


def view_of(snapshot: Snapshot, row: int, catalogue: Catalogue) -> dict[str, Any]:
    """Return the item with its relationships (in words what each means), its pools and availability inputs."""
    shown = snapshot.shown_at(row)
    pools = pools_of(snapshot, row)
    return {
        "revision": snapshot.revision,
        "item": {
            "id": snapshot.id_at(row),
            "external_ids": shown["external_ids"],
            "class": snapshot.class_at(row),
            "name": snapshot.name_at(row),
            "status": snapshot.status_at(row),
            "in_service": bool(snapshot.in_service[row]),
            "service": bool(snapshot.is_service[row]),
            "values": shown["values"],
        },
        "relationships": [_link(snapshot, row, link, catalogue) for link in links_of(snapshot, row)],
        "pools": [_pool(snapshot, pool) for pool in pools],
        "availability": _availability(shown["values"], snapshot.class_at(row), catalogue),
    }


def _link(snapshot: Snapshot, row: int, link: Link, catalogue: Catalogue) -> dict[str, Any]:
    kind = catalogue.types.get(link.type)
    return {
        "role": link.role,
        "direction": "out" if link.outward else "in",
        "type": link.type,
        "reads": link.type if link.outward or kind is None or kind.undirected else kind.inverse,
        "key": link.key,
        "id": snapshot.id_at(link.other),
        "name": snapshot.name_at(link.other),
        "class": snapshot.class_at(link.other),
        "status": snapshot.status_at(link.other),
        "impact": link.impact,
        "pools": link.pools,
        "means": _OVER_NETWORK if _joins(kind, link) else _meaning(snapshot, row, link),
        **{name: value for name, value in link.shown.items() if name != "pools"},
    }


def _joins(kind: RelationshipType | None, link: Link) -> bool:
    return kind is not None and kind.network == "link" and link.impact == "undirected"


def _meaning(snapshot: Snapshot, row: int, link: Link) -> str:
    if link.impact in _WITHOUT_IMPACT:
        return _WITHOUT_IMPACT[link.impact]
    if link.impact == "out_of_service":
        outside = link.other if snapshot.in_service[row] else row
        text = f"no impact: {snapshot.name_at(outside)} is {snapshot.status_at(outside)}"
        unmet = link.role == "consumer" and outside == link.other and not link.pools
        return f"{text}; the requirement is unmet" if unmet else text
    consumer = row if link.role == "consumer" else link.other
    parts = []
    if link.pools:
        by_name = {pool.name: pool for pool in pools_of(snapshot, consumer)}
        parts = [_member_text(by_name[name], link.role) for name in link.pools if name in by_name]
    if not link.pools or link.shown.get("required"):
        hard = {"consumer": "goes down with it", "provider": "goes down with this item"}
        soft = {"consumer": "is degraded without it", "provider": "is degraded without this item"}
        parts.insert(0, (hard if link.impact == "hard" else soft)[link.role])
    if link.shown.get("lasts_minutes") is not None:
        parts.append(f"lasts {link.shown['lasts_minutes']:g} minutes")
    if link.shown.get("standby"):
        parts.append("standby")
    return "; ".join(parts)


def _member_text(pool: PoolOf, role: str) -> str:
    whose = "in pool" if role == "consumer" else "in its pool"
    return f"{whose} {pool.name}, {pool.need} of {len(pool.members)} needed"


def _pool(snapshot: Snapshot, pool: PoolOf) -> dict[str, Any]:
    return {
        "name": pool.name,
        "need": pool.need,
        "n": len(pool.members),
        "stated": pool.stated,
        "full": pool.full or None,
        "hard": pool.hard,
        "assumed": pool.assumed,
        "recorded": bool(pool.shown),
        "members": [
            {
                "id": snapshot.id_at(member.row),
                "name": snapshot.name_at(member.row),
                "status": snapshot.status_at(member.row),
                "lasts_minutes": None if math.isinf(member.lasts_minutes) else member.lasts_minutes,
            }
            for member in pool.members
        ],
        "said": pool.shown,
    }


def _availability(values: dict[str, Any], class_name: str, catalogue: Catalogue) -> dict[str, Any]:
    """Return the inputs of the item's own availability, and where they come from."""
    given = {name: values.get(name) for name in ("availability", "mtbf_hours", "mttr_hours")}
    if given["availability"] is not None or None not in (given["mtbf_hours"], given["mttr_hours"]):
        return {**given, "basis": values.get("reliability_basis", "entered"), "source": None}
    item_class = catalogue.classes.get(class_name)
    if item_class is None or item_class.mtbf_hours is None:
        return {**given, "basis": "unknown", "source": None}
    default = {"mtbf_hours": item_class.mtbf_hours, "mttr_hours": item_class.mttr_hours}
    filled = {name: given[name] if given[name] is not None else default[name] for name in default}
    basis = "default" if filled == default else "partly default"
    return {"availability": None, **filled, "basis": basis, "source": item_class.source}


def sources_of(store: Store, snapshot: Snapshot, row: int) -> list[dict[str, Any]]:
    """Return what each source says of the item, and which of its values are not shown because another's are."""
    from cmdb.model import decode_item

    id_ = snapshot.id_at(row)
    document = None
    for number, change in store.changes_of("item", [id_]):
        if number <= snapshot.revision:
            document = change.after
    if document is None:
        return []
    shown = snapshot.shown_at(row)["values"] | {
        "class": snapshot.class_at(row),
        "name": snapshot.name_at(row),
        "status": snapshot.status_at(row),
    }
    shown = _by_name(shown)
    said = []
    for claim in decode_item(document):
        named = {"class": claim.class_, "name": claim.name}
        values: dict[str, Any] = {**{name: text for name, text in named.items() if text}, **claim.values}
        values = _by_name({name: value for name, value in values.items() if value is not None})
        said.append(
            {
                "source": claim.source,
                "scope": claim.scope,
                "id": claim.external_id,
                "aliases": list(claim.aliases),
                "values": values,
                "not_shown": sorted(name for name, value in values.items() if value != shown.get(name)),
                "seen_at": _seen_by(store, claim.source, id_),
                "absent_since": claim.absent.since if claim.absent else None,
                "absent": claim.absent.state if claim.absent else None,
            }
        )
    return [*said, *_pool_sources(store, snapshot, row)]


def _by_name(values: dict[str, Any]) -> dict[str, Any]:
    """Return values with each attribute under a name of its own."""
    attributes = values.get("attributes") or {}
    own = {name: value for name, value in values.items() if name != "attributes"}
    return own | {f"attributes.{name}": value for name, value in attributes.items()}


def _seen_by(store: Store, source: str, item: str) -> str | None:
    """Return when a source last showed an item, None where no run tells."""
    from cmdb.history import unpack_ids

    for run in store.runs(source):
        if run.draft.refreshes and item in unpack_ids(run.draft.seen):
            return run.draft.exported_at or run.draft.finished_at
    return None


def _pool_sources(store: Store, snapshot: Snapshot, row: int) -> list[dict[str, Any]]:
    """Return what each source says of the pools of an item, where more than one does; fields read `pool NAME: need`."""
    from cmdb.model import decode_edges, pool_key

    found: dict[tuple[str, str], dict[str, Any]] = {}
    id_ = snapshot.id_at(row)
    for pool in pools_of(snapshot, row):
        document = None
        for number, change in store.changes_of("pool", [pool_key(id_, pool.name)]):
            if number <= snapshot.revision:
                document = change.after
        claims = decode_edges(document) if document is not None else []
        for claim in claims if len(claims) > 1 else ():
            about = found.setdefault(
                (claim.source, claim.scope),
                {
                    "source": claim.source,
                    "scope": claim.scope,
                    "id": id_,
                    "aliases": [],
                    "values": {},
                    "not_shown": [],
                    "seen_at": _seen_by(store, claim.source, id_),
                    "absent_since": None,
                    "absent": None,
                },
            )
            for name, value in claim.values.items():
                if name not in ("confirmed_members", "assumed"):
                    about["values"][f"pool {pool.name}: {name}"] = value
                    if pool.shown.get(name) != value:
                        about["not_shown"].append(f"pool {pool.name}: {name}")
    return list(found.values())
