"""Seen calls: Jaeger's dependencies and Vizceral's traffic graphs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from cmdb.errors import FileProblem
from importers.jaeger import importer as jaeger
from importers.reading import open_source
from importers.registry import ReadOptions
from importers.vizceral import importer as vizceral

CALLS = [
    {"parent": "shop", "child": "stock", "callCount": 12},
    {"parent": "stock", "child": "shop", "callCount": 1},
    {"parent": "shop", "child": "stock", "callCount": 3},
    {"parent": "shop", "child": "shop", "callCount": 3},
]


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_seen_call_is_soft(read_files: Callable[..., Any], wrapped: bool) -> None:
    """Each pair is one relationship, however often it was counted; a service that calls itself says nothing."""
    batch = read_files("jaeger", {"d.json": json.dumps({"data": CALLS, "total": 4} if wrapped else CALLS)})
    assert batch.items == {"shop": ("Application", "shop", {}), "stock": ("Application", "stock", {})}
    assert batch.links == {("shop", "calls", "stock"), ("stock", "calls", "shop")}
    assert (batch.refused, batch.pools) == ([], {})
    assert "1 relationships of an item to itself: skipped" in batch.notes


def test_what_names_no_two_services_is_refused(read_files: Callable[..., Any]) -> None:
    """With its place in the list; a file without a list is refused whole."""
    batch = read_files(
        "jaeger", {"d.json": json.dumps([CALLS[0], {"parent": "shop"}, "x", {"parent": 1, "child": "a"}])}
    )
    assert [row for row, _ in batch.refused] == [2, 3, 4]
    assert batch.batch.unreadable_rows == 3
    with pytest.raises(FileProblem, match="no list of dependencies"):
        read_files("jaeger", {"d.json": '{"data": null}'})


GRAPH = {
    "renderer": "global", "name": "edge", "connections": [{"source": "INTERNET", "target": "eu"}],
    "nodes": [
        {"renderer": "region", "name": "INTERNET"},
        {"renderer": "region", "name": "eu", "displayName": "EU",
         "connections": [{"source": "INTERNET", "target": "api", "metrics": {"normal": 3}}],
         "nodes": [
             {"renderer": "focusedChild", "name": "INTERNET"},
             {"renderer": "focusedChild", "name": "api", "node_type": "storage",
              "nodes": [{"name": "i1"}, {"name": "i2"}]},
             {"nodes": []}]},
    ],
}  # fmt: skip


def test_names_are_unique_only_within_their_graph(read_files: Callable[..., Any]) -> None:
    """An id is the path of names; services stand in their region, and what is drawn in a service is not judged."""
    batch = read_files("vizceral", {"g.json": json.dumps(GRAPH)})
    assert {id_: class_name for id_, (class_name, _, _) in batch.items.items()} == {
        "edge": "System",
        "edge/INTERNET": "Region",
        "edge/eu": "Region",
        "edge/eu/INTERNET": "Application",
        "edge/eu/api": "Application",
        "edge/eu/api/i1": "Application",
        "edge/eu/api/i2": "Application",
    }
    assert batch.items["edge/eu/api"][2] == {"attributes": {"renderer": "focusedChild", "node_type": "storage"}}
    assert batch.links == {
        ("edge/INTERNET", "calls", "edge/eu"),
        ("edge/eu/INTERNET", "located_in", "edge/eu"),
        ("edge/eu/api", "located_in", "edge/eu"),
        ("edge/eu/INTERNET", "calls", "edge/eu/api"),
        ("edge/eu/api/i1", "instantiates", "edge/eu/api"),
        ("edge/eu/api/i2", "instantiates", "edge/eu/api"),
    }
    assert (batch.refused[0][0], batch.pools) == (10, {})
    with pytest.raises(FileProblem, match="no graph"):
        read_files("vizceral", {"g.json": '{"name": "x"}'})


@pytest.mark.parametrize(("format_", "content"), [("jaeger", CALLS), ("vizceral", GRAPH)])
def test_the_same_traffic_twice_changes_nothing(
    read_files: Callable[..., Any], imports_once: Callable[..., Any], format_: str, content: Any
) -> None:
    """Every class and type is known to the record, and a second import is silent."""
    assert imports_once([read_files(format_, {"t.json": json.dumps(content)}).batch])["counts"]["created"] > 1


@pytest.mark.shared
def test_the_large_sample_of_jaeger(shared_data: Path, told: Callable[..., Any]) -> None:
    """1,238 services, 4,271 calls, and a cycle of 356 services, counted by networkx from the file."""
    path = shared_data / "jaeger" / "large.json"
    graph = nx.DiGraph((each["parent"], each["child"]) for each in json.loads(path.read_text(encoding="utf-8")))
    [batch] = jaeger.read([open_source(path)], ReadOptions())
    read = told(batch)
    assert read.items.keys() == set(graph)
    assert {(start, end) for start, _, end in read.links} == set(graph.edges)
    assert (len(read.items), len(read.links)) == (1238, 4271)
    assert max(map(len, nx.strongly_connected_components(graph))) == 356


@pytest.mark.shared
@pytest.mark.parametrize("name", ["sample_data", "sample_data_region_only", "sample_data_simple"])
def test_the_traffic_of_vizceral(shared_data: Path, told: Callable[..., Any], name: str) -> None:
    """Nodes and connections agree with a plain walk of the JSON; connections may lead to nodes that are not drawn."""
    path = shared_data / "vizceral" / f"{name}.json"
    nodes, calls = [], set()

    def walk(node: dict[str, Any], above: str) -> None:
        here = f"{above}/{node['name']}".lstrip("/")
        nodes.append(here)
        calls.update((f"{here}/{each['source']}", f"{here}/{each['target']}") for each in node.get("connections") or [])
        for each in node.get("nodes") or []:
            walk(each, here)

    walk(json.loads(path.read_text(encoding="utf-8")), "")
    [batch] = vizceral.read([open_source(path)], ReadOptions())
    read = told(batch)
    assert sorted(read.items) == sorted(nodes)
    assert {(start, end) for start, type_name, end in read.links if type_name == "calls"} == calls
    if name == "sample_data":
        assert (len(nodes), len(calls), len({end for pair in calls for end in pair} - set(nodes))) == (491, 454, 4)


def _spans(service: str | None, *spans: tuple[str, str, int]) -> dict[str, Any]:
    named = [] if service is None else [{"key": "service.name", "value": {"stringValue": service}}]
    told = [{"traceId": "t", "spanId": id_, "parentSpanId": parent, "kind": kind} for id_, parent, kind in spans]
    return {"resource": {"attributes": named}, "scopeSpans": [{"spans": told}]}


@pytest.mark.parametrize("lines", [False, True])
def test_traces_tell_calls_and_messages(read_files: Callable[..., Any], imports_once: Any, lines: bool) -> None:
    """A call goes from parent to child; a consumer of messages is degraded without them, and not the other way."""
    resources = [
        _spans("shop", ("1", "", 2), ("2", "1", 3)),
        _spans("stock", ("3", "2", 2), ("4", "3", 4)),
        _spans("mail", ("5", "4", 5), ("6", "nowhere", 2)),
        _spans(None, ("7", "1", 2)),
    ]
    requests = [{"resourceSpans": [each]} for each in resources] if lines else [{"resourceSpans": resources}]
    name = "traces.jsonl" if lines else "traces.json"
    batch = read_files("otlp", {name: "\n".join(json.dumps(each) for each in requests)})
    assert batch.items == {name: ("Application", name, {}) for name in ("shop", "stock", "mail")}
    assert batch.links == {("shop", "calls", "stock"), ("stock", "sends_data_to", "mail")}
    assert {"1 spans whose parent is in no file: skipped", "1 spans without service.name: skipped"} <= set(batch.notes)
    assert imports_once([batch.batch])["relationships"]["created"] == 2
    with pytest.raises(FileProblem, match="no resourceSpans"):
        read_files("otlp", {"t.json": '{"resourceMetrics": []}'})
