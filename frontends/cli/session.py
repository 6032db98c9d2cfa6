"""What every command has at hand: the settings asked for, the record, and a way to speak to the person.

Messages go to standard error, so that standard output holds answers only. Everything heavy is imported when used.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec

import click

from frontends.cli.text import plain

if TYPE_CHECKING:
    from rich.console import Console

    from cmdb.record import Record
    from cmdb.settings import Settings
    from cmdb.snapshot import Snapshot
    from frontends.desk.outages import Standing

__all__ = ["Session", "pass_session"]

Asked = ParamSpec("Asked")


class Session:
    """One run of a command.

    `store`, `by` and `catalogue` are what the command line says, None where it does not. `writing` is True while the
    record may be changing; `made` is the revision that was made, so that an interruption can be told truly. `above` is
    where messages go while a progress bar is drawn.
    """

    def __init__(self) -> None:
        self.store: str | None = None
        self.by: str | None = None
        self.catalogue: Path | None = None
        self.quiet = False
        self.debug = False
        self.writing = False
        self.made: int | None = None
        self.above: Console | None = None

    def settings(self) -> Settings:
        """Return the settings: what the command line says comes before the environment."""
        from cmdb.settings import Settings

        return Settings.read(store=self.store, by=self.by, catalogue=self.catalogue)

    @contextlib.contextmanager
    def record(self, *, create: bool = False) -> Iterator[Record]:
        """Open the record for the length of a block, and tell what it warns of."""
        from cmdb.record import Record

        with Record.open(self.settings(), create=create) as record:
            for warning in record.warnings:
                self.warn(warning)
            yield record

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Mark the block in which the record may change."""
        self.writing = True
        yield
        self.writing = False

    def note(self, text: str) -> None:
        """Say something to the person, unless they want it quiet."""
        if not self.quiet:
            self._tell(plain(text))

    def warn(self, text: str) -> None:
        """Say something that the person must know, quiet or not."""
        self._tell(f"warning: {plain(text)}")

    def _tell(self, text: str) -> None:
        if self.above is None:
            click.echo(text, err=True)
        else:
            self.above.print(text, markup=False, highlight=False, soft_wrap=True)

    def note_past(self, snapshot: Snapshot, as_of: str | None) -> None:
        """Say which past is being read."""
        if as_of is not None:
            self.note(f"as of revision {snapshot.revision} ({snapshot.revision_at}), read with today's catalogue")

    def supposing(self, record: Record, snapshot: Snapshot, file: Path | None) -> tuple[Snapshot, list[str]]:
        """Return the estate that a file of steps supposes, and what every answer on it must say; no file, no change.

        The sentences belong before the answer's own warnings: nobody may take it for an answer on what is recorded.
        """
        if file is None:
            return snapshot, []
        from frontends.cli.hypothesis_file import Stated

        supposed = Stated.of(file).apply(snapshot, record.catalogue)
        self.note(f"supposed, and not recorded: {'; '.join(supposed.steps)}")
        return supposed.snapshot, [f"hypothetical: it is supposed that {'; '.join(supposed.steps)}", *supposed.notes]

    def outages(
        self, record: Record, snapshot: Snapshot, as_of: str | None = None, *, counting: bool = True
    ) -> Standing:
        """Return the outages under an answer: those open now, or at the time that is read."""
        from frontends.desk.outages import standing_outages

        return standing_outages(record, snapshot, as_of, counting=counting)

    def stale(self, record: Record, snapshot: Snapshot, rows: Iterable[int], as_of: str | None = None) -> list[str]:
        """Return the warning of an answer that rests on items nobody has seen for longer than their class allows.

        `rows` are the items that the answer is about; what they stand on counts too. A question about the past has
        nothing to say of the present. At most one sentence.
        """
        if as_of is not None:
            return []
        staleness = record.staleness(snapshot)
        if not len(staleness.rows):
            return []
        import numpy as np

        from impact.engine import ImpactEngine

        below = ImpactEngine.of(snapshot).stands_on(np.unique(np.fromiter(rows, np.int64)))
        items = staleness.among(below).items()
        if not items:
            return []
        named = ", ".join(f"{each.name} ({each.days:.0f} days, {each.allowed_days:.0f} allowed)" for each in items[:3])
        more = f" and {len(items) - 3:,} more" if len(items) > 3 else ""
        many = "1 item that nobody has" if len(items) == 1 else f"{len(items):,} items that nobody has"
        return [
            f"rests on {many} seen for longer than its class allows: {named}{more}; "
            "import their sources again, or say that they are as recorded: cmdb verify"
        ]

    def shows_progress(self) -> bool:
        """Whether a person is watching standard error and wants to."""
        return not self.quiet and sys.stderr.isatty()


def pass_session(command: Callable[Concatenate[Session, Asked], None]) -> Callable[Asked, None]:
    """Give a command its Session, before what was asked of it."""
    return click.make_pass_decorator(Session, ensure=True)(command)
