"""A picture in the DOT language of Graphviz. Takes a Picture, gives text."""

from __future__ import annotations

from typing import Final

from impact.render.picture import Look, Node, Picture
from impact.render.text import visible

__all__ = ["to_dot"]

_LOOKS: Final[dict[Look, str]] = {
    "asked": 'shape=doubleoctagon, style=filled, fillcolor="#3b0a0a", fontcolor="#ffffff"',
    "down": 'shape=box, style="filled,bold", fillcolor="#f4b6b6", color="#8b0000"',
    "degraded": 'shape=parallelogram, style=filled, fillcolor="#fbd9a5", color="#8a5a00"',
    "at_risk": 'shape=box, style="filled,rounded,dashed", fillcolor="#fdf3b4", color="#7a6a00"',
    "unaffected": 'shape=ellipse, style=filled, fillcolor="#f2f2f2", color="#555555"',
    "pool": 'shape=hexagon, style=filled, fillcolor="#dbe7f7", color="#24476b"',
    "note": 'shape=note, style=dashed, color="#555555"',
}


def to_dot(picture: Picture) -> str:
    """Return a directed graph, from left to right."""
    lines = [
        "digraph finding {",
        f"    graph [rankdir=LR, label={_quoted(picture.title)}, labelloc=t, charset=utf8]",
        '    node [fontname="sans-serif"]',
        '    edge [fontname="sans-serif", fontsize=10]',
    ]
    lines += [f"    {node.key} [{_LOOKS[node.look]}{_more(node)}, label={_label(node)}]" for node in picture.nodes]
    for arrow in picture.arrows:
        style = "solid" if arrow.hard else "dashed"
        lines.append(f"    {arrow.start} -> {arrow.end} [style={style}, label={_quoted(arrow.label)}]")
    return "\n".join([*lines, "}"]) + "\n"


def _more(node: Node) -> str:
    return ", penwidth=3" if node.service else ""


def _label(node: Node) -> str:
    return '"' + "\\n".join(_escaped(line) for line in node.lines if line) + '"'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Return text for a quoted string: Graphviz reads backslashes there, and HTML entities too."""
    return visible(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
