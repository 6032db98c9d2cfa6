"""The importer: opened files of any of GLPI's forms in, one ImportBatch out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from cmdb.errors import CmdbError
from cmdb.model import BatchBuilder, ImportBatch
from importers.glpi.assets import AssetTaker, asset_field, item_type_of_fields, item_type_of_name
from importers.glpi.impacts import IMPACT_FIELDS, ImpactTaker
from importers.glpi.inventories import InventoryTaker, is_inventory
from importers.reading import SourceFile, read_csv, read_json, sniff
from importers.registry import ReadOptions

__all__ = ["GlpiImporter", "importer"]

_INVENTORY: Final = re.compile(r'"deviceid"\s*:|"action"\s*:\s*"(?:net)?inventory"')
_REST: Final = re.compile(r'"(?:entities_id|otherserial|states_id|items_id_source)"\s*:')
_STAR: Final = ({"relation", "itemtype", "id", "name"}, {"relation", "type d'élément", "id", "nom"})
_COMPOUND: Final = frozenset(["impactcontexts_id", "is_slave"])


class GlpiImporter:
    """Reads assets, impact relations and native inventories; all files together are one batch."""

    name = "glpi"
    description = "GLPI: asset lists (CSV, REST), impact relations, and native inventories of its agents"
    example = "cmdb import Computer.csv NetworkEquipment.csv ImpactRelation.csv"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is: the columns of an asset list, of ImpactRelation, or an agent's inventory."""
        try:
            syntax = sniff(source)
            if syntax == "csv":
                header = read_csv(source).header
                names = {name.strip().casefold() for name in header}
                if set(IMPACT_FIELDS) <= names or names in _STAR:
                    return 0.9
                fields = {asset_field(name) for name in header}
                return (
                    0.8
                    if {"name", "entity"} <= fields and len(fields & {"status", "location", "serial_number"})
                    else 0.0
                )
            sample = source.sample() if syntax == "json" else ""
        except CmdbError:
            return 0.0
        if '"content"' in sample and len(_INVENTORY.findall(sample)) > 1:
            return 0.9
        # The fields of a device may fill more than a sample: what stands at its end is not seen then.
        if '"content"' in sample and '"versionclient"' in sample:
            return 0.8
        return 0.8 if _REST.search(sample) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem where a file is none of GLPI's, or its type is not told."""
        words = options.words(self.name)
        builder = BatchBuilder(
            options.source or self.name,
            options.scope or "",
            complete=options.complete,
            vocabulary=self.name,
            words=words,
        )
        assets, impacts, inventories = AssetTaker(builder, words), ImpactTaker(builder), InventoryTaker()
        values = [None if sniff(source) == "csv" else read_json(source) for source in sources]
        for number, value in enumerate(values):
            if isinstance(value, dict) and is_inventory(value):
                inventories.take(number, value)
        for number, (source, value) in enumerate(zip(sources, values, strict=True)):
            builder.file(source.name, size=source.size)
            if is_inventory(value):
                inventories.say(number, builder)
            else:
                _take_table(source, value, builder, assets, impacts)
            builder.read_file(source.name, source.sha256, source.size)
            options.progress(number + 1, len(sources))
        notes = [note for source in sources for note in source.notes]
        for note in [*notes, *impacts.notes(), *inventories.notes()]:
            builder.note(note)
        return [builder.batch()]


Rows = Iterable[tuple[int, Mapping[str, str], str | None]]


def _take_table(
    source: SourceFile, value: Any, builder: BatchBuilder, assets: AssetTaker, impacts: ImpactTaker
) -> None:
    fields, rows = _csv_rows(source) if value is None else _rest_rows(source, value)
    spelt = {name.casefold() for name in fields}
    if spelt in _STAR:
        raise source.problem(
            "this is the picture of one item's impacts, which does not say whose: export the table ImpactRelation, or "
            "ask the REST service for it",
            1,
        )
    if set(IMPACT_FIELDS) <= spelt:
        for row, cells, problem in rows:
            if problem is not None:
                builder.refuse_unidentified(row, problem)
            else:
                impacts.take(row, {name.casefold(): text for name, text in cells.items()})
        return
    if spelt & _COMPOUND:
        builder.note(f"{source.name} groups items in GLPI's picture only: not imported")
        return
    item_type = item_type_of_fields(fields) or item_type_of_name(source.path.stem)
    if item_type is None and "itemtype" not in {asset_field(name) for name in fields}:
        raise source.problem(
            "nothing says which item type of GLPI this is: name the file after it, such as Computer.csv, or export the "
            "column Item type",
            1,
        )
    for row, cells, problem in rows:
        if problem is not None:
            builder.refuse_unidentified(row, problem)
            continue
        known: dict[str, str] = {}
        for name, text in cells.items():
            known.setdefault(asset_field(name), text)
        if cells.get("is_deleted") != "1" and cells.get("is_template") != "1":
            assets.take(source.name, row, item_type, known)


def _csv_rows(source: SourceFile) -> tuple[list[str], Rows]:
    table = read_csv(source)
    rows = (
        (
            row.line,
            {name: text for name, cell in zip(table.header, row.cells, strict=True) if (text := cell.strip())},
            row.problem,
        )
        for row in table.rows
    )
    return table.header, rows


def _rest_rows(source: SourceFile, value: Any) -> tuple[list[str], Rows]:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(each, str) for each in value):
        raise source.problem(f"GLPI answered with an error, not data: {value[0]}: {value[1][:200]}; ask it again")
    objects = value.get("data", [value]) if isinstance(value, dict) else value
    if not isinstance(objects, list) or not all(isinstance(each, dict) for each in objects):
        raise source.problem(
            "this is no export of GLPI: it needs a list of objects as its REST service gives them, or an inventory"
        )
    rows = []
    for number, each in enumerate(objects, 1):
        said = {name: str(text) for name, text in each.items() if isinstance(text, (str, int)) and text not in ("", 0)}
        rows.append((number, {name: text.strip() for name, text in said.items() if text.strip()}, None))
    return list(dict.fromkeys(name for each in objects for name in each)), rows


importer = GlpiImporter()
