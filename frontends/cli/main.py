"""`cmdb`: finds the command that is asked for, and imports that one alone.

Nothing here, nor in what it imports, may need more than click: `cmdb --help` answers at once.
"""

from __future__ import annotations

import difflib
import gc
import importlib
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import click

from cmdb import __version__
from frontends.cli.boundary import ReaderLeft, run_bounded
from frontends.cli.listing import COMMANDS, SECTIONS
from frontends.cli.options import HELP, shared_options
from frontends.cli.session import Session

__all__ = ["cli", "main"]

_LISTED = {each.name: each for each in COMMANDS}


class LazyGroup(click.Group):
    """The commands of `listing`, each imported when it is invoked or its own help is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of the help."""
        return list(_LISTED)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None for a name that is none."""
        listed = _LISTED.get(cmd_name)
        if listed is None:
            return None
        module = importlib.import_module(f"frontends.cli.commands.{listed.module}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments begin with, or say which one may be meant."""
        name = args[0]
        if name not in _LISTED and not name.startswith("-"):
            near = difflib.get_close_matches(name, _LISTED, n=2, cutoff=0.5)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"there is no command {name!r}.{hint} All of them: cmdb --help", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by section, without importing one."""
        width = max(map(len, _LISTED))
        for section in SECTIONS:
            with formatter.section(section):
                formatter.write_dl(
                    [(each.name.ljust(width), each.summary) for each in COMMANDS if each.section == section]
                )

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; that nobody reads on is told apart from other troubles with files."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderLeft from error

    def main(self, *args: Any, **more: Any) -> Any:
        """Run, and end the process with an exit code unless told not to."""
        run: Callable[..., Any] = super().main
        if not more.pop("standalone_mode", True):
            return run(*args, standalone_mode=False, **more)
        session = more.pop("obj", None) or Session()
        more["prog_name"] = more.get("prog_name") or "cmdb"
        sys.exit(run_bounded(lambda: run(*args, standalone_mode=False, obj=session, **more), session))


@click.group("cmdb", cls=LazyGroup, params=shared_options(hidden=False), context_settings=HELP, no_args_is_help=True)
@click.version_option(__version__, prog_name="cmdb")
def cli() -> None:
    """What do we have, what depends on what, and what breaks if?

    \b
    Begin:   cmdb import FILE       ask:   cmdb impact ITEM
    An ITEM is named by its id, source:id, Class:name or name.

    The options below may stand before or after the command.
    """


def main() -> NoReturn:
    """Run the command line and end the process."""
    try:
        cli()
    finally:
        gc.freeze()  # the process ends: nobody has to look for cycles among everything it read
    raise SystemExit(0)  # not reached: cli() ends the process


if __name__ == "__main__":
    main()
