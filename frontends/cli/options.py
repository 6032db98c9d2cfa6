"""Options that several commands share, and the kinds of command that have them.

Which record, who acts and how much is said may stand before or after the command's name: both are what people type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from frontends.cli.session import Session

__all__ = [
    "CmdbCommand",
    "CmdbGroup",
    "as_of_option",
    "limit_option",
    "message_option",
    "output_option",
    "shared_options",
    "what_if_option",
]

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
HELP: Final = {"help_option_names": ["-h", "--help"]}


def _kept(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value not in (None, False):
        assert parameter.name is not None
        setattr(context.ensure_object(Session), parameter.name, value)


def shared_options(*, hidden: bool) -> list[click.Parameter]:
    """Return the options that say which record, who acts and how much is said; they end up in the Session."""

    def option(*names: str, help: str, **more: Any) -> click.Option:  # noqa: A002 - click's word
        return click.Option(names, help=help, hidden=hidden, expose_value=False, callback=_kept, **more)

    return [
        option("--store", metavar="URL", help="The record: sqlite:///FILE, bolt://HOST or neo4j://HOST [CMDB_STORE]."),
        option("--by", metavar="NAME", help="Who makes the change [CMDB_USER, else the account]."),
        option(
            "--catalogue",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="The site's own catalogue file [CMDB_CATALOGUE].",
        ),
        option("-q", "--quiet", is_flag=True, help="Answers, warnings and errors only."),
        option("--debug", is_flag=True, help="With a traceback, should anything go wrong."),
    ]


class CmdbCommand(click.Command):
    """A command that takes the shared options too; they are not repeated in its help."""

    def __init__(self, name: str | None, **attributes: Any) -> None:
        attributes["params"] = [*(attributes.get("params") or ()), *shared_options(hidden=True)]
        attributes["context_settings"] = {**HELP, **(attributes.get("context_settings") or {})}
        super().__init__(name, **attributes)


class CmdbGroup(click.Group):
    """A command of commands: `cmdb item add`."""

    command_class = CmdbCommand

    def __init__(self, name: str | None = None, **attributes: Any) -> None:
        attributes["params"] = [*(attributes.get("params") or ()), *shared_options(hidden=True)]
        attributes["context_settings"] = {**HELP, **(attributes.get("context_settings") or {})}
        super().__init__(name, **attributes)


def output_option(*formats: str) -> Callable[[Decorated], Decorated]:
    """Add `-o`: table, json, csv and what else is named."""
    choices: Sequence[str] = ("table", "json", "csv", *formats)
    return click.option(
        *("-o", "--output", "output"),
        type=click.Choice(choices),
        default="table",
        show_default=True,
        help="How to answer.",
    )


def as_of_option() -> Callable[[Decorated], Decorated]:
    """Add `--as-of`."""
    return click.option(
        "--as-of", metavar="REVISION", help="The record as it was: a revision, a time or a baseline's name."
    )


def what_if_option() -> Callable[[Decorated], Decorated]:
    """Add `--what-if`: the answer is on the estate that a file of steps supposes. See `Session.supposing`."""
    return click.option(
        "--what-if",
        "what_if",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Suppose the steps in FILE first, as cmdb what-if does; the record stays as it is.",
    )


def limit_option(default: int, what: str) -> Callable[[Decorated], Decorated]:
    """Add `--limit`; 0 is all."""
    return click.option(
        "--limit",
        type=click.IntRange(min=0),
        default=default,
        show_default=True,
        metavar="N",
        help=f"At most so many {what}; 0 is all.",
    )


def message_option() -> Callable[[Decorated], Decorated]:
    """Add `-m`: why the change is made."""
    return click.option("-m", "--message", default="", metavar="TEXT", help="Why, for the history.")
