"""`cmdb change`: change requests, from what is asked for to how it went. Finds the subcommand and imports it alone."""

from __future__ import annotations

import importlib
from typing import Final

import click

from frontends.cli.options import CmdbGroup

__all__ = ["command"]

_HOME: Final = {
    "new": "change_requests",
    "edit": "change_requests",
    "show": "change_requests",
    "list": "change_requests",
    "log": "change_requests",
    "assess": "change_assess",
    "conflicts": "change_conflicts",
    "effect": "change_effect",
    "brief": "change_brief",
    "submit": "change_steps",
    "approve": "change_steps",
    "ratify": "change_steps",
    "reject": "change_steps",
    "schedule": "change_steps",
    "start": "change_steps",
    "finish": "change_after",
    "review": "change_after",
    "cancel": "change_steps",
    "slots": "change_slots",
    "plan": "change_plan",
    "calibrate": "change_calibrate",
    "history": "change_calibrate",
    "settings": "change_settings",
    "roster": "change_roster",
    "model": "change_roster",
}
"""By subcommand: its module, in the order of the help."""


class ChangeGroup(CmdbGroup):
    """Subcommands of `_HOME`, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all subcommands, in the order in which a change meets them."""
        return list(_HOME)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand; None for a name that is none."""
        home = _HOME.get(cmd_name)
        if home is None:
            return None
        commands: dict[str, click.Command] = importlib.import_module(f"frontends.cli.commands.{home}").COMMANDS
        return commands[cmd_name]


@click.command("change", cls=ChangeGroup)
def command() -> None:
    """Change requests, from what is asked for to how it went.

    \b
    cmdb change new --file change.yaml
    cmdb change assess CHG-000001
    cmdb change conflicts

    A change is named by its number; 7 stands for CHG-000007.
    """
