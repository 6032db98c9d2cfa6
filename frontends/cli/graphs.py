"""Findings as pictures: Mermaid and DOT for people, GraphML for other programs. What is drawn is `impact.render`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from frontends.cli.writing import write_text

if TYPE_CHECKING:
    from impact.finding import ImpactFinding
    from impact.needs import NeedsFinding
    from impact.render import Picture

__all__ = ["GRAPHS", "write_impact", "write_needs"]

GRAPHS: Final = ("mermaid", "dot", "graphml")
_DRAWN: Final = 200
"""Items of a picture where nobody said how many: more cannot be read. A note in it says what is left out."""


def write_impact(finding: ImpactFinding, output: str, limit: int | None) -> None:
    """Write what breaks as a picture of at most `limit` items; 0 is all, None as many as can be read."""
    from impact.render import impact_picture

    _write(impact_picture(finding, limit=_most(output, limit)), output)


def write_needs(finding: NeedsFinding, output: str, limit: int | None) -> None:
    """Write what an item stands on as a picture, limited in the same way."""
    from impact.render import needs_picture

    _write(needs_picture(finding, limit=_most(output, limit)), output)


def _most(output: str, limit: int | None) -> int | None:
    if limit is None:
        return None if output == "graphml" else _DRAWN
    return limit or None


def _write(picture: Picture, output: str) -> None:
    if output == "mermaid":
        from impact.render import to_mermaid as write
    elif output == "dot":
        from impact.render import to_dot as write
    else:
        from impact.render import to_graphml as write
    write_text(write(picture))
