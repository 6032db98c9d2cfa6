"""A picture as a Mermaid flowchart. Takes a Picture, gives text."""

from __future__ import annotations

import re
from typing import Final

from impact.render.picture import Look, Node, Picture
from impact.render.text import visible

__all__ = ["to_mermaid"]

_SHAPES: Final[dict[Look, tuple[str, str]]] = {
    "asked": ("[[", "]]"),
    "down": ("[", "]"),
    "degraded": ("[/", "/]"),
    "at_risk": ("(", ")"),
    "unaffected": ("([", "])"),
    "pool": ("{{", "}}"),
    "note": (">", "]"),
}
_STYLES: Final[dict[Look, str]] = {
    "asked": "fill:#3b0a0a,color:#ffffff,stroke:#000000,stroke-width:3px",
    "down": "fill:#f4b6b6,color:#000000,stroke:#8b0000,stroke-width:2px",
    "degraded": "fill:#fbd9a5,color:#000000,stroke:#8a5a00",
    "at_risk": "fill:#fdf3b4,color:#000000,stroke:#7a6a00,stroke-dasharray:4 2",
    "unaffected": "fill:#f2f2f2,color:#000000,stroke:#555555",
    "pool": "fill:#dbe7f7,color:#000000,stroke:#24476b",
    "note": "fill:#ffffff,color:#000000,stroke:#555555,stroke-dasharray:2 2",
}
# Everything but these is written as a character code: Mermaid finds meaning in brackets, quotes, colons, percent signs,
# backticks, hashes and more, inside quotes too.
_PLAIN: Final = re.compile(r"[^\w \-./,+()]|(?<=^\d)\.|^[-+]")


def to_mermaid(picture: Picture) -> str:
    """Return a flowchart, from left to right, that any Mermaid of version 9 or later draws."""
    lines = ["---", f"title: {_title(picture.title)}", "---", "flowchart LR"]
    lines += [f"    {_node(node)}" for node in picture.nodes]
    for arrow in picture.arrows:
        line = "-->" if arrow.hard else "-.->"
        label = f'|"{_text(arrow.label)}"|' if arrow.label else ""
        lines.append(f"    {arrow.start} {line}{label} {arrow.end}")
    used = {node.look for node in picture.nodes}
    lines += [f"    classDef {look} {style}" for look, style in _STYLES.items() if look in used]
    services = [node.key for node in picture.nodes if node.service]
    if services:
        lines += ["    classDef service stroke-width:4px", f"    class {','.join(services)} service"]
    return "\n".join(lines) + "\n"


def _node(node: Node) -> str:
    start, end = _SHAPES[node.look]
    label = "<br/>".join(_text(line) for line in node.lines if line)
    return f'{node.key}{start}"{label}"{end}:::{node.look}'


def _text(text: str) -> str:
    """Return a label in which nothing has a meaning to Mermaid."""
    return _PLAIN.sub(lambda found: f"#{ord(found.group())};", visible(text))


def _title(text: str) -> str:
    """Return the title as a YAML text; what Mermaid or YAML could take for more than text is left out."""
    return '"' + re.sub(r"[\"\\<>&#;%`{}]", "", visible(text)) + '"'
