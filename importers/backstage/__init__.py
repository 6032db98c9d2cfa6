"""Backstage catalogs: entities in YAML files of one document or many, or a list of them as the catalog's API gives it.

    read ── documents (which are entities) ──┬── entities (values) ───────────────┐
                                             └── relations ── references (links) ─┴── BatchBuilder

A repository holds other YAML too, and templates that are no YAML: neither stops the entities beside them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cmdb.errors import FileProblem
from cmdb.model import BatchBuilder, ImportBatch
from importers.backstage.documents import Entity, read_entities
from importers.backstage.entities import EntityTaker
from importers.backstage.locations import Locations
from importers.reading import SourceFile, sniff
from importers.registry import ReadOptions

__all__ = ["BackstageImporter", "importer"]

_ENTITY = re.compile(r"""["']?apiVersion["']?\s*:\s*["']?(?:[\w-]+\.)*backstage\.io/""")


class BackstageImporter:
    """Reads the entities of a software catalog; all files together are one batch."""

    name = "backstage"
    description = "Backstage catalogs: components, APIs, systems, domains, resources, groups and users"
    example = "cmdb import --format backstage catalog/*.yaml"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is that the file holds Backstage entities: their apiVersion tells."""
        try:
            syntax = sniff(source)
        except FileProblem:
            return 0.0
        return 0.95 if syntax in ("yaml", "json") and _ENTITY.search(source.sample()) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files.

        A file that cannot be read is a problem of the batch, which is partial then; raises FileProblem when it is
        the only one.
        """
        builder = BatchBuilder(
            options.source or "backstage", options.scope or "", complete=options.complete, vocabulary="backstage"
        )
        taker = EntityTaker(builder, options.words("backstage"))
        locations = Locations()
        unread: list[FileProblem] = []
        without: list[str] = []
        for done, source in enumerate(sources, 1):
            try:
                entities = read_entities(source, builder, without)
            except FileProblem as problem:
                unread.append(problem)
                builder.file(source.name, size=source.size)
                builder.refuse(problem.row, None, problem.message)
            else:
                _take_all(source, entities, taker, locations)
            for note in source.notes:
                builder.note(note)
            options.progress(done, len(sources))
        if unread:
            if len(unread) == len(sources):
                raise unread[0]
            builder.cut = f"{len(unread)} of {len(sources)} files cannot be read, {unread[0].file} first"
        if without:
            more = f" and {len(without) - 1} others hold" if len(without) > 1 else " holds"
            builder.note(f"{without[0]}{more} no Backstage entity: skipped")
        for note in [*taker.notes(), *locations.notes(sources)]:
            builder.note(note)
        return [builder.batch()]


def _take_all(source: SourceFile, entities: list[Entity], taker: EntityTaker, locations: Locations) -> None:
    for entity in entities:
        if entity.kind == "location":
            locations.take(source, entity)
        else:
            taker.take(source, entity)


importer = BackstageImporter()
