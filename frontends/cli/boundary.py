"""The edge between the program and its person: whatever happens inside becomes an exit code and a message.

0 well; 1 failed, nothing changed; 2 the question was wrong; 3 a gate tripped; 4 done, with refused rows; 130
interrupted; 141 nobody read the answer to its end. Never a traceback, but for --debug.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cmdb.errors import CmdbError
from frontends.cli.session import Session
from frontends.cli.text import plain

__all__ = ["ReaderLeft", "run_bounded"]


class ReaderLeft(Exception):
    """Whoever read the answer closed it; raised in place of the system's error, which click would take for its own."""


def run_bounded(run: Callable[[], Any], session: Session) -> int:
    """Run a command and return its exit code, having said what there is to say."""
    _let_output_take_any_text()
    try:
        code = run()
        sys.stdout.flush()
    except click.exceptions.Abort as error:
        if isinstance(error.__cause__, EOFError):
            return _failed("the input ended too early; nothing was changed")
        return _interrupted(session)
    except KeyboardInterrupt:
        return _interrupted(session)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except CmdbError as error:
        _show_trace(session)
        return _failed(str(error), error.exit_code)
    except ReaderLeft:
        return _left_alone()
    except OSError as error:
        if error.errno == errno.EPIPE:
            return _left_alone()
        _show_trace(session)
        where = f" ({error.filename})" if error.filename else ""
        return _failed(
            f"{error.strerror or error}{where}; check the path, its permissions and the disk{_so_far(session)}"
        )
    except Exception as error:
        _show_trace(session)
        return _failed(_unexpected(error) + _so_far(session))
    return code if isinstance(code, int) else 0


def _let_output_take_any_text() -> None:
    """A terminal that lacks a letter shows its escape; an answer is no place to die over æ."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _failed(message: str, code: int = 1) -> int:
    with contextlib.suppress(OSError):
        click.echo(f"cmdb: {plain(message)}", err=True)
    return code


def _interrupted(session: Session) -> int:
    if session.made is not None:
        message = f"interrupted; revision {session.made} had been made"
    elif session.writing:
        message = "interrupted while writing; the record is whole, see its last revision with: cmdb log --limit 1"
    else:
        message = "interrupted; nothing was changed"
    return _failed(message, 130)


def _so_far(session: Session) -> str:
    return f" (revision {session.made} had been made)" if session.made is not None else ""


def _unexpected(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ is not None else None
    place = f" in {Path(frame.filename).name}:{frame.lineno}" if frame is not None else ""
    said = " ".join(str(error).split())[:200]
    return (
        f"this should not happen: {type(error).__name__}{place}{': ' if said else ''}{said}; "
        "please report it with what the same command prints with --debug"
    )


def _show_trace(session: Session) -> None:
    if session.debug:
        click.echo(plain(traceback.format_exc()), err=True)


def _left_alone() -> int:
    """Give what is still buffered to nobody, or the interpreter complains as it ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    return 141
