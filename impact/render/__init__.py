"""Pictures of findings: `impact_picture` and `needs_picture` say what is drawn, a writer a format draws it."""

from impact.render.dot import to_dot
from impact.render.graphml import to_graphml
from impact.render.mermaid import to_mermaid
from impact.render.picture import Arrow, Node, Picture, impact_picture, needs_picture

__all__ = [
    "Arrow",
    "Node",
    "Picture",
    "impact_picture",
    "needs_picture",
    "to_dot",
    "to_graphml",
    "to_mermaid",
]
