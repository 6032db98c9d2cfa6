"""Puts the batches of one command together: one a (source, scope), with what makes it complete or partial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cmdb.model import ImportBatch, ItemRow, PoolRow, RelationshipRow
from cmdb.reconcile.decisions import Waiting

__all__ = ["ScopeBatch", "gather"]


@dataclass(slots=True)
class ScopeBatch:
    """All that the files of one command say of one (source, scope). Rows name their file by `files[row.file]`."""

    source: str
    scope: str
    complete: bool
    files: list[str] = field(default_factory=list)
    vocabularies: list[str] = field(default_factory=list)
    """By file: whose words its class and type names are."""
    items: list[ItemRow] = field(default_factory=list)
    relationships: list[RelationshipRow] = field(default_factory=list)
    pools: list[PoolRow] = field(default_factory=list)
    refused_ids: set[str] = field(default_factory=set)
    refused_links: list[tuple[str, str]] = field(default_factory=list)
    refused_pools: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    """Rows that turned out to be ambiguous."""

    def file_of(self, row: ItemRow | RelationshipRow | PoolRow) -> str:
        """Return the name of a row's file."""
        return self.files[row.file]

    def vocabulary_of(self, row: ItemRow) -> str:
        """Return the vocabulary of a row's file."""
        return self.vocabularies[row.file]


def gather(batches: Sequence[ImportBatch]) -> list[ScopeBatch]:
    """Return one batch a (source, scope), in the order in which they first came.

    It is complete only when every file says so, none is visibly cut, and every row's identity was readable: what
    nobody could read might have kept an item alive.
    """
    gathered: dict[tuple[str, str], ScopeBatch] = {}
    for batch in batches:
        whole = gathered.get((batch.source, batch.scope))
        if whole is None:
            whole = gathered[batch.source, batch.scope] = ScopeBatch(batch.source, batch.scope, complete=True)
        _add(whole, batch)
    return list(gathered.values())


def _add(whole: ScopeBatch, batch: ImportBatch) -> None:
    name = f"{batch.source}/{batch.scope}" if batch.scope else batch.source
    if batch.complete and batch.cut:
        whole.warnings.append(f"{name} counts as partial: {batch.cut}")
    elif batch.complete and batch.unreadable_rows:
        whole.warnings.append(
            f"{name} counts as partial: {batch.unreadable_rows} rows have no readable identity, "
            "so nobody knows what is absent"
        )
    whole.complete &= bool(batch.complete) and batch.cut is None and not batch.unreadable_rows
    whole.warnings += [note for note in batch.notes if note not in whole.warnings]
    shift = len(whole.files)
    names = [file.name for file in batch.files] or [batch.source]
    whole.files += names
    whole.vocabularies += [batch.vocabulary] * len(names)
    if shift or not batch.files:
        # Rows of a batch without files are numbered -1 or 0; they are put down to the source.
        whole.items += [row._replace(file=max(row.file, 0) + shift) for row in batch.items]
        whole.relationships += [row._replace(file=max(row.file, 0) + shift) for row in batch.relationships]
        whole.pools += [row._replace(file=max(row.file, 0) + shift) for row in batch.pools]
    else:
        whole.items += batch.items
        whole.relationships += batch.relationships
        whole.pools += batch.pools
    whole.refused_ids.update(
        problem.id for problem in batch.problems if problem.id is not None and problem.severity != "warning"
    )
    whole.refused_links += batch.refused_links
    whole.refused_pools += batch.refused_pools
