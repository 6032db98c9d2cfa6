"""Changes of another tool that are over, for the statistics: ServiceNow's change_request JSON, or CSV.

Takes a file, gives `PastChange`s and what is wrong by row. Never a person's name: who did it is not read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from cmdb.errors import FileProblem
from cmdb.model.circumstances import PastChange

__all__ = ["CSV_COLUMNS", "PastRead", "read_past"]

CSV_COLUMNS: Final = ("number", "closed_at", "failed", "classes", "team", "model", "type", "predicted")
_YES: Final = {"true": True, "yes": True, "1": True, "ja": True, "false": False, "no": False, "0": False, "nei": False}
_FAILED: Final = {
    "successful": False,
    "successful with issues": False,
    "successful_issues": False,
    "unsuccessful": True,
}
_TYPES: Final = {"standard": "standard", "normal": "normal", "emergency": "emergency"}


class PastRead(NamedTuple):
    """What a file states; `open_` are changes in it that are not over."""

    changes: list[PastChange]
    open_: int
    problems: list[tuple[int, str]]


def read_past(
    path: Path, mapping: Mapping[str, str] | None = None, class_of: Callable[[str], str | None] = lambda name: None
) -> PastRead:
    """Return the past changes of a file; `mapping` is from our column to the file's. Raises FileProblem.

    `class_of` gives the class of an item by its name, None where the record does not know it.
    """
    from importers.reading import open_source, read_csv, read_json, sniff

    source = open_source(path)
    found: list[PastChange] = []
    problems: list[tuple[int, str]] = []
    open_ = 0
    if sniff(source) == "json":
        for number, row in enumerate(_records(read_json(source), path), 1):
            try:
                change = _servicenow(row, class_of)
            except ValueError as error:
                problems.append((number, str(error)))
                continue
            if change is None:
                open_ += 1
            else:
                found.append(change)
        return PastRead(found, open_, problems)
    table = read_csv(source)
    column = {name: (mapping or {}).get(name, name) for name in CSV_COLUMNS}
    if lacking := [column[name] for name in ("number", "closed_at", "failed") if column[name] not in table.header]:
        told = f"it has no column {', '.join(lacking)}; name them with --column OURS=THEIRS: {', '.join(CSV_COLUMNS)}"
        raise FileProblem(told, file=str(path))
    for each in table.rows:
        row = dict(zip(table.header, each.cells, strict=False))
        try:
            found.append(_of_row({name: row.get(theirs, "").strip() for name, theirs in column.items()}))
        except ValueError as error:
            problems.append((each.line, str(error)))
    return PastRead(found, open_, problems)


def _of_row(row: Mapping[str, str]) -> PastChange:
    failed = row["failed"].casefold()
    known = {**_YES, **_FAILED, "successful": False, "backed_out": True, "backed out": True, "failed": True}
    if failed not in known:
        raise ValueError(f"failed is {row['failed']!r}; it must be yes or no, or successful, backed_out, unsuccessful")
    type_ = row["type"].casefold() or "normal"
    if type_ not in _TYPES:
        raise ValueError(f"type is {row['type']!r}; it must be standard, normal or emergency")
    predicted = float(row["predicted"]) if row["predicted"] else None
    if predicted is not None and not 0 < predicted < 1:
        raise ValueError(f"predicted is {row['predicted']}; it must be a probability between 0 and 1")
    return PastChange(
        number=row["number"],
        closed_at=_time(row["closed_at"]),
        failed=known[failed],
        classes=tuple(filter(None, (each.strip() for each in row["classes"].replace(";", ",").split(",")))),
        team=row["team"] or None,
        model=row["model"] or None,
        type=type_,  # type: ignore[arg-type]
        predicted=predicted,
    )


def _time(text: str) -> str:
    try:
        found = dt.datetime.fromisoformat(text.replace(" ", "T"))
    except ValueError:
        raise ValueError(f"{text!r} is no time like 2026-11-26T22:00:00+01:00") from None
    return (found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).isoformat()


def _records(whole: Any, path: Path) -> Iterator[Mapping[str, Any]]:
    listed = whole
    if isinstance(whole, Mapping):
        listed = whole.get("result", whole.get("records", whole))
    if isinstance(listed, Mapping):
        listed = [listed]
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
        raise FileProblem("it must be change_request records: a list, or `result` or `records`", file=str(path))
    yield from listed


def _servicenow(row: Mapping[str, Any], class_of: Callable[[str], str | None]) -> PastChange | None:
    """Return a record of change_request as a past change; None for one that is not over, or was called off."""
    number = _value(row, "number")
    if not number:
        raise ValueError("it has no number")
    state, code = _shown(row, "state").casefold(), _shown(row, "close_code").casefold()
    closed = _value(row, "closed_at") or _value(row, "work_end")
    # A state that is there decides: real exports hold changes that are new and have a closing time all the same.
    over = state in ("closed", "3", "closed complete", "closed incomplete") if state else bool(closed)
    if not over:
        return None
    if not closed:
        raise ValueError(f"{number} is closed, and does not say when (closed_at)")
    if code not in _FAILED and state != "closed incomplete":
        raise ValueError(f"{number} is closed without a close code that says how it went")
    type_ = _shown(row, "type").casefold()
    item = _shown(row, "cmdb_ci")
    class_ = (class_of(item) if item else None) or _shown(row, "cmdb_ci.sys_class_name")
    return PastChange(
        number=number,
        closed_at=_time(closed),
        failed=_FAILED.get(code, True),
        classes=(class_,) if class_ else (),
        team=_shown(row, "assignment_group") or None,
        model=_shown(row, "std_change_producer_version") or None,
        type=_TYPES.get(type_, "normal"),  # type: ignore[arg-type]
    )


def _value(row: Mapping[str, Any], name: str) -> str:
    cell = row.get(name)
    return str(cell.get("value") or "") if isinstance(cell, Mapping) else str(cell or "")


def _shown(row: Mapping[str, Any], name: str) -> str:
    cell = row.get(name)
    if isinstance(cell, Mapping):
        return str(cell.get("display_value") or cell.get("value") or "")
    return str(cell or "")
