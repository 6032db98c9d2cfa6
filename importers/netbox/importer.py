"""The importer: opened files in, one ImportBatch out.

Reads every file into one Inventory, works out what is said about items, relationships and pools, and says it file by
file. What was read and became no item is counted and named, so that nothing is passed over in silence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cmdb.errors import CmdbError, FileProblem
from cmdb.model import BatchBuilder, ImportBatch
from importers.netbox.cables import read_cabling
from importers.netbox.circuits import read_circuits
from importers.netbox.describing import Describer
from importers.netbox.devices import read_devices
from importers.netbox.dumpdata import is_dumpdata, read_dumpdata
from importers.netbox.inventory import Inventory
from importers.netbox.models import EVIDENCE, ITEMS, plural
from importers.netbox.network import read_network
from importers.netbox.places import read_places
from importers.netbox.power import read_power
from importers.netbox.rest import Pages, is_rest, pages_of, read_page
from importers.netbox.statements import Statements
from importers.netbox.tables import Tables, table_certainty
from importers.netbox.virtual import read_virtual
from importers.reading import SourceFile, read_json, sniff
from importers.registry import ReadOptions

__all__ = ["NetBoxImporter", "importer"]

_DUMPDATA = re.compile(r'"model"\s*:\s*"(?:dcim|circuits|virtualization|ipam)\.\w+"')
_ANY_DUMPDATA = re.compile(r'^\s*\[\s*\{\s*"(?:model|pk|fields)"\s*:')
_REST = re.compile(r'"url"\s*:\s*"[^"]*/api/(?:dcim|circuits|virtualization|ipam|tenancy|wireless)/')


class NetBoxImporter:
    """Reads NetBox exports: dumpdata JSON, REST pages as curl saves them, and CSV of its lists and its bulk import."""

    name = "netbox"
    description = "NetBox: manage.py dumpdata (JSON), pages of its REST API, or CSV of its lists"
    example = "cmdb import netbox.json"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is, from how the file begins."""
        try:
            if sniff(source) == "csv":
                return table_certainty(source)
        except CmdbError:
            pass  # whatever is odd about its syntax, the content may tell
        try:
            sample = source.sample().lstrip("\ufeff \t\r\n")
        except CmdbError:
            return 0.0
        if not sample.startswith(("[", "{")):
            return 0.0
        if _DUMPDATA.search(sample) and _ANY_DUMPDATA.search(sample):
            return 0.95
        if _REST.search(sample):
            return 0.9
        return 0.3 if _ANY_DUMPDATA.search(sample) and '"contenttypes.contenttype"' in sample else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Read every file as parts of one export.

        Raises:
            FileProblem: a file is no JSON, or neither dumpdata nor REST pages.
        """
        inventory, said, pages, tables = Inventory(), Statements(), Pages(), Tables()
        total, done = sum(source.size for source in sources), 0
        for number, source in enumerate(sources):
            if sniff(source) == "csv":
                tables.read(source, number, inventory, said)
            else:
                _read_file(source, number, inventory, said, pages)
            done += source.size
            options.progress(done, total)
        tables.put(inventory, said)
        _understand(inventory, options, said)
        builder = BatchBuilder(
            options.source or self.name,
            options.scope or "",
            complete=options.complete,
            words=options.words(self.name),
        )
        for number, source in enumerate(sources):
            builder.file(source.name, source.sha256, source.size)
            said.say(number, builder)
            for remark in source.notes:
                builder.note(remark)
        for remark in [*said.notes, *_account(inventory)]:
            builder.note(remark)
        builder.cut = "; ".join(pages.cut()) or None
        return [builder.batch()]


def _read_file(source: SourceFile, number: int, inventory: Inventory, said: Statements, pages: Pages) -> None:
    value = read_json(source)
    if is_dumpdata(value):
        read_dumpdata(value, number, inventory, said)
    elif is_rest(value):
        row = 1
        for page in pages_of(value):
            row = read_page(page, number, row, inventory, said, pages)
    elif isinstance(value, dict) and isinstance(value.get("detail"), str):
        raise FileProblem(
            f"NetBox answered with an error, not data: {value['detail'][:200]!r}; check address and token",
            file=source.name,
        )
    elif value in ([], {}):
        said.note(f"{source.name} holds no objects")
    else:
        raise FileProblem(
            "this is neither a dumpdata list of {model, pk, fields} nor REST pages with results; "
            "see docs/how-to/import-netbox.md",
            file=source.name,
        )


def _understand(inventory: Inventory, options: ReadOptions, said: Statements) -> None:
    describer = Describer(inventory, said, options.words(NetBoxImporter.name))
    read_places(inventory, describer, said)
    devices = read_devices(inventory, describer, said)
    read_virtual(inventory, devices, describer, said)
    read_circuits(inventory, describer, said)
    cabling = read_cabling(inventory, said)
    told = read_power(inventory, cabling, devices, describer, said)
    read_network(inventory, cabling, devices, told, said)


def _account(inventory: Inventory) -> list[str]:
    """Return what became of the rows that are no items, by model."""
    evidence = [
        f"{count:,} {plural(model)}" for model, count in sorted(inventory.counts.items()) if model in EVIDENCE and count
    ]
    unread = [
        f"{count:,} {model}"
        for model, count in sorted(inventory.counts.items())
        if model not in EVIDENCE and model not in ITEMS
    ]
    notes = []
    if evidence:
        notes.append(f"read as evidence, not as items: {', '.join(evidence)}")
    if unread:
        notes.append(f"not imported: {', '.join(unread)}")
    return notes


importer = NetBoxImporter()
