"""Tables and sentences for a person, drawn by rich. No colour says anything that a word does not say too.

Not wider than the terminal; into a pipe nothing is folded, so that every row is one line for grep.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from rich.box import Box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from frontends.cli.text import on_one_line, value_text

__all__ = ["STATE_WORDS", "Column", "Screen", "cell", "count_of", "state_cell"]

_UNLIMITED: Final = 100_000
_MOST_DRAWN: Final = 500
"""Above so many rows a table is set without rich, which takes a millisecond a row."""
_RULED: Final = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
_RULED_PLAINLY: Final = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
_STATES: Final = {
    "down": ("✗", "x", "bold red"),
    "degraded": ("▼", "v", "yellow"),
    "at_risk": ("!", "!", "magenta"),
    "unaffected": ("✓", "-", "green"),
}
STATE_WORDS: Final = {"down": "down", "degraded": "degraded", "at_risk": "at risk", "unaffected": "unaffected"}


class Column(NamedTuple):
    """A column: its heading, and how it is set. `fixed` is never folded, `right` is for numbers."""

    title: str
    right: bool = False
    fixed: bool = False
    style: str = ""


class Screen:
    """Standard output as a person reads it."""

    def __init__(self) -> None:
        # COLUMNS or the terminal says how wide; a pipe is as wide as it takes.
        self.piped = not sys.stdout.isatty()
        width = shutil.get_terminal_size((_UNLIMITED, 24)).columns if self.piped else None
        self.console = Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)
        self.ascii = self.console.options.ascii_only

    def say(self, text: str | Text = "", style: str = "") -> None:
        """Print a paragraph; a plain text is taken as data, whatever it holds."""
        self._print(cell(text, style))

    def line(self, text: Text) -> None:
        """Print one line that is never folded."""
        self.console.print(text, no_wrap=True, overflow="ellipsis", crop=True)

    def heading(self, text: str) -> None:
        """Print the heading of a part, after an empty line."""
        self._print("")
        self._print(cell(text, "bold"))

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, indent: int = 0) -> None:
        """Print rows under headings; a cell is any value, or a Text that is styled already."""
        kept = [[cell(value) for value in row] for row in rows]
        if len(kept) > _MOST_DRAWN:
            self._set_plainly(columns, kept)
            return
        table = Table(
            box=_RULED_PLAINLY if self.ascii else _RULED,
            show_edge=False,
            pad_edge=False,
            padding=(0, 1, 0, 0),
            header_style="bold",
        )
        for column in columns:
            table.add_column(
                column.title,
                justify="right" if column.right else "left",
                no_wrap=column.right or column.fixed,
                style=column.style,
                overflow="ellipsis" if column.right else "fold",
            )
        for row in kept:
            table.add_row(*row)
        self._print(Padding(table, (0, 0, 0, indent), expand=False))

    def pairs(self, pairs: Iterable[tuple[str, Any]]) -> None:
        """Print names and values, one pair a line."""
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True, style="dim")
        grid.add_column(overflow="fold")
        for name, value in pairs:
            grid.add_row(cell(name), cell(value))
        self._print(Padding(grid, (0, 0, 0, 2), expand=False))

    def more(self, shown: int, total: int, how: str) -> None:
        """Say how many rows a table leaves out, and how to see them; nothing when it leaves out none."""
        if shown < total:
            dots = "..." if self.ascii else "…"
            self._print(Text(f"{dots} {total - shown:,} more; {how}", style="italic"))

    def _print(self, drawn: RenderableType) -> None:
        if not self.piped:
            self.console.print(drawn)
            return
        with self.console.capture() as captured:
            self.console.print(drawn)
        for line in captured.get().splitlines():
            print(line.rstrip(), file=sys.stdout)

    def _set_plainly(self, columns: Sequence[Column], rows: list[list[Text]]) -> None:
        texts = [[each.plain for each in row] for row in rows]
        widths = [max(map(len, column)) for column in zip([each.title for each in columns], *texts, strict=True)]
        for row in [[each.title for each in columns], *texts]:
            parts = [
                text.rjust(width) if column.right else text.ljust(width)
                for text, width, column in zip(row, widths, columns, strict=True)
            ]
            print("  ".join(parts).rstrip(), file=sys.stdout)


def cell(value: Any, style: str = "") -> Text:
    """Return a value as text for the screen, its control characters escaped; a Text passes as it is."""
    if isinstance(value, Text):
        return value
    shown = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value_text(value)
    return Text(on_one_line(shown), style=style)


def state_cell(state: str, *, ascii_only: bool = False) -> Text:
    """Return a state as a sign, a word and a colour."""
    sign, plain_sign, style = _STATES[state]
    return Text(f"{plain_sign if ascii_only else sign} {STATE_WORDS[state]}", style=style)


def count_of(number: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun.

    >>> count_of(1, "item"), count_of(1200, "item"), count_of(2, "entry", "entries")
    ('1 item', '1,200 items', '2 entries')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
