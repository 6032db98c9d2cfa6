"""`cmdb import --watch`: one line of log per file, until interrupted."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from frontends.cli.drop_folder import DropFolder, FileDone, Imported
from frontends.cli.session import Session
from frontends.cli.text import plain

if TYPE_CHECKING:
    from cmdb.importing import ImportOutcome

__all__ = ["watch_folder"]


def watch_folder(
    session: Session, folder: str, take: Callable[[Sequence[str]], ImportOutcome], *, once: bool, output: str
) -> int:
    """Take the files of a folder; returns the exit code: the worst of `once`, 0 for a watch that was ended.

    Ctrl-C and SIGTERM end it between two files, or break off the file at hand, which then stays in the folder.
    """

    def import_file(path: Path) -> Imported:
        from frontends.cli.import_report import report_lines

        outcome = take([str(path)])
        counts = {name: outcome.proposal.items[name] for name in _COUNTED}
        return Imported(outcome.exit_code, outcome.revision, counts, report_lines(outcome))

    worst, told = 0, 0

    def tell(done: FileDone) -> None:
        nonlocal worst, told
        worst, told = max(worst, done.exit_code), told + 1
        session.made = None
        _log(done, output, first=told == 1)

    drop = DropFolder(Path(folder), import_file)
    with drop.held():
        if once:
            for done in drop.once():
                tell(done)
            return worst
        before = signal.signal(signal.SIGTERM, _interrupt)
        session.note(f"watching {folder}; end it with Ctrl-C")
        try:
            drop.forever(tell)
        except KeyboardInterrupt:
            session.note("ended; files that are not in done/ or quarantine/ wait for the next time")
        finally:
            signal.signal(signal.SIGTERM, before)
    return 0


_COUNTED = ("created", "updated", "unchanged", "missing", "retired", "refused", "ambiguous", "placeholders")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _log(done: FileDone, output: str, *, first: bool) -> None:
    if output == "json":
        import json

        click.echo(json.dumps(done._asdict(), ensure_ascii=False))
    elif output == "csv":
        from frontends.cli.writing import write_csv

        if first:
            write_csv(FileDone._fields, [list(done)])
        else:
            write_csv([str(each) for each in done], [])
    else:
        put = f" -> {done.moved_to}" if done.moved_to else ""
        click.echo(plain(f"{done.at} {done.what} {done.file}: {' '.join(done.told.split())}{put}"))
    sys.stdout.flush()
