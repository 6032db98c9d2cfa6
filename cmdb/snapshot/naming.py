"""Which item a person means: record id, `source:id`, external id, `Class:name` or name, tried in that order."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec
import numpy as np

from cmdb.errors import ItemAmbiguous, ItemNotFound
from cmdb.model import ID_LENGTH
from cmdb.snapshot.snapshot import Snapshot
from cmdb.snapshot.strings import Strings

__all__ = ["find_rows", "resolve"]


def resolve(snapshot: Snapshot, name: str) -> int:
    """Return the row of the item that `name` means.

    Retired and disposed items match only when no live item does. Raises ItemNotFound with names that are close, and
    ItemAmbiguous with every candidate when a step finds two.
    """
    if len(name) == ID_LENGTH and (row := snapshot.row_of(name)) >= 0:
        return row
    if not name:
        raise ItemNotFound(name)
    gone: list[int] = []
    for rows in _steps(snapshot, name):
        live = [row for row in rows if snapshot.status_at(row) not in ("retired", "disposed")]
        if len(live) == 1:
            return live[0]
        if live:
            raise ItemAmbiguous(name, _candidates(snapshot, live))
        gone = gone or rows
    if len(gone) == 1:
        return gone[0]
    if gone:
        raise ItemAmbiguous(name, _candidates(snapshot, gone))
    raise ItemNotFound(name, _close(snapshot, name))


def _steps(snapshot: Snapshot, name: str) -> Iterable[list[int]]:
    at = name.find(":")
    while at > 0:  # sources and ids may hold colons themselves
        source, id_ = name[:at], name[at + 1 :]
        yield sorted(row for row, sources in _rows_with_external_id(snapshot, id_).items() if source in sources)
        at = name.find(":", at + 1)
    yield sorted(_rows_with_external_id(snapshot, name))
    class_, _, called = name.partition(":")
    if called and class_ in snapshot.class_names:
        yield [row for row in _rows_named(snapshot, called) if snapshot.class_at(row) == class_]
    yield _rows_named(snapshot, name)


def _rows_with_external_id(snapshot: Snapshot, id_: str) -> dict[int, set[str]]:
    """Return the rows that have this external id, each with the sources that call it so."""
    if not id_:
        return {}
    found: dict[int, set[str]] = {}
    for row in snapshot.shown.rows_holding(msgspec.json.encode(id_)):
        sources = {source for source, ids in snapshot.shown_at(row)["external_ids"].items() if id_ in ids}
        if sources:
            found[row] = sources
    return found


def _rows_named(snapshot: Snapshot, name: str) -> list[int]:
    wanted = name.encode()
    return [row for row in snapshot.names.rows_holding(wanted) if snapshot.names.bytes_at(row) == wanted]


def find_rows(snapshot: Snapshot, text: str = "", class_names: frozenset[str] | None = None) -> list[int]:
    """Return the rows whose name or external id holds `text` in any case, or whose record id it is.

    Exact names come first, then by name.

    `class_names` keeps only items of these classes.
    """
    rows = np.arange(len(snapshot))
    if class_names is not None:
        wanted = np.array([name in class_names for name in snapshot.class_names], np.bool_)
        rows = rows[wanted[snapshot.class_codes]] if len(rows) else rows
    names = snapshot.names.take(rows)
    if not text:
        return [row for _, row in sorted(zip(map(str.casefold, names), rows.tolist(), strict=True))]
    folded = text.casefold()
    by_id: set[int] = set()
    # Lower case is folded in bytes, where only ASCII has any; other letters are looked for in each of their cases.
    lowered_shown = Strings(np.frombuffer(snapshot.shown.data.tobytes().lower(), np.uint8), snapshot.shown.offsets)
    for needle in {text, folded, text.upper()}:
        for row in lowered_shown.rows_holding(msgspec.json.encode(needle)[1:-1].lower()):
            ids = [id_ for ids in snapshot.shown_at(row)["external_ids"].values() for id_ in ids]
            if any(folded in id_.casefold() for id_ in ids):
                by_id.add(row)
    found = []
    for name, row in zip(names, rows.tolist(), strict=True):
        lowered = name.casefold()
        if folded in lowered or row in by_id:
            found.append((lowered != folded, lowered, row))
    whole = snapshot.row_of(folded)
    if whole in rows and all(row != whole for _, _, row in found):
        found.append((False, "", whole))
    return [row for _, _, row in sorted(found)]


def _candidates(snapshot: Snapshot, rows: list[int]) -> tuple[tuple[str, str, str, str], ...]:
    return tuple(
        (snapshot.id_at(row), snapshot.class_at(row), snapshot.name_at(row), snapshot.status_at(row)) for row in rows
    )


def _close(snapshot: Snapshot, name: str) -> tuple[str, ...]:
    """Return up to three names that look like `name`; only short estates are searched whole."""
    names = snapshot.names.tolist() if len(snapshot) <= 20_000 else []
    return tuple(difflib.get_close_matches(name, names, n=3, cutoff=0.7))
