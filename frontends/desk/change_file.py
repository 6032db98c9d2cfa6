"""Change files: a YAML or JSON file in, a `ChangeRequest` out. Says which file, which line and which key is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cmdb.changes.reading import ChangeRefused, Resolve, request_of
from cmdb.errors import EditRefused, FileProblem
from cmdb.model.change import ChangeRequest
from cmdb.snapshot import Snapshot
from cmdb.snapshot.naming import resolve

__all__ = ["naming", "read_change_file", "read_values"]


def naming(snapshot: Snapshot, *, retired: bool = False) -> Resolve:
    """Return the way from an item's name to its record id; one that is gone for good is refused unless it may be."""

    def found(name: str) -> str:
        row = resolve(snapshot, name)
        if not retired and (status := snapshot.status_at(row)) in ("retired", "disposed"):
            raise EditRefused(f"{snapshot.name_at(row)} is {status}: a change is made to what is there; name another")
        return snapshot.id_at(row)

    return found


def read_change_file(path: Path, resolve: Resolve) -> ChangeRequest:
    """Return the change request that a file states; raises FileProblem naming file, line and key."""
    values, lines = read_values(path)
    try:
        return request_of(values, resolve)
    except ChangeRefused as refused:
        raise FileProblem(str(refused), file=str(path), row=lines.get(refused.key.split(".")[0])) from refused


def read_values(path: Path) -> tuple[Mapping[str, Any], dict[str, int]]:
    """Return the keys and values of a change file, and the lines of its items by key; raises FileProblem."""
    from importers.reading import lines_in_list, open_source, read_json, read_yaml, sniff

    source = open_source(path)
    lines: dict[str, int] = {}
    if sniff(source) == "json":
        whole: Any = read_json(source)
    else:
        whole = read_yaml(source).value
        lines = {f"items[{at}]": line for at, line in enumerate(lines_in_list(source, "items"), 1)}
    if not isinstance(whole, Mapping):
        raise source.problem("it must be a mapping of keys, with a title and items")
    return whole, lines
