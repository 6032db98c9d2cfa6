"""Where a catalog says that more of it is: Location entities. They are no items.

In come Location entities; out go notes on the targets that were not among the files read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from importers.backstage.documents import Entity
from importers.reading import SourceFile

__all__ = ["Locations"]

_SHOWN = 5


class Locations:
    """The targets of a catalog's Location entities."""

    def __init__(self) -> None:
        self._targets: dict[str, Path | None] = {}

    def take(self, source: SourceFile, entity: Entity) -> None:
        """Remember the targets of a Location in `source`; a relative one is beside its file."""
        targets = entity.spec.get("targets")
        for target in [entity.spec.get("target"), *(targets if isinstance(targets, list) else [])]:
            if isinstance(target, str) and target:
                here = None if "://" in target else _resolved(source.path.parent / target)
                self._targets[target] = here

    def notes(self, sources: Sequence[SourceFile]) -> Iterator[str]:
        """Give one note on the targets that were not read, if there are any."""
        read = {_resolved(source.path) for source in sources}
        unread = [target for target, path in self._targets.items() if path is None or path not in read]
        if unread:
            shown = ", ".join(unread[:_SHOWN]) + (f" and {len(unread) - _SHOWN} more" if len(unread) > _SHOWN else "")
            yield f"the catalog's locations name {len(unread)} targets that were not read: {shown}; add them if need be"


def _resolved(path: Path) -> Path:
    """Return a path to compare by; the disk is not asked, for a target may hold anything."""
    return Path(os.path.normpath(path.absolute()))
