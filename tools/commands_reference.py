"""Writes docs/reference/commands.md from what the commands say of themselves: python tools/commands_reference.py

With --check it writes nothing, and fails where the page is not current.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "commands.md"
WIDTH = 100
INTRODUCTION = """# Commands

This page is made from `--help` by `tools/commands_reference.py`.

**The record** is named by `--store URL` or `CMDB_STORE`: `sqlite:///cmdb.db` is a file here and the default,
`sqlite:////srv/cmdb.db` one elsewhere; `bolt://`, `bolt+s://`, `neo4j://` and `neo4j+s://` name a Neo4j server, with
`NEO4J_USERNAME`, `NEO4J_PASSWORD` and `NEO4J_DATABASE`. `cmdb import` and `cmdb init` begin a record, and so does
`cmdb move` at its target; nothing else does.

**Who acts** is `--by` or `CMDB_USER`, else the account; the history keeps all of it.

**An item** is named by its record id, `source:id`, external id, `Class:name` or name, tried in that order. When two
items answer, the command lists them and does nothing.

**A revision** is a number, a time (`2026-11-23T14:00`) or a baseline's name.

**Answers** go to standard output, messages and progress to standard error. `-o json` is a contract: keys may be added
in later releases, never renamed or dropped; `cmdb schema NAME` gives its schema. `-o csv` is for spreadsheets: text
that one could take for a formula has a `'` before it. In a pipe, tables are not folded: a row is a line.

| exit code | means |
|---|---|
| 0 | well |
| 1 | failed; nothing was changed |
| 2 | the question was wrong; nothing was changed |
| 3 | a gate tripped: `--fail-on`, or the import guard held removals back |
| 4 | done, with rows that were refused; each is named |
| 130 | interrupted; the message says whether anything was changed |
| 141 | whoever read the answer closed it |
"""


def page() -> str:
    """Return the whole page."""
    from frontends.cli.listing import COMMANDS, SECTIONS
    from frontends.cli.main import cli

    parts = [INTRODUCTION, _help(cli, _context(cli, "cmdb", None))]
    for section in SECTIONS:
        parts.append(f"## {section}\n")
        for listed in COMMANDS:
            if listed.section == section:
                root = _context(cli, "cmdb", None)
                command = cli.get_command(root, listed.name)
                assert command is not None
                parts += _described(command, _context(command, listed.name, root))
    return "\n".join(parts)


def _described(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"### {context.command_path}\n"
    yield _help(command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _described(below, _context(below, name, context))


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    widths = {"terminal_width": WIDTH, "max_content_width": WIDTH}
    return click.Context(command, parent, name, **{**command.context_settings, **widths})


def _help(command: click.Command, context: click.Context) -> str:
    lines = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    return f"```text\n{lines}\n```\n"


def main() -> int:
    """Write the page, or compare it."""
    text = page()
    if "--check" in sys.argv[1:]:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        if not current:
            print(f"{PAGE.name} is not current; run: python tools/commands_reference.py", file=sys.stderr)
        return 0 if current else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    raise SystemExit(main())
