"""The tabs of an RVTools export in one form, whether they are sheets of a workbook or CSV files.

In comes a file; out go its tabs by name with their rows. Column names differ between versions in case, blanks and
units.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NamedTuple

from importers.reading import CsvTable, SourceFile, open_workbook, read_csv, sheet_names, sniff

__all__ = ["READ_TABS", "Tab", "TabRow", "column_key", "tab_name", "tabs_in", "tabs_of"]

READ_TABS: Final = ("vHost", "vInfo", "vCluster", "vDatastore", "vDisk", "vNetwork")
"""The tabs that are read, in the order in which they are understood."""
_TAB: Final = re.compile(r"(?:RVTools_)?(?:tab)?(v[A-Z]\w+|dv[A-Z]\w+)$")
_NOT_KEY: Final = re.compile(r"[^a-z0-9#%]+")


class TabRow(NamedTuple):
    """One row: its number in the tab, its cells by `column_key`, and what is wrong with it."""

    row: int
    cells: Mapping[str, str]
    problem: str | None

    def text(self, *names: str) -> str:
        """Return the first of the named columns that holds anything, "" where none does."""
        return next((self.cells[name] for name in names if self.cells.get(name)), "")

    def is_true(self, name: str) -> bool:
        """Tell whether a cell says True, as a truth value or as text."""
        return self.cells.get(name, "").casefold() in ("true", "yes", "1")


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its name, its columns by `column_key`, and its rows, which can be gone through once."""

    name: str
    columns: tuple[str, ...]
    rows: Iterator[TabRow]


def column_key(header: str) -> str:
    """Return the spelling of a column by which it is found.

    >>> column_key("Provisioned MiB"), column_key("VM UUID"), column_key("# Cores")
    ('provisionedmib', 'vmuuid', '#cores')
    """
    return _NOT_KEY.sub("", header.casefold())


def tab_name(name: str) -> str | None:
    """Return the tab that a sheet or a file is by its name, None where it is none.

    >>> tab_name("vInfo"), tab_name("RVTools_tabvInfo"), tab_name("Sheet1")
    ('vInfo', 'vInfo', None)
    """
    found = _TAB.match(name.strip())
    return found[1] if found else None


def tabs_in(source: SourceFile) -> tuple[str, ...]:
    """Return the names of the tabs in a file, () where it holds none; opens no sheet."""
    if sniff(source) == "xlsx":
        return tuple(tab for name in sheet_names(source) if (tab := tab_name(name)))
    if sniff(source) == "csv":
        columns = {column_key(name) for name in read_csv(source).header}
        tab = tab_name(source.path.stem)
        if tab is None and {"vm", "powerstate"} <= columns and columns & {"cpus", "memory"}:
            tab = "vInfo"
        return (tab,) if tab and columns & {"vm", "host", "cluster", "name"} else ()
    return ()


@contextmanager
def tabs_of(source: SourceFile) -> Iterator[Iterator[Tab]]:
    """Give the tabs of a file that are read; raises FileProblem where a tab cannot be."""
    if sniff(source) == "csv":
        yield iter([_tab(tabs_in(source)[0], read_csv(source))] if tabs_in(source) else [])
        return
    with open_workbook(source) as book:

        def tabs() -> Iterator[Tab]:
            named = {tab_name(name): name for name in book.names}
            for tab in READ_TABS:
                if tab in named and (table := book.table(named[tab])) is not None:
                    yield _tab(tab, table)

        yield tabs()


def _tab(name: str, table: CsvTable) -> Tab:
    columns = tuple(column_key(header) for header in table.header)

    def rows() -> Iterator[TabRow]:
        for row in table.rows:
            cells = {key: text for key, cell in zip(columns, row.cells, strict=True) if (text := cell.strip())}
            yield TabRow(row.line, cells, row.problem)

    return Tab(name, columns, rows())
