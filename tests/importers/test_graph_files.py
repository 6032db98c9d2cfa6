"""GML and GraphML: nodes, links, parallel ones, labels that stand twice, direction; the maps of the Topology Zoo."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import FileProblem
from importers.gml import importer as gml
from importers.reading import open_source
from importers.registry import ReadOptions

GML = """\
# a map
Creator "somebody"
graph [
  label "Nordnet"
  node [ id 0 label "Troms&#248;" Latitude 69.6 graphics [ x 1 ] ]
  node [ id 1 label "Troms&#248;" class "Router" ]
  node [ id 2 ]
  node [ label "no id" ]
  edge [ source 0 target 1 LinkLabel "10 Gbps" id "e1" ]
  edge [ source 1 target 0 ]
  edge [ source 1 target 7 ]
  edge [ source 2 target 2 ]
  edge [ source 1 target 2 type "depends_on" ]
]
"""


def test_parallel_links_are_kept_and_labels_may_stand_twice(read_files: Callable[..., Any]) -> None:
    """The second of parallel links has a key; ids are numbers within the graph."""
    batch = read_files("gml", {"n.gml": GML})
    assert batch.items == {
        "Nordnet/0": ("ConfigurationItem", "Tromsø", {"attributes": {"Latitude": 69.6}}),
        "Nordnet/1": ("Router", "Tromsø", {}),
        "Nordnet/2": ("ConfigurationItem", "2", {}),
    }
    assert batch.links == {
        ("Nordnet/0", "connects_to", "Nordnet/1"),
        ("Nordnet/1", "connects_to", "Nordnet/0", "2"),
        ("Nordnet/1", "depends_on", "Nordnet/2"),
    }
    assert [row for row, _ in batch.refused] == [8, 11]
    assert "1 labels stand on several nodes of Nordnet: the nodes are kept apart by their ids" in batch.notes


def test_a_direction_without_a_meaning_is_not_evaluated(read_files: Callable[..., Any]) -> None:
    """Arrows point from cause to effect in one drawing and the other way in the next."""
    batch = read_files("gml", {"d.gml": "graph [ directed 1 node [id 1] node [id 2] edge [source 2 target 1] ]"})
    assert batch.links == {("d/2", "associated_with", "d/1")}
    assert any("1 edges of d have a direction whose meaning is not said" in note for note in batch.notes)


@pytest.mark.parametrize(
    ("text", "message", "row"),
    [
        ("graph [\n node [ id 0 ]\n", "never closed", 2),
        ("graph [\n node [ id ]\n]", "where a value is due", 2),
        ("graph [\n 7 ]", "where a key is due", 2),
        ("graph [ ] ]", "where a key is due", 1),
        ("graph\n{", "neither a key nor a value", 2),
        ("label 1", "no graph", None),
        ("graph " + "[ a " * 200, "nested deeper", 1),
        ('graph [\n label "x\n', "neither a key nor a value", 2),
    ],
)
def test_what_is_no_gml_is_refused_with_its_line(
    read_files: Callable[..., Any], text: str, message: str, row: int | None
) -> None:
    """A map with a link less would be answered for as if it were whole."""
    with pytest.raises(FileProblem, match=message) as refused:
        read_files("gml", {"n.gml": text})
    assert refused.value.row == row


@given(text=st.text(alphabet='graph node[]"# \n17.-x', max_size=60))
def test_no_text_raises_anything_but_a_file_problem(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever stands in a file, the person gets a message and never a traceback."""
    path = tmp_path_factory.mktemp("gml") / "x.gml"
    path.write_text(text + " ", encoding="utf-8")
    try:
        gml.read([open_source(path)], ReadOptions())
    except FileProblem as problem:
        assert problem.message  # noqa: PT017


GRAPHML = """<?xml version="1.0"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="d0" for="node" attr.name="label" attr.type="string"/>
  <key id="d1" for="edge" attr.name="speed" attr.type="int"/>
  <graph id="lab" edgedefault="undirected">
    <node id="a"><data key="d0">Alfa</data></node>
    <node id="b"/>
    <edge id="e0" source="a" target="b"><data key="d1">10</data></edge>
    <edge source="a" target="b"/>
    <edge source="a" target="z"/>
    <node/>
  </graph>
</graphml>
"""


def test_graphml_is_read_alike(read_files: Callable[..., Any]) -> None:
    """Data has the name of its key; what is wrong is refused with its line."""
    batch = read_files("graphml", {"g.graphml": GRAPHML})
    assert batch.items == {"lab/a": ("ConfigurationItem", "Alfa", {}), "lab/b": ("ConfigurationItem", "b", {})}
    assert batch.links == {("lab/a", "connects_to", "lab/b"), ("lab/a", "connects_to", "lab/b", "2")}
    assert sorted(row for row, _ in batch.refused) == [10, 11]
    with pytest.raises(FileProblem, match="entities are refused"):
        read_files("graphml", {"g.graphml": GRAPHML.replace("?>\n<g", '?>\n<!DOCTYPE g [<!ENTITY e "x">]>\n<g', 1)})
    with pytest.raises(FileProblem, match="no graph in it"):
        read_files("graphml", {"g.graphml": "<graphml/>"})


def test_what_networkx_writes_is_read(tmp_path: Path, told: Callable[..., Any]) -> None:
    """Both formats, from one graph with parallel edges, give the same links."""
    graph = nx.MultiGraph([("a", "b"), ("a", "b"), ("b", "c")])
    nx.write_graphml(graph, tmp_path / "g.graphml")
    nx.write_gml(graph, tmp_path / "g.gml")
    from importers.registry import importer_named

    counts = []
    for name in ("graphml", "gml"):
        [batch] = importer_named(name).read([open_source(tmp_path / f"g.{name}")], ReadOptions())
        counts.append((len(batch.items), len(told(batch).links), batch.problems))
    assert counts == [(3, 3, [])] * 2


@pytest.mark.parametrize(("name", "file", "text"), [("gml", "n.gml", GML), ("graphml", "g.graphml", GRAPHML)])
def test_the_same_graph_twice_changes_nothing(
    read_files: Callable[..., Any], imports_once: Callable[..., Any], name: str, file: str, text: str
) -> None:
    """Every class and type is known to the record, and a second import is silent."""
    assert imports_once([read_files(name, {file: text}).batch])["relationships"]["created"] >= 2


@pytest.mark.shared
def test_the_topology_zoo(shared_data: Path, told: Callable[..., Any]) -> None:
    """Nodes and links agree with counting the blocks of each file; all parallel links are there."""
    parallel = 0
    for path in sorted((shared_data / "topology-zoo").glob("*.gml")):
        text = path.read_text(encoding="utf-8")
        edges = re.findall(r"edge \[\s+source (\d+)\s+target (\d+)", text)
        [batch] = gml.read([open_source(path)], ReadOptions())
        read = told(batch)
        assert len(read.items) == len(re.findall(r"^  node \[", text, re.MULTILINE))
        assert len(read.links) == len(edges) == len(re.findall(r"^  edge \[", text, re.MULTILINE))
        assert {class_name for class_name, _, _ in read.items.values()} == {"NetworkDevice"}
        parallel += len(edges) - len({frozenset(edge) for edge in edges})
        assert sum(len(link) > 3 for link in read.links) == len(edges) - len({frozenset(edge) for edge in edges})
    assert parallel > 0
