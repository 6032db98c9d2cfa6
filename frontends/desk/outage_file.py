"""Outages from a file of another tool: CSV or JSON rows in, `Outage`s and what is wrong by row out.

Columns: item, start, end, state (down or degraded), planned, change, reference, text. Everything but item and start is
optional; what has no reference is known by its item and start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from cmdb.changes.reading import ChangeRefused, Resolve, time_in
from cmdb.errors import CmdbError, FileProblem, UsageError
from cmdb.model.outage import Outage

__all__ = ["COLUMNS", "OutageRows", "Reading", "read_outages"]

COLUMNS: Final = ("item", "start", "end", "state", "planned", "change", "reference", "text")
_YES: Final = {"true": True, "yes": True, "1": True, "ja": True, "false": False, "no": False, "0": False, "nei": False}


class OutageRows(NamedTuple):
    """The outages that a file states, and (row, what is wrong) of those that it cannot mean."""

    outages: list[Outage]
    problems: list[tuple[int, str]]


@dataclass(frozen=True)
class Reading:
    """How another tool's table is read: our column by theirs, our word by theirs, and the item of all rows.

    `values` is by column and word; the word `*` stands for any other, an empty cell included.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    item: str = ""

    @classmethod
    def of(cls, columns: Sequence[str], values: Sequence[str], item: str) -> Reading:
        """Return the reading of `OURS=THEIRS` and `OURS:THEIRS=WORD`; raises UsageError for what is neither."""
        for each in columns:
            if "=" not in each or each.partition("=")[0] not in COLUMNS:
                raise UsageError(f"--column {each}: say OURS=THEIRS; ours are {', '.join(COLUMNS)}")
        said = {}
        for each in values:
            asked, equals, word = each.rpartition("=")
            name, colon, theirs = asked.partition(":")
            if not equals or not colon or name not in COLUMNS:
                raise UsageError(f"--value {each}: say OURS:THEIRS=WORD, like planned:maintenance=yes")
            said[name, theirs.casefold()] = word
        return cls(dict(each.split("=", 1) for each in columns), said, item)

    def row(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a row in our columns and words; as it is where nothing was said of any."""
        if not (self.columns or self.values or self.item):
            return given
        said = {name: given.get(self.columns.get(name, name)) for name in COLUMNS}
        for name, value in said.items():
            word = "" if value is None else str(value).strip().casefold()
            said[name] = self.values.get((name, word), self.values.get((name, "*"), value))
        if self.item:
            said["item"] = self.item
        return said


def read_outages(path: Path, source: str, resolve: Resolve, reading: Reading | None = None) -> OutageRows:
    """Return the outages of a file; raises FileProblem where it is no table at all."""
    reading = reading or Reading()
    found: list[Outage] = []
    problems: list[tuple[int, str]] = []
    for number, row in _rows(path, reading):
        try:
            found.append(_outage(reading.row(row), source, resolve))
        except CmdbError as error:
            problems.append((number, str(error)))
    return OutageRows(found, problems)


def _rows(path: Path, reading: Reading) -> list[tuple[int, Mapping[str, Any]]]:
    from importers.reading import open_source, read_csv, read_json, sniff

    source = open_source(path)
    if sniff(source) == "json":
        whole: Any = read_json(source)
        listed = whole.get("outages") if isinstance(whole, Mapping) else whole
        if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
            raise FileProblem("it must be a list of outages, or a mapping with a list `outages`", file=str(path))
        return list(enumerate(listed, 1))
    table = read_csv(source)
    wanted = [reading.columns.get(name, name) for name in ("item", "start") if name != "item" or not reading.item]
    if lacking := [name for name in {*wanted, *reading.columns.values()} if name not in table.header]:
        raise FileProblem(
            f"it has no column {', '.join(sorted(lacking))}: it needs item and start, and may have "
            f"{', '.join(COLUMNS)}; other names are told with --column OURS=THEIRS",
            file=str(path),
        )
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
