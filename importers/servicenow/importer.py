"""The importer: opened files in, one ImportBatch out.

Files are read in the order types, items, relationships, whatever their order on the command line; all are one batch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from cmdb.errors import CmdbError
from cmdb.model import BatchBuilder, ImportBatch
from importers.reading import SourceFile, read_csv, sniff
from importers.registry import ReadOptions
from importers.servicenow.cells import Cell, cells_of, field_name
from importers.servicenow.items import ItemTaker
from importers.servicenow.records import Content, read_content, table_kind
from importers.servicenow.relations import RelationTaker

__all__ = ["ServiceNowImporter", "importer"]

EXPORT_LIMIT: Final = 10_000
"""Rows at which ServiceNow cuts an export unless an administrator raised it (glide.csv.export.limit, sysparm_limit)."""
_ORDER: Final = {"types": 0, "payload": 1, "instances": 1, "items": 1, "relations": 2}
_LABELS: Final = frozenset(
    [
        "install_status",
        "operational_status",
        "discovery_source",
        "last_discovered",
        "sys_updated_on",
        "assigned_to",
        "support_group",
        "life_cycle_stage",
        "assignment_group",
        "sys_id",
    ]
)
_JSON: Final = re.compile(r'"(?:sys_class_name|outbound_relations|inbound_relations)"\s*:')
_PAYLOAD: Final = re.compile(r'"className"\s*:\s*"(?:cmdb_ci|cmdb_|u_)')
_RELATION: Final = re.compile(
    r'"sys_id"\s*:[\s\S]*"parent"\s*:|"parent"\s*:[\s\S]*"child"\s*:|"service_id"\s*:|"ci_id"\s*:'
)


class ServiceNowImporter:
    """Reads exports of the CMDB tables, instances and payloads; all files together are one batch."""

    name = "servicenow"
    description = (
        "ServiceNow: cmdb_ci, cmdb_rel_ci, svc_ci_assoc (CSV, JSON), CMDB Instance API, Identify and Reconcile"
    )
    example = "cmdb import cmdb_ci.csv cmdb_rel_ci.csv"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is, from the header of a CSV file or how a JSON file begins."""
        try:
            syntax = sniff(source)
            if syntax == "csv":
                return _header_tells([field_name(name) for name in read_csv(source).header])
            sample = source.sample() if syntax == "json" else ""
        except CmdbError:
            return 0.0
        wrapped = '"result"' in sample or '"records"' in sample
        if _JSON.search(sample):
            return 0.9 if wrapped or '"sys_id"' in sample else 0.5
        if _PAYLOAD.search(sample) and '"items"' in sample:
            return 0.9
        return 0.7 if wrapped and '"sys_id"' in sample and _RELATION.search(sample) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem where a file is no export of configuration items."""
        builder = BatchBuilder(
            options.source or self.name,
            options.scope or "",
            complete=options.complete,
            vocabulary=self.name,
            words=options.words(self.name),
        )
        items = ItemTaker(builder, options.words)
        relations = RelationTaker(builder, items)
        read = [(source, read_content(source)) for source in sources]
        cut = []
        for done, (source, content) in enumerate(sorted(read, key=lambda each: _ORDER[each[1].kind]), 1):
            builder.file(source.name, size=source.size)
            rows = _take(content, builder, items, relations)
            builder.read_file(source.name, source.sha256, source.size)
            if rows == EXPORT_LIMIT:
                cut.append(f"{source.name} holds exactly {EXPORT_LIMIT:,} rows, where ServiceNow cuts an export")
            for note in source.notes:
                builder.note(note)
            options.progress(done, len(sources))
        for sentence in cut:
            builder.note(f"{sentence}: raise the limit, or export in parts")
        builder.cut = "; ".join(cut) or None
        return [builder.batch()]


def _header_tells(fields: list[str]) -> float:
    names = set(fields)
    kind = table_kind(names)
    if kind == "items":
        return 0.85 if names & _LABELS and "id" not in names else 0.0
    if kind == "relations":
        return 0.8 if names - {"parent", "child", "type"} or len(names) == 3 else 0.0
    return 0.8 if kind == "types" else 0.0


def _take(content: Content, builder: BatchBuilder, items: ItemTaker, relations: RelationTaker) -> int:
    """Take what a file holds; return how many rows it has."""
    if content.kind == "instances":
        return _take_instances(content.value, builder, items, relations)
    if content.kind == "payload":
        return _take_payload(content.value, builder, items, relations)
    count = 0
    for record in content.records:
        count += 1
        if record.problem is not None:
            builder.refuse_unidentified(record.row, record.problem)
        elif content.kind == "types":
            relations.take_type(record.cells)
        elif content.kind == "items":
            items.take(record.row, record.cells)
        else:
            relations.take(record.row, record.cells)
    return count


def _take_instances(
    instances: list[dict[str, Any]], builder: BatchBuilder, items: ItemTaker, relations: RelationTaker
) -> int:
    for row, instance in enumerate(instances, 1):
        attributes = instance["attributes"]
        if not isinstance(attributes, dict):
            builder.refuse_unidentified(row, "attributes is no object: an instance has attributes with sys_id")
        elif (identity := items.take(row, cells_of(attributes.items()))) is not None:
            relations.take_instance(row, identity, instance)
    return len(instances)


def _take_payload(value: dict[str, Any], builder: BatchBuilder, items: ItemTaker, relations: RelationTaker) -> int:
    ids: dict[str, str | None] = {}
    for number, item in enumerate(value["items"]):
        given = item if isinstance(item, dict) else {}
        said = given.get("values")
        cells = cells_of(said.items() if isinstance(said, dict) else ())
        class_name = given.get("className")
        if isinstance(class_name, str) and class_name:
            cells["sys_class_name"] = Cell(class_name, class_name)
        native = given.get("sys_object_source_info")
        key = native.get("source_native_key") if isinstance(native, dict) else None
        ids[str(number)] = items.take(number + 1, cells, str(key) if key else "")
        if isinstance(given.get("internal_id"), str):
            ids[given["internal_id"]] = ids[str(number)]
    given_relations = value.get("relations")
    for row, relation in enumerate(given_relations if isinstance(given_relations, list) else (), 1):
        relations.take_payload(row, relation, ids)
    return len(value["items"])


importer = ServiceNowImporter()
