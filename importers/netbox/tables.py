"""CSV: what the list views of NetBox export (labels), and what its bulk import takes (field names).

In come tables of any number of files; into the Inventory go rows as dumpdata would hold them. CSV names things
instead of numbering them, so every reference is found by name once all tables were read: within its site where names
repeat. An object without the column ID is known by its name (`NamedKey`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from importers.netbox.dumpdata import keep
from importers.netbox.inventory import Inventory, Row
from importers.netbox.models import EVIDENCE, ITEMS, REFERENCES
from importers.netbox.statements import Origin, Statements
from importers.netbox.table_columns import DERIVED, TELLING, field_name, model_of
from importers.reading import SourceFile, read_csv

__all__ = ["NamedKey", "Tables", "table_certainty"]

_IN_SITE: Final = frozenset(["dcim.device", "dcim.location", "dcim.rack", "dcim.powerpanel"])
_OF_DEVICE: Final = frozenset(model for model in EVIDENCE if model.endswith(("port", "outlet", "interface", "bay")))
_CHOICES: Final = frozenset(["status", "supply", "phase", "term_side"])
_NOWHERE: Final = "\0"
_EMPTY: Final = frozenset(["", "—", "None"])
_ITS_OWN: Final = frozenset(
    ["tenant", "tenant group", "airflow", "ipv4 address", "virtual chassis", "site group", "parent device", "face"]
)
"""Labels of the list of devices that hardly another list has."""
_PORT_MODELS: Final = tuple(sorted(_OF_DEVICE - {"dcim.devicebay"}))


class NamedKey(int):
    """The key of an object that no file numbers: a number of our own that shows as the object's name."""

    name: str

    def __new__(cls, value: int, name: str) -> NamedKey:
        self = super().__new__(cls, value)
        self.name = name
        return self

    def __str__(self) -> str:
        return self.name

    def __format__(self, spec: str) -> str:
        return format(self.name, spec)


class _TableRow(NamedTuple):
    file: int
    row: int
    model: str
    cells: Mapping[str, str]
    key: int


def table_certainty(source: SourceFile) -> float:
    """Return how sure it is that a CSV file is a table of NetBox's: its name tells, or columns that nobody else has."""
    header = read_csv(source).header
    model = model_of(header, source.path.stem)
    if model is None or any(name.strip().casefold() == "class" for name in header):
        return 0.0
    if source.path.stem.lower().startswith("netbox_"):
        return 0.95
    spelt = {name.strip().casefold() for name in header}
    if model in ("dcim.device", "virtualization.virtualmachine"):
        # Name, role, site and type, or name, cluster and memory, are anybody's columns.
        return 0.75 if "device_type" in spelt or "vcpus" in spelt or len(spelt & _ITS_OWN) > 1 else 0.0
    return 0.75 if model in TELLING else 0.3


class Tables:
    """Collects the tables of all files; `put` gives them to the Inventory."""

    def __init__(self) -> None:
        self._rows: list[_TableRow] = []
        self._names: dict[tuple[str, str, str], list[int]] = {}
        self._named = 0

    def read(self, source: SourceFile, file: int, inventory: Inventory, said: Statements) -> None:
        """Take the rows of one file; raises FileProblem where its columns are none of NetBox's."""
        table = read_csv(source)
        model = model_of(table.header, source.path.stem)
        if model is None:
            raise source.problem(
                f"the columns {', '.join(table.header[:12])} are none of NetBox's; keep the name of the export, "
                "such as netbox_devices.csv",
                1,
            )
        fields = [field_name(model, name) for name in table.header]
        for row in table.rows:
            inventory.count(model)
            if model not in ITEMS and model not in EVIDENCE:
                continue
            if row.problem is not None:
                said.refuse_unidentified(Origin(file, row.line), row.problem)
                continue
            cells: dict[str, str] = {}
            for name, cell in zip(fields, row.cells, strict=True):
                if cell.strip() not in _EMPTY:
                    cells.setdefault(name, cell.strip())
            self._take(file, row.line, model, cells, said)

    def put(self, inventory: Inventory, said: Statements) -> None:
        """Give every row to the Inventory, its references found by name."""
        for row in self._rows:
            keep(Row(row.file, row.row, row.model, row.key, self._fields(row, inventory, said)), inventory, said)

    def _take(self, file: int, line: int, model: str, cells: dict[str, str], said: Statements) -> None:
        number, name = cells.pop("id", ""), cells.get("cid" if model == "circuits.circuit" else "name", "")
        within = cells.get(_place_of(model), "")
        if number.isdigit():
            key: int = int(number)
        elif model == "dcim.cable":
            key = self._new(
                cells.get("label") or " - ".join(cells.get(end, "") for end in _CABLE_NAMES if end in cells)
            )
        elif not name:
            said.refuse_unidentified(
                Origin(file, line), "the row has neither ID nor name: add the column ID to the table"
            )
            return
        elif found := self._names.get((model, within.casefold(), name.casefold())):
            said.refuse(
                Origin(file, line),
                f"{model}:{name}",
                f"{len(found)} rows before it have the same name: export the column ID",
            )
            return
        else:
            key = self._new(f"{within}/{name}" if within and _place_of(model) else name)
        if name:
            self._names.setdefault((model, within.casefold(), name.casefold()), []).append(key)
            if within:
                self._names.setdefault((model, "", name.casefold()), []).append(key)
            else:
                self._names.setdefault((model, _NOWHERE, name.casefold()), []).append(key)
        self._rows.append(_TableRow(file, line, model, cells, key))

    def _new(self, name: str) -> NamedKey:
        self._named += 1
        return NamedKey(-self._named, name)

    def _key(self, model: str, name: str, within: str, inventory: Inventory) -> int | None:
        """Return the key of what a name means, a new one where no file shows it, None where it means several."""
        # Named with its place, only what stands there is meant, or what does not say where it stands.
        found = self._names.get((model, within.casefold(), name.casefold()), [])
        if within and not found:
            found = self._names.get((model, _NOWHERE, name.casefold()), [])
        if len(set(found)) > 1:
            return None
        if found:
            return found[0]
        key = self._new(f"{within}/{name}" if within and _place_of(model) else name)
        self._names[model, within.casefold(), name.casefold()] = [key]
        shown = {"ipam.ipaddress": "address", "dcim.devicetype": "model"}.get(model, "name")
        inventory.mentions[model, key] = {shown: name}
        return key

    def _fields(self, row: _TableRow, inventory: Inventory, said: Statements) -> dict[str, Any]:
        if row.model == "dcim.cable":
            return self._cable_fields(row, inventory, said)
        references, fields = REFERENCES.get(row.model, {}), dict[str, Any]()
        for name, text in row.cells.items():
            if name in references:
                # Places lie in the site of the row; a port lies in its device.
                within = row.cells.get(_place_of(references[name]), "")
                key = self._key(references[name], text, within, inventory)
                if key is None:
                    said.refuse_unidentified(
                        Origin(row.file, row.row), f"{name} is {text!r}, which several objects are: export the site too"
                    )
                else:
                    fields[name] = key
            elif name not in DERIVED and (name != "region" or row.model == "dcim.site"):
                fields[name] = _value(row.model, name, text)
        if row.model == "dcim.device" and "manufacturer" in fields:
            self._put_manufacturer(fields, inventory)
        if row.model == "dcim.site" and "region" in row.cells:
            fields["region"] = self._key("dcim.region", row.cells["region"], "", inventory)
        return fields

    def _put_manufacturer(self, fields: dict[str, Any], inventory: Inventory) -> None:
        maker = self._key("dcim.manufacturer", fields.pop("manufacturer"), "", inventory)
        kind = fields.get("device_type")
        if isinstance(kind, int) and maker is not None and inventory.find("dcim.devicetype", kind) is None:
            inventory.mentions.setdefault(("dcim.devicetype", kind), {}).setdefault("manufacturer", maker)

    def _cable_fields(self, row: _TableRow, inventory: Inventory, said: Statements) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for side in ("a", "b"):
            ends = [self._end(row, side, name.strip(), inventory) for name in _end_names(row.cells, side)]
            fields[f"{side}_terminations"] = [list(end) for end in ends if end is not None]
        for name, text in row.cells.items():
            if name in ("label", "color", "description", "length", "length_unit"):
                fields[name] = text
            elif name in ("type", "status"):
                fields[name] = _value(row.model, name, text)
        return fields

    def _end(self, row: _TableRow, side: str, name: str, inventory: Inventory) -> tuple[str, int] | None:
        """Return the point at one end of a cable; None where it cannot be told."""
        cells = row.cells
        device, site = cells.get(f"side_{side}_device", ""), cells.get(f"side_{side}_site", "")
        kind = cells.get(f"side_{side}_type", "").lower()
        if device:
            owner = self._key("dcim.device", device, site, inventory)
            if owner is None:
                return None
            # The list view does not say what a port is; the table of ports does, and else it counts as an interface.
            models = [model for model in _PORT_MODELS if (model, device.casefold(), name.casefold()) in self._names]
            model = kind or (models[0] if len(models) == 1 else "dcim.interface")
            key = self._key(model, name, device, inventory)
            if key is None:
                return None
            if isinstance(key, NamedKey) and inventory.find(model, key) is None:
                inventory.mentions.setdefault((model, key), {"name": name})["device"] = owner
            return model, key
        panel = cells.get(f"side_{side}_power_panel", "")
        model = kind or ("dcim.powerfeed" if panel or ("dcim.powerfeed", "", name.casefold()) in self._names else "")
        key = self._key(model, name, panel, inventory) if model else None
        return None if key is None else (model, key)


_CABLE_NAMES: Final = ("side_a_device", "side_a_name", "side_b_device", "side_b_name")


def _end_names(cells: Mapping[str, str], side: str) -> Iterable[str]:
    return [name for name in cells.get(f"side_{side}_name", "").split(",") if name.strip()]


def _place_of(model: str) -> str:
    """Return the column that says where names of a model are unique, "" where they are everywhere."""
    if model == "dcim.powerfeed":
        return "power_panel"
    return "device" if model in _OF_DEVICE else "site" if model in _IN_SITE else ""


def _value(model: str, name: str, text: str) -> Any:
    """Return a cell as NetBox stores it: choices by their value, tags as a list."""
    if name in _CHOICES or (name == "type" and model in ("dcim.powerfeed", "dcim.cable")):
        return re.sub(r"[\s_]+", "-", text.lower())
    if name == "tags":
        return [part.strip() for part in text.split(",") if part.strip()]
    return text
