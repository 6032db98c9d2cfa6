"""Outages from a file of another tool: CSV or JSON rows in, `Outage`s and what is wrong by row out.

Columns: item, start, end, state (down or degraded), planned, change, reference, text. Everything but item and start is
optional; what has no reference is known by its item and start.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from cmdb.changes.reading import ChangeRefused, Resolve, time_in
from cmdb.errors import CmdbError, FileProblem
from cmdb.model.outage import Outage

__all__ = ["COLUMNS", "OutageRows", "read_outages"]

COLUMNS: Final = ("item", "start", "end", "state", "planned", "change", "reference", "text")
_YES: Final = {"true": True, "yes": True, "1": True, "ja": True, "false": False, "no": False, "0": False, "nei": False}


class OutageRows(NamedTuple):
    """The outages that a file states, and (row, what is wrong) of those that it cannot mean."""

    outages: list[Outage]
    problems: list[tuple[int, str]]


def read_outages(path: Path, source: str, resolve: Resolve) -> OutageRows:
    """Return the outages of a file; raises FileProblem where it is no table at all."""
    found: list[Outage] = []
    problems: list[tuple[int, str]] = []
    for number, row in _rows(path):
        try:
            found.append(_outage(row, source, resolve))
        except CmdbError as error:
            problems.append((number, str(error)))
    return OutageRows(found, problems)


def _rows(path: Path) -> list[tuple[int, Mapping[str, Any]]]:
    from importers.reading import open_source, read_csv, read_json, sniff

    source = open_source(path)
    if sniff(source) == "json":
        whole: Any = read_json(source)
        listed = whole.get("outages") if isinstance(whole, Mapping) else whole
        if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
            raise FileProblem("it must be a list of outages, or a mapping with a list `outages`", file=str(path))
        return list(enumerate(listed, 1))
    table = read_csv(source)
    if "item" not in table.header or "start" not in table.header:
        raise FileProblem(f"it needs the columns item and start; it may have {', '.join(COLUMNS)}", file=str(path))
    return [(each.line, dict(zip(table.header, each.cells, strict=False))) for each in table.rows]


def _outage(row: Mapping[str, Any], source: str, resolve: Resolve) -> Outage:
    said = {name: str(value).strip() for name, value in row.items() if value is not None and str(value).strip()}
    if unknown := sorted(set(said) - set(COLUMNS)):
        raise ChangeRefused(unknown[0], f"there is no such column; there are {', '.join(COLUMNS)}")
    for name in ("item", "start"):
        if name not in said:
            raise ChangeRefused(name, "it is missing")
    state, planned = said.get("state", "down"), said.get("planned", "false").casefold()
    if state not in ("down", "degraded"):
        raise ChangeRefused("state", f"it is {state!r}, and must be down or degraded")
    if planned not in _YES:
        raise ChangeRefused("planned", f"it is {planned!r}, and must be true or false")
    return Outage(
        "",
        resolve(said["item"]),
        time_in(said["start"], None, "start").isoformat(),
        time_in(said["end"], None, "end").isoformat() if "end" in said else None,
        state,  # type: ignore[arg-type]
        _YES[planned],
        said.get("change"),
        said.get("reference"),
        said.get("text", ""),
        source=source,
    )
