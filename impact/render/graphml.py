"""A picture as GraphML, written by NetworkX. Takes a Picture, gives text that yEd, Gephi and Cytoscape read."""

from __future__ import annotations

import io

from impact.render.picture import Picture
from impact.render.text import visible

__all__ = ["to_graphml"]


def to_graphml(picture: Picture) -> str:
    """Return a directed multigraph; what the labels say also stands in attributes of its nodes and edges."""
    # Only here, so that drawing in another format does not wait for it.
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(title=visible(picture.title), arrows_mean=picture.relation)
    for node in picture.nodes:
        facts = {name: visible(value) if isinstance(value, str) else value for name, value in node.values.items()}
        label = "\n".join(visible(line) for line in node.lines if line)
        graph.add_node(node.key, label=label, look=node.look, service_class=node.service, kind=_kind(node.look))
        graph.nodes[node.key].update(facts)
    for number, arrow in enumerate(picture.arrows):
        graph.add_edge(arrow.start, arrow.end, key=f"e{number}", type=visible(arrow.label), hard=arrow.hard)
    written = io.BytesIO()
    nx.write_graphml_xml(graph, written)
    return written.getvalue().decode("utf-8")


def _kind(look: str) -> str:
    return look if look in ("pool", "note") else "item"
