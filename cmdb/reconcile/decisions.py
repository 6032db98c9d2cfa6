"""What people have decided of identities, as the papers keep it, ready for an import to ask.

A decision is a paper of kind `decision`: its newest version stands, and one that is taken back says so. Knows no store.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

import msgspec

from cmdb.model import Paper, content_digest

__all__ = ["DECISION", "Decision", "Settled", "Waiting", "matter_id", "settled", "standing_decisions"]

DECISION: Final = "decision"
"""The kind of the papers."""


class Waiting(NamedTuple):
    """A row that waits for a person, with the record ids that it could be."""

    file: str
    row: int
    external_id: str
    class_name: str
    name: str
    message: str
    candidates: list[str]


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """One decision. `row` is settled by `source` and `external_id`; `pair` are two items; `pool` is a suggested pool.

    `items` are the record ids concerned: what a row is or is not, a pair, kept and gone of a merge, what a split left
    and made. `revision` is the one that a merge or a split made; `subject` is what the reader is shown.
    """

    what: Literal["row", "pair", "merge", "split", "pool"]
    verdict: Literal["same", "different", "accepted", "refused"]
    items: list[str]
    source: str = ""
    external_id: str = ""
    sources: list[str] = []
    revision: int = 0
    subject: str = ""
    name: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """Decisions by what an import asks for: (source, external id) of a row."""

    same: dict[tuple[str, str], str] = field(default_factory=dict)
    different: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.same or self.different)


def matter_id(*parts: str) -> str:
    """Return the short name of what waits for a person: the same as long as it is the same matter."""
    return content_digest(*(part.encode() for part in parts))[:8]


def standing_decisions(papers: Iterable[Paper]) -> dict[str, tuple[Paper, Decision]]:
    """Return by key the decisions that stand, oldest first; `papers` are all versions in the order of writing."""
    newest: dict[str, Paper] = {}
    for paper in papers:
        newest[paper.key] = paper
    decided = {key: (paper, msgspec.json.decode(paper.document, type=Decision)) for key, paper in newest.items()}
    return {key: each for key, each in decided.items() if not each[1].withdrawn}


def settled(decisions: Iterable[Decision]) -> Settled:
    """Return what these decisions say of rows; a later one of the same row comes before an earlier."""
    same: dict[tuple[str, str], str] = {}
    different: dict[tuple[str, str], frozenset[str]] = {}
    for each in decisions:
        row: Any = (each.source, each.external_id)
        if each.what != "row":
            continue
        if each.verdict == "same":
            same[row] = each.items[0]
            different.pop(row, None)
        else:
            same.pop(row, None)
            different[row] = frozenset(each.items) | different.get(row, frozenset())
    return Settled(same, different)
