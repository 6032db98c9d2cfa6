"""`cmdb import`: inventory files go in, what became of them comes out."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import click

from frontends.cli.options import CmdbCommand, limit_option, message_option, output_option
from frontends.cli.progress import ProgressBar
from frontends.cli.session import Session

if TYPE_CHECKING:
    from cmdb.importing import ImportOutcome
    from cmdb.model import ImportBatch
    from cmdb.reconcile import Policy
    from frontends.cli.early_record import EarlyRecord
    from importers.reading import SourceFile
    from importers.registry import Importer, ReadOptions

__all__ = ["command"]


@click.command("import", cls=CmdbCommand)
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--watch", metavar="DIR", help="Import every file that comes into this folder, and put it away.")
@click.option("--once", is_flag=True, help="With --watch: take what is there, and end.")
@click.option("--format", "format_name", metavar="NAME", help="The files' format; guessed where it is not said.")
@click.option("--source", metavar="NAME", help="Who says so, over what the files say.")
@click.option("--scope", metavar="NAME", help="Which part of the source this is, over what the files say.")
@click.option("--dry-run", is_flag=True, help="Say of every row what would become of it; change nothing.")
@click.option(
    "--complete/--partial",
    default=None,
    help="Is what the files lack gone (complete), or not told (partial)? Over what the files say.",
)
@click.option("--mapping", metavar="FILE", help="Which column of a table is what.")
@click.option(
    "--max-removal",
    type=click.FloatRange(0, 100),
    default=10.0,
    show_default=True,
    metavar="PERCENT",
    help="Hold removals back when more than this share of a class, type or pool would go.",
)
@click.option(
    "--absent",
    type=click.Choice(["missing", "retire"]),
    default="missing",
    show_default=True,
    help="What becomes at once of items that a complete import lacks.",
)
@message_option()
@limit_option(50, "rows and problems are shown in the table")
@output_option()
@click.pass_context
def command(
    context: click.Context,
    files: tuple[str, ...],
    watch: str | None,
    once: bool,
    format_name: str | None,
    source: str | None,
    scope: str | None,
    dry_run: bool,
    complete: bool | None,
    mapping: str | None,
    max_removal: float,
    absent: Literal["missing", "retire"],
    message: str,
    limit: int,
    output: str,
) -> None:
    """Bring what inventories say into the record.

    All FILEs become one revision, or none; "-" is standard input. The same files again change nothing. What an
    import takes away is marked, never erased, and held back when it is much.

    \b
    cmdb import inventory.yaml
    cmdb import --dry-run --format netbox dump.json
    cmdb import --complete --source cmdb-old items.csv relationships.csv --mapping mapping.yaml
    cmdb import --watch /srv/inventories

    Exit code 3: the guard held removals back. 4: done, but rows were refused.
    """
    session = context.ensure_object(Session)
    from cmdb.catalogue import load_catalogue
    from cmdb.errors import UsageError
    from cmdb.model.collector import collector_paused
    from cmdb.reconcile import Policy
    from frontends.cli.early_record import EarlyRecord
    from importers.registry import ReadOptions

    if bool(files) is (watch is not None) or (once and watch is None) or (watch is not None and dry_run):
        raise UsageError("name the FILEs to import, or a folder with --watch DIR [--once], which tries nothing dry")
    catalogue = load_catalogue(session.settings().catalogue)

    def take(names: Sequence[str]) -> ImportOutcome:
        # From the first row to the last nothing is in a cycle, and nothing of it goes before the end.
        with (
            ProgressBar(session) as bar,
            collector_paused(),
            EarlyRecord(session.settings(), create=not dry_run) as early,
        ):

            def step(done: int, expected: int) -> None:
                early.check()
                bar.step(done, expected)

            options = ReadOptions(source, scope, complete, mapping, catalogue.words, step)
            batches = _read_or_mark(session, bar, early, names, format_name, options, dry_run=dry_run)
            policy = Policy(max_removal_percent=max_removal, absent=absent)
            return _apply(session, bar, early, batches, policy, message, dry_run=dry_run)

    if watch is not None:
        from frontends.cli.watching import watch_folder

        context.exit(watch_folder(session, watch, take, once=once, output=output))
    with collector_paused():
        outcome = take(files)
        gc.freeze()  # the process ends with the report: what was made need not be searched for cycles first
    from frontends.cli.import_report import show_outcome

    show_outcome(session, outcome, output, limit)
    context.exit(outcome.exit_code)


def _read_or_mark(
    session: Session,
    bar: ProgressBar,
    early: EarlyRecord,
    files: Sequence[str],
    format_name: str | None,
    options: ReadOptions,
    *,
    dry_run: bool,
) -> list[ImportBatch]:
    """Read every file; where one cannot be read, the record says that an import failed."""
    from cmdb.errors import CmdbError, UsageError

    try:
        return _read(session, bar, files, format_name, options)
    except UsageError:
        raise
    except CmdbError as error:
        if not dry_run and (record := early.existing()) is not None:
            with contextlib.suppress(CmdbError):
                record.note_failed_import(files, error)
        raise


def _read(
    session: Session, bar: ProgressBar, files: Sequence[str], format_name: str | None, options: ReadOptions
) -> list[ImportBatch]:
    """Read every file; those of one format go to its importer together, for they may belong together."""
    from importers.reading import open_source
    from importers.registry import guess_importer, importer_named

    named = None if format_name is None else importer_named(format_name)
    by_format: dict[str, tuple[Importer, list[object]]] = {}
    for name in files:
        opened = open_source(name)
        importer = named or (_for_tables(opened) if options.mapping else None) or guess_importer(opened)
        if named is None:
            session.note(f"{opened.name}: read as {importer.name}")
        by_format.setdefault(importer.name, (importer, []))[1].append(opened)
    batches: list[ImportBatch] = []
    for importer, sources in by_format.values():
        bar.phase(f"reading {len(sources)} {importer.name} file{'s' if len(sources) > 1 else ''}")
        batches += importer.read(sources, options)  # type: ignore[arg-type]
    return batches


def _for_tables(opened: SourceFile) -> Importer | None:
    """Return the importer that a mapping file is for; a file that is no table is guessed as ever."""
    from cmdb.errors import FileProblem
    from importers.reading import sniff
    from importers.registry import importer_named

    try:
        name = {"csv": "csv", "xlsx": "excel"}.get(sniff(opened))
    except FileProblem:
        return None
    return None if name is None else importer_named(name)


def _apply(
    session: Session,
    bar: ProgressBar,
    early: EarlyRecord,
    batches: Sequence[ImportBatch],
    policy: Policy,
    message: str,
    *,
    dry_run: bool,
) -> ImportOutcome:
    def phase(name: str) -> None:
        session.writing = not dry_run and name == "writing"
        bar.phase(name)

    record, begun = early.get()
    if begun:
        session.note(f"began a record at {record.store.address}")
    for warning in record.warnings:
        session.warn(warning)
    outcome = record.import_batches(batches, policy=policy, dry_run=dry_run, message=message, progress=phase)
    session.writing = False
    if not dry_run and outcome.proposal.delta:
        session.made = outcome.revision
    return outcome
