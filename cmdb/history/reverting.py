"""Taking a revision back: the Delta that undoes it, where nothing was built upon it since."""

from __future__ import annotations

from cmdb.errors import EditRefused
from cmdb.history.collapsing import collapse
from cmdb.model import Delta
from cmdb.store.protocol import ReadView

__all__ = ["undo"]


def undo(view: ReadView, number: int) -> Delta:
    """Return the Delta that takes revision `number` back; raises EditRefused when what it changed has changed since."""
    delta = collapse(change for _, change in view.changes(number - 1, number)).reversed()
    _check_untouched(view, delta, number)
    return delta


def _check_untouched(view: ReadView, undo: Delta, number: int) -> None:
    """Raise EditRefused when a document is no longer what revision `number` left."""
    for kind in ("item", "relationship", "pool"):
        mine = {change.key: change for change in undo.changes if change.kind == kind}
        now = view.get(kind, mine)
        moved = [key for key, change in mine.items() if now.get(key) != change.before]
        if moved:
            listed = ", ".join(sorted(moved)[:5]) + (f" and {len(moved) - 5} more" if len(moved) > 5 else "")
            raise EditRefused(
                f"revision {number} cannot be taken back: {len(moved)} {kind}s have changed since ({listed}); "
                "take the later revisions back first"
            )
    made = {change.key for change in undo.changes if change.kind == "item" and change.after is not None}
    ends = {
        end
        for change in undo.changes
        if change.kind != "item" and change.after is not None
        for end in change.key.split(" ", 3)[: 3 if change.kind == "relationship" else 1 : 2]
    }
    if len(view.get("item", ends - made)) < len(ends - made):
        raise EditRefused(
            f"revision {number} cannot be taken back: items of its relationships and pools are in the record no more; "
            "take the later revisions back first"
        )
    gone = [change.key for change in undo.changes if change.kind == "item" and change.after is None]
    if gone:
        touching = view.touching(gone)
        left = {(change.kind, change.key) for change in undo.changes if change.after is None}
        later = [key for kind, found in touching.items() for key in found if (kind, key) not in left]
        if later:
            raise EditRefused(
                f"revision {number} cannot be taken back: {len(later)} relationships and pools came to its items "
                "since; take the later revisions back first"
            )
