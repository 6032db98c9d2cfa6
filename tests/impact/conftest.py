"""Estates for the tests of impact: written as text, compiled here without store or catalogue.

    shop -> web1 | web        shop hard-relies on web1, as a member of its pool web
    shop ~> mail              soft
    shop .. rack              a link without impact (`--` undirected, `??` no rule)
    sw1 == sw2                a link of the network
    shop => db                shop reaches db over the network (`=~` softly)

The compiler is naive on purpose: loops over dicts, so that it shares no mistake with cmdb.snapshot.compile.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import strategies as st

from cmdb.model import CRITICALITIES, RELIABILITY_BASES, STATUSES, Need, item_id
from cmdb.model.vocabulary import OUT_OF_SERVICE
from cmdb.snapshot import (
    IMPACTS,
    NETWORK_ENDS,
    NETWORK_TYPES,
    NUMBERS,
    CodedStrings,
    ImpactGraph,
    Snapshot,
    Strings,
)

MTBF_HOURS = (1000.0, math.nan, math.nan, 4000.0, math.nan, math.nan)
MTTR_HOURS = (2.0, math.nan, math.nan, 8.0, math.nan, math.nan)
DEFAULT_SOURCES = ("expert prior", "", "", "a table of servers", "", "")
CLASSES = ("Application", "BusinessService", "Room", "Server", "Switch", "Unknown")
TIERS = (3, 5, 0, 2, -1, -1)
ENDS = ("end", "end", "none", "end", "through", "end")
NETWORK_OF_TYPE = {"connects_to": "link", "reaches": "reach", "reaches_softly": "reach"}


@dataclass(frozen=True)
class Link:
    """One relationship; `impact` is a word of IMPACTS; the consumer is its `from` unless `reversed`."""

    consumer: str
    provider: str
    impact: str = "hard"
    pools: tuple[str, ...] = ()
    type: str = "relies_on"
    lasts: float = math.inf
    required: bool = False
    key: str = ""
    reversed: bool = False


@dataclass(frozen=True)
class Spec:
    """An estate in words: items by name, links, and pools by (consumer, name)."""

    items: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    pools: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Estate:
    """A compiled estate; items are called by their names."""

    spec: Spec
    snapshot: Snapshot

    def id(self, name: str) -> str:
        return item_id("test", name)

    def ids(self, *names: str) -> list[str]:
        return [self.id(name) for name in names]

    def row(self, name: str) -> int:
        row = self.snapshot.row_of(self.id(name))
        assert row >= 0, name
        return row

    def rows(self, names: Any) -> np.ndarray:
        return np.array([self.row(name) for name in names], np.int64)

    def name(self, row: int) -> str:
        return self.snapshot.name_at(row)

    def name_of(self, id_: str) -> str:
        return self.snapshot.name_at(self.snapshot.row_of(id_))


def read(text: str, items: Mapping[str, Mapping[str, Any]] | None = None, **pools: Any) -> Spec:
    """Read an estate from lines `consumer ARROW provider [| pool...]`; a lone name is an item without links.

    Pools are given as `shop_web=1` or `shop_web={"need": "50%", "full": 3}`; `items` says more of some items.
    """
    arrows = {"->": "hard", "~>": "soft", "..": "none", "--": "undirected", "??": "no_rule"}
    arrows |= {"==": "undirected", "=>": "hard", "=~": "soft"}
    types = {"==": "connects_to", "=>": "reaches", "=~": "reaches_softly"}
    said: dict[str, Mapping[str, Any]] = {}
    links = []
    for line in filter(None, map(str.strip, text.splitlines())):
        words = line.split()
        said.setdefault(words[0], {})
        if len(words) > 1:
            said.setdefault(words[2], {})
            type_ = types.get(words[1], "relies_on")
            key = str(len(links)) if words[1] == "==" else ""
            links.append(Link(words[0], words[2], arrows[words[1]], tuple(words[4:]), type_, key=key))
    said.update(items or {})
    needs = {}
    for name, need in pools.items():
        consumer, pool = name.split("_", 1)
        needs[consumer, pool] = need if isinstance(need, dict) else {"need": need}
    return Spec(said, tuple(links), needs)


def compile_spec(spec: Spec) -> Estate:
    """Compile an estate in the plainest way."""
    order = sorted(spec.items, key=lambda name: item_id("test", name))
    row = {name: number for number, name in enumerate(order)}
    said = [spec.items[name] for name in order]
    status = {name: spec.items[name].get("status", "operational") for name in order}
    live = {name for name in order if status[name] not in OUT_OF_SERVICE}
    ends = [(link.provider, link.consumer) if link.reversed else (link.consumer, link.provider) for link in spec.links]
    ranked = sorted(
        range(len(ends)), key=lambda n: (row[ends[n][0]], spec.links[n].type, row[ends[n][1]], spec.links[n].key)
    )
    links = [spec.links[n] for n in ranked]
    ends = [ends[n] for n in ranked]
    types = tuple(sorted({link.type for link in links}))

    edges: dict[tuple[int, int, bool], int] = {}
    pools: dict[tuple[str, str], dict[str, tuple[int, float, bool]]] = {key: {} for key in spec.pools}
    impacts, unmet = [], []
    for number, link in enumerate(links):
        followed = link.impact in ("hard", "soft")
        in_service = link.consumer in live and link.provider in live
        impacts.append(IMPACTS.index(link.impact if in_service or not followed else "out_of_service"))
        if not followed or link.consumer not in live:
            continue
        hard = link.impact == "hard"
        for pool in link.pools:
            entry = pools.setdefault((link.consumer, pool), {})
            if link.provider in live:
                first, lasts, was_hard = entry.get(link.provider, (number, 0.0, False))
                # The longest-lasting of parallel links speaks for all of them.
                first = number if link.lasts > lasts else first
                entry[link.provider] = (first, max(lasts, link.lasts), was_hard or hard)
        if not link.pools or link.required:
            if link.provider in live:
                edges.setdefault((row[link.provider], row[link.consumer], hard), number)
            elif hard and (row[link.consumer], row[link.provider], "") not in unmet:
                unmet.append((row[link.consumer], row[link.provider], ""))
    edge_list = sorted((provider, consumer, not hard, number) for (provider, consumer, hard), number in edges.items())
    manned, recorded = [], sorted(spec.pools, key=lambda key: (row[key[0]], key[1]))
    for key in sorted(pools, key=lambda key: (row[key[0]], key[1])):
        if key[0] in live and pools[key]:
            manned.append(key)
        elif key[0] in live:
            unmet.append((row[key[0]], -1, key[1]))
    members = sorted(
        (row[provider], number, first, lasts)
        for number, key in enumerate(manned)
        for provider, (first, lasts, _) in pools[key].items()
    )
    size = [len(pools[key]) for key in manned]
    stated, full, assumed = [], [], []
    for key, n in zip(manned, size, strict=True):
        values = spec.pools.get(key, {})
        need = values.get("need")
        stated.append(max(n - 1, 1) if need is None else max(Need.parse(need).required(n), 1))
        full.append(Need.parse(values["full"]).required(n) if values.get("full") else 0)
        assumed.append(bool(values.get("assumed")) or need is None)

    def bounds(rows: list[int], count: int) -> np.ndarray:
        return np.searchsorted(np.array(sorted(rows), np.int64), np.arange(count + 1)).astype(np.int64)

    def by(rows: list[int]) -> np.ndarray:
        return np.array(sorted(range(len(rows)), key=rows.__getitem__), np.int64)

    edge_consumers = [edge[1] for edge in edge_list]
    member_pools = [member[1] for member in members]
    pool_consumers = [row[key[0]] for key in manned]
    graph = ImpactGraph(
        edge_ptr=bounds([edge[0] for edge in edge_list], len(order)),
        edge_provider=np.array([edge[0] for edge in edge_list], np.int32),
        edge_consumer=np.array(edge_consumers, np.int32),
        edge_hard=np.array([not edge[2] for edge in edge_list], np.bool_),
        edge_relationship=np.array([edge[3] for edge in edge_list], np.int32),
        member_ptr=bounds([member[0] for member in members], len(order)),
        member_provider=np.array([member[0] for member in members], np.int32),
        member_pool=np.array(member_pools, np.int32),
        member_relationship=np.array([member[2] for member in members], np.int32),
        member_lasts=np.array([member[3] for member in members], np.float64),
        pool_consumer=np.array(pool_consumers, np.int32),
        pool_names=Strings.of([key[1] for key in manned]),
        pool_members=np.array(size, np.int32),
        pool_need=np.minimum(np.array(stated, np.int32), np.array(size, np.int32)).astype(np.int32),
        pool_stated=np.array(stated, np.int32),
        pool_full=np.array(full, np.int32),
        pool_hard=np.array([any(hard for *_, hard in pools[key].values()) for key in manned], np.bool_),
        pool_assumed=np.array(assumed, np.bool_),
        pool_beta=np.array([float(spec.pools.get(key, {}).get("beta", math.nan)) for key in manned], np.float64),
        pool_row=np.array([recorded.index(key) if key in spec.pools else -1 for key in manned], np.int32),
        edge_by_consumer=by(edge_consumers),
        edge_consumer_ptr=bounds(edge_consumers, len(order)),
        member_by_pool=by(member_pools),
        member_pool_ptr=bounds(member_pools, len(manned)),
        pool_by_consumer=by(pool_consumers),
        pool_consumer_ptr=bounds(pool_consumers, len(order)),
        unmet_consumer=np.array([each[0] for each in unmet], np.int32),
        unmet_provider=np.array([each[1] for each in unmet], np.int32),
        unmet_pool_names=Strings.of([each[2] for each in unmet]),
    )

    def link_shown(link: Link) -> bytes | None:
        shown: dict[str, Any] = {"pools": sorted(link.pools)} if link.pools else {}
        if link.required:
            shown["required"] = True
        if math.isfinite(link.lasts):
            shown["lasts_minutes"] = link.lasts
        return msgspec.json.encode(shown, order="deterministic") if shown else None

    def item_shown(name: str, values: Mapping[str, Any]) -> bytes:
        rest = {key: value for key, value in values.items() if key not in ("class", "name", "status")}
        return msgspec.json.encode({"external_ids": {"test": [name]}, "values": rest}, order="deterministic")

    snapshot = Snapshot(
        record_uuid="00000000-0000-0000-0000-000000000000",
        revision=7,
        revision_at="2026-11-23T02:00:00Z",
        revision_digest="0" * 16,
        catalogue_digest="0" * 16,
        ids=np.array([item_id("test", name) for name in order], "S16"),
        names=Strings.of([values.get("name", name) for name, values in zip(order, said, strict=True)]),
        class_names=CLASSES,
        class_codes=np.array([CLASSES.index(values.get("class", "Server")) for values in said], np.int16),
        service_class=np.array([name == "BusinessService" for name in CLASSES]),
        class_tiers=np.array(TIERS, np.int16),
        class_mtbf_hours=np.array(MTBF_HOURS),
        class_mttr_hours=np.array(MTTR_HOURS),
        class_default_sources=DEFAULT_SOURCES,
        class_network=np.array([NETWORK_ENDS.index(each) for each in ENDS], np.int8),
        statuses=np.array([STATUSES.index(status[name]) for name in order], np.int8),
        criticality=np.array(
            [CRITICALITIES.index(each["criticality"]) if "criticality" in each else -1 for each in said], np.int8
        ),
        users=np.array([values.get("users", -1) for values in said], np.int64),
        reliability_basis=np.array(
            [RELIABILITY_BASES.index(v["reliability_basis"]) if "reliability_basis" in v else -1 for v in said], np.int8
        ),
        numbers={name: np.array([values.get(name, math.nan) for values in said], np.float64) for name in NUMBERS},
        shown=Strings.of([item_shown(name, values) for name, values in zip(order, said, strict=True)]),
        type_names=types,
        type_network=np.array([NETWORK_TYPES.index(NETWORK_OF_TYPE.get(each, "none")) for each in types], np.int8),
        relationship_from=np.array([row[end[0]] for end in ends], np.int32),
        relationship_types=np.array([types.index(link.type) for link in links], np.int16),
        relationship_to=np.array([row[end[1]] for end in ends], np.int32),
        relationship_keys=CodedStrings.of([link.key.encode() or None for link in links]),
        relationship_shown=CodedStrings.of([link_shown(link) for link in links]),
        relationship_impact=np.array(impacts, np.int8),
        relationship_consumer_is_from=np.array([not link.reversed for link in links], np.bool_),
        pool_consumers=np.array([row[key[0]] for key in recorded], np.int32),
        pool_names=Strings.of([key[1] for key in recorded]),
        pool_shown=CodedStrings.of(
            [msgspec.json.encode(dict(spec.pools[key]), order="deterministic") for key in recorded]
        ),
        graph=graph,
    )
    return Estate(spec, snapshot)


Kinds = Sequence[tuple[str, str, bool]]

KINDS: Kinds = [
    (f"{impact}_{way}", impact, way == "up") for impact in ("hard", "soft", "none") for way in ("up", "down")
]


@st.composite
def random_questions(draw: st.DrawFn, kinds: Kinds = KINDS) -> tuple[Spec, list[str], list[str], float | None]:
    """Draw an estate of up to 14 items, what goes down, what is down already, and for how long.

    `kinds` are (type, impact, reversed) of its relationships.
    """
    names = [f"i{number}" for number in range(draw(st.integers(1, 14)))]
    name = st.sampled_from(names)
    status = st.sampled_from(["operational"] * 8 + ["maintenance", "degraded", "retired", "planned", "missing"])
    items = {each: {"status": draw(status)} for each in names}
    pairs = draw(st.lists(st.tuples(name, name).filter(lambda pair: pair[0] != pair[1]), max_size=36))
    links = []
    for number, (consumer, provider) in enumerate(pairs if len(names) > 1 else []):
        type_, impact, turned = draw(st.sampled_from(kinds))
        links.append(
            Link(
                consumer,
                provider,
                impact,
                draw(st.sampled_from([(), (), ("a",), ("a",), ("b",), ("a", "b")])),
                type_,
                draw(st.sampled_from([math.inf] * 5 + [10.0, 60.0])),
                draw(st.sampled_from([False, False, False, True])),
                f"{number:02}",
                turned,
            )
        )
    need = st.one_of(st.integers(1, 4), st.sampled_from(["1%", "33.4%", "50%", "66.7%", "100%"]))
    pools: dict[tuple[str, str], dict[str, Any]] = {}
    for key in sorted({(each.consumer, pool) for each in links for pool in each.pools}):
        if draw(st.integers(0, 3)):
            pools[key] = {"need": draw(need)}
            if not draw(st.integers(0, 3)):
                pools[key]["full"] = draw(need)
    asked = draw(st.lists(name, min_size=1, max_size=3, unique=True))
    outages = draw(st.lists(name, max_size=1))
    return Spec(items, tuple(links), pools), asked, outages, draw(st.sampled_from([None, None, 5.0, 60.0, 90.0]))


@pytest.fixture(scope="session")
def questions() -> Callable[..., st.SearchStrategy[Any]]:
    """The strategy of random questions; see `random_questions`."""
    return random_questions


@pytest.fixture(scope="session")
def link_of() -> type[Link]:
    """The word for a relationship of an estate."""
    return Link


@pytest.fixture(scope="session")
def compiled() -> Callable[[Spec], Estate]:
    """Compile a Spec."""
    return compile_spec


@pytest.fixture(scope="session")
def spec_of() -> type[Spec]:
    """Make a Spec from items, links and pools."""
    return Spec


@pytest.fixture(scope="session")
def estate() -> Callable[..., Estate]:
    """Compile an estate from its text; see `read`."""

    def make(text: str, items: Mapping[str, Mapping[str, Any]] | None = None, **pools: Any) -> Estate:
        return compile_spec(read(text, items, **pools))

    return make


@pytest.fixture(scope="session")
def deep() -> Estate:
    """A row of 100,000 items, each relying on the one before; made from arrays, for loops take long."""
    count = 100_000
    small = compile_spec(read("b -> a"))
    rows = np.arange(count - 1, dtype=np.int32)
    none, by_item = np.zeros(0, np.int32), np.zeros(count + 1, np.int64)
    graph = dataclasses.replace(
        small.snapshot.graph,
        edge_ptr=np.minimum(np.arange(count + 1), count - 1),
        edge_provider=rows,
        edge_consumer=rows + 1,
        edge_hard=np.ones(count - 1, np.bool_),
        edge_relationship=rows,
        edge_by_consumer=np.arange(count - 1),
        edge_consumer_ptr=np.maximum(np.arange(count + 1) - 1, 0),
        member_ptr=by_item,
        pool_consumer_ptr=by_item,
    )
    snapshot = dataclasses.replace(
        small.snapshot,
        ids=np.array([f"{number:016d}" for number in range(count)], "S16"),
        names=Strings.of([f"item {number}" for number in range(count)]),
        class_codes=np.full(count, CLASSES.index("Server"), np.int16),
        statuses=np.full(count, STATUSES.index("operational"), np.int8),
        criticality=np.full(count, -1, np.int8),
        users=np.full(count, -1, np.int64),
        reliability_basis=np.full(count, -1, np.int8),
        numbers={name: np.full(count, math.nan) for name in NUMBERS},
        shown=Strings.of([small.snapshot.shown.bytes_at(0)] * count),
        relationship_from=rows + 1,
        relationship_types=np.zeros(count - 1, np.int16),
        relationship_to=rows,
        relationship_keys=CodedStrings.of([None] * (count - 1)),
        relationship_shown=CodedStrings.of([None] * (count - 1)),
        relationship_impact=np.full(count - 1, IMPACTS.index("hard"), np.int8),
        relationship_consumer_is_from=np.ones(count - 1, np.bool_),
        pool_consumers=none,
        graph=graph,
    )
    return Estate(small.spec, snapshot)
