"""How far an import has come, for a person who watches a terminal; nothing at all for everybody else."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from frontends.cli.session import Session

__all__ = ["ProgressBar"]


class ProgressBar:
    """A bar on standard error for the length of a block; gone when the block ends."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        if session.shows_progress():
            from rich.console import Console
            from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TaskProgressColumn(),
                TimeElapsedColumn(),
                console=Console(file=sys.stderr),
                transient=True,
            )

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
            self._session.above = self._bar.console
            self.phase("starting")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._session.above = None

    def phase(self, name: str) -> None:
        """Say what is being done now; how long it takes is not known."""
        if self._bar is not None:
            # A new task each time: a task never forgets its total.
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(name, total=None)

    def step(self, done: int, total: int) -> None:
        """Say how much of the present phase is done."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)
