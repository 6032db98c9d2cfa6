"""GML graphs (Graph Modelling Language), such as the maps of the Internet Topology Zoo.

    read ── reader (nested keys and values) ── graphs.take_graph ── Gatherer

An undirected edge is a link of a network. Parallel edges are kept apart, for they are the redundancy; labels may be
twice, so a node's id is its number within its graph.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from cmdb.model import ImportBatch
from importers.gathering import Gatherer, first_words
from importers.gml.reader import Pairs, read_gml
from importers.graphs import Edge, Graph, Node, take_graph
from importers.reading import SourceFile
from importers.registry import ReadOptions

__all__ = ["GmlImporter", "importer"]

_GRAPH: Final = re.compile(r"^[ \t]*graph\s{0,9}\[", re.MULTILINE)
_NODE: Final = re.compile(r"^[ \t]*node\s{0,9}\[", re.MULTILINE)
_ZOO: Final = "Topology Zoo"


class GmlImporter:
    """Reads graphs; each file is one graph, all together are one batch."""

    name = "gml"
    description = "GML graphs: nodes and links of a network, parallel ones kept"
    example = "cmdb import --format gml Abilene.gml --source topology-zoo"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: a graph with nodes in square brackets."""
        sample = first_words(source)
        return 0.95 if _GRAPH.search(sample) and _NODE.search(sample) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem for a file that is no GML."""
        gathered = Gatherer(options, source="gml")
        for done, source in enumerate(sources, 1):
            graph = _graph(source)
            gathered.begin(source)
            take_graph(gathered, graph)
            gathered.progress(done, len(sources))
        return [gathered.batch()]


def _graph(source: SourceFile) -> Graph:
    whole = read_gml(source).first("graph")
    if not isinstance(whole, Pairs):
        raise source.problem("there is no graph in it: a GML file holds graph [ ... ]")
    label = whole.first("label") or whole.first("Network")
    zoo = _ZOO in str(whole.first("Creator") or "")
    graph = Graph(
        str(label) if isinstance(label, (str, int)) and str(label).strip() else source.path.stem,
        directed=whole.first("directed") == 1,
        class_name="NetworkDevice" if zoo else None,
    )
    for row, key, value in whole.rows:
        if key == "node" and isinstance(value, Pairs):
            told = value.plain()
            label = told.pop("label", None)
            graph.nodes.append(Node(row, _text(told.pop("id", None)), _text(label), told))
        elif key == "edge" and isinstance(value, Pairs):
            told = value.plain()
            ends = _text(told.pop("source", None)), _text(told.pop("target", None))
            graph.edges.append(Edge(row, *ends, _text(told.pop("id", told.pop("key", None))), told))
    return graph


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, (str, int, float)) and str(value).strip() else None


importer = GmlImporter()
