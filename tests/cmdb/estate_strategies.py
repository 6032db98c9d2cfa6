"""Hypothesis strategies: small estates as documents, and the changes from one to another."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cmdb.model import EdgeClaim, ItemClaim, Kind, encode_claims, item_id, pool_key, relationship_key

Held = dict[Kind, dict[str, bytes]]

# Classes and types with rules of every sort: hard, soft, none, pools by rule, undirected, none at all.
CLASSES = ("Server", "PDU", "Cluster", "Database", "LBPool", "LBPoolMember", "Contact", "BusinessCapability", "Site")
TYPES = (
    *("depends_on", "powered_by", "contains", "member_of", "connects_to", "sends_data_to", "part_of"),
    *("uplinks_to", "located_in", "monitored_by", "owned_by", "cluster_of", "no_such_type"),
)
STATUSES = (None, None, None, "operational", "planned", "retired", "maintenance", "missing", "degraded")
POOLS = ("web", "power", "uplinks", "hosts", "kjøling")
NEEDS = (None, 1, 2, 9, "50%", "66.7%", "100%", "0.1%", "capacity")

_names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=4).filter(
    str.strip
)


def item_ids(count: int) -> list[str]:
    """Return the record ids that estates are made of."""
    return [item_id("acme", f"i{number}") for number in range(count)]


@st.composite
def items(draw: st.DrawFn, id_: str) -> bytes:
    """An item's document: one or two claims, values of every sort."""
    claims = []
    for source in draw(st.sampled_from((("acme",), ("acme", "netbox"), ("acme", "manual")))):
        values: dict[str, Any] = {}
        if (status := draw(st.sampled_from(STATUSES))) is not None:
            values["status"] = status
        if draw(st.booleans()):
            values["users"] = draw(st.integers(0, 5000))
            values["criticality"] = draw(st.sampled_from(("low", "medium", "high", "vital")))
        if draw(st.booleans()):
            values["mtbf_hours"], values["mttr_hours"] = 2000, draw(st.sampled_from((4, 0.5)))
            values["mtbf_low_hours"], values["mttr_high_hours"] = draw(st.sampled_from((800, 1500.5))), 9
            values["maintenance_hours_per_year"] = draw(st.sampled_from((0, 48)))
            values["reliability_basis"] = draw(st.sampled_from(("measured", "entered")))
        if draw(st.booleans()):
            values["load"], values["capacity"] = draw(st.sampled_from((90, 150.5))), draw(st.sampled_from((50, 100)))
        bare = source == "manual" and draw(st.booleans())
        claims.append(
            ItemClaim(
                *(source, "", f"{source} {id_}"),
                *(("", "") if bare else (draw(st.sampled_from(CLASSES)), draw(_names))),
                *(values, "digest"),
            )
        )
    return encode_claims(claims)


@st.composite
def links(draw: st.DrawFn) -> bytes:
    """A relationship's document: members of pools, required too, lasting for minutes, denied by hand."""
    claims = []
    for source in draw(st.sampled_from((("acme",), ("acme", "netbox"), ("acme", "manual"), ("manual",)))):
        values: dict[str, Any] = {}
        if pools := draw(st.lists(st.sampled_from(POOLS), unique=True, max_size=2)):
            values["pools"] = sorted(pools)
            if draw(st.booleans()):
                values["required"] = True
        if draw(st.booleans()):
            values["lasts_minutes"] = draw(st.sampled_from((10, 30.5)))
        denied = source == "manual" and draw(st.booleans())
        claims.append(EdgeClaim(source, "", {} if denied else values, "digest", denied))
    return encode_claims(claims)


@st.composite
def pools(draw: st.DrawFn) -> bytes:
    """A pool's document: need as a count or percentage, stated or assumed, `full`, denied by hand."""
    claims = []
    for source in draw(st.sampled_from((("acme",), ("acme", "netbox"), ("acme", "manual"), ("manual",)))):
        need, full = draw(st.sampled_from(NEEDS)), draw(st.sampled_from((None, None, 2, "50%")))
        values = {key: value for key, value in (("need", need), ("full", full)) if value is not None}
        if need is None or draw(st.booleans()):
            values["assumed"] = True
        if draw(st.booleans()):
            values["beta"] = draw(st.sampled_from((0, 0.05, 1)))
        denied = source == "manual" and draw(st.booleans())
        claims.append(EdgeClaim(source, "", {} if denied else values, "digest", denied))
    return encode_claims(claims)


@st.composite
def estates(draw: st.DrawFn, most: int = 7) -> Held:
    """A small record: documents by kind and key."""
    ids = draw(st.lists(st.sampled_from(item_ids(most)), unique=True, max_size=most))
    held: Held = {"item": {id_: draw(items(id_)) for id_ in ids}, "relationship": {}, "pool": {}}
    if len(ids) > 1:
        ends = st.tuples(st.sampled_from(ids), st.sampled_from(TYPES), st.sampled_from(ids), st.sampled_from(("", "ø")))
        for start, type_, end, key in draw(st.lists(ends, max_size=2 * most)):
            if start != end:
                held["relationship"][relationship_key(start, type_, end, key)] = draw(links())
    if ids:
        for consumer, name in draw(st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(POOLS)), max_size=4)):
            held["pool"][pool_key(consumer, name)] = draw(pools())
    return held
