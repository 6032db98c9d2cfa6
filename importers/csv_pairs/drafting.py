"""A first mapping file for a table that nobody has explained yet, from its header and its first rows.

In comes a CSV file or a workbook; out goes YAML that `read_mapping` takes as it is, with what it guessed and what it
could not. Guesses rest on the names of the columns alone; the cells are only shown, so that a person can judge.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from importers.csv_pairs.mapping import ATTRIBUTE, FIELDS, CsvMapping
from importers.csv_pairs.plan import normal_header
from importers.csv_pairs.tables import Table, csv_table, sheet_table
from importers.reading import SourceFile, open_workbook, sniff

__all__ = ["draft_mapping"]

_ROWS_LOOKED_AT: Final = 200
_SHOWN: Final = 3
_WORDS_AT_MOST: Final = 12
_MEANT: Final = {
    "name": (
        "hostname",
        "host_name",
        "host",
        "server",
        "server_name",
        "device",
        "device_name",
        "system",
        "navn",
        "title",
    ),
    "id": ("identifier", "asset_id", "ci_id", "uuid", "guid", "key", "no", "number"),
    "class": ("type", "ci_type", "device_type", "category", "kind", "ci_class", "asset_type"),
    "status": ("state", "lifecycle", "life_cycle", "install_status", "operational_status"),
    "serial_number": ("serial", "serial_no", "serialno", "sn", "s/n"),
    "asset_tag": ("asset", "asset_no", "barcode", "inventory_number", "tag"),
    "ip": ("ip_address", "ipaddress", "ipv4", "management_ip", "primary_ip"),
    "mac": ("mac_address", "macaddress"),
    "fqdn": ("dns_name", "dns", "fully_qualified_domain_name"),
    "environment": ("env", "stage", "used_for"),
    "criticality": ("business_criticality", "priority", "importance", "criticity"),
    "owner": ("owned_by", "responsible", "business_owner", "eier"),
    "support_group": ("team", "assignment_group", "support_team", "managed_by"),
    "location": ("site", "place", "room", "data_center", "datacenter", "rack", "office"),
    "manufacturer": ("vendor", "make", "brand"),
    "model": ("model_id", "product"),
    "description": ("comment", "comments", "remarks", "notes", "short_description"),
    "users": ("user_count", "number_of_users"),
    "from": ("parent", "source", "consumer", "dependent"),
    "to": ("child", "target", "provider", "depends_on"),
}
_FOR_WORDS: Final = ("class", "status", "criticality")
_LIST_LIKE: Final = re.compile(r"[^,;|]+(?:[,;|] ?[^,;|]+)+")


def draft_mapping(source: SourceFile) -> str:
    """Return a mapping file for every table in a file; raises FileProblem where it holds none."""
    lines = [
        f"# A first mapping for {source.path.name}. Look through it, then:",
        f"#   cmdb import {source.path.name} --mapping THIS_FILE --dry-run",
        "# Columns of no field are kept as attributes; write null to leave one out. See: cmdb schema mapping",
        f"source: {json.dumps(re.sub(r'[^a-z0-9]+', '-', source.path.stem.casefold()).strip('-') or 'sheets')}",
        "# complete: true          # what is no longer in the file is missing",
        "tables:",
    ]
    tables = list(_tables(source))
    if not tables:
        raise source.problem("it holds no table: a header with rows under it")
    for table, rows in tables:
        lines += _drafted(table, rows)
    return "\n".join(lines) + "\n"


def _tables(source: SourceFile) -> Iterator[tuple[Table, list[list[str]]]]:
    if sniff(source) != "xlsx":
        table = csv_table(source, CsvMapping())
        if table is not None:
            yield table, _first_rows(table)
        return
    with open_workbook(source) as book:
        for name in book.names:
            table = sheet_table(source, book, name, CsvMapping())
            if table is not None:
                yield table, _first_rows(table)


def _first_rows(table: Table) -> list[list[str]]:
    return [row.cells for row in itertools.islice(table.rows, _ROWS_LOOKED_AT)]


def _drafted(table: Table, rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the entry of one table as lines."""
    fields = _fields_meant(table.header)
    links = {"from", "to"} <= fields.keys()
    kind = "relationships" if links else "items"
    if not links:
        fields = {field: column for field, column in fields.items() if field in FIELDS["items"]}
    else:
        fields = {field: column for field, column in fields.items() if field in FIELDS["relationships"]}
    where = (
        f"sheet: {json.dumps(table.sheet)}"
        if table.sheet is not None
        else f"file: {json.dumps(table.source.path.name)}"
    )
    lines = [f"  - {where}", f"    kind: {kind}", "    columns:"]
    by_column = {column: field for field, column in fields.items()}
    for column, name in enumerate(table.header):
        target = by_column.get(column, name if name.startswith(ATTRIBUTE) or name == "json" else ATTRIBUTE + name)
        lines.append(f"      {json.dumps(name)}: {json.dumps(target)}{_shown(rows, column)}")
    lines += _still_needed(kind, fields, table.header)
    lines += _words(fields, rows)
    lines += _list_hints(table.header, by_column, rows)
    return lines


def _fields_meant(header: Sequence[str]) -> dict[str, int]:
    """Return the column of each field that a name tells: our own names first, then those that others use."""
    spelt = [normal_header(name) for name in header]
    found: dict[str, int] = {}
    every = FIELDS["items"] | FIELDS["relationships"]
    for column, name in enumerate(spelt):
        if name in every and name not in ("json", "type"):
            found.setdefault(name, column)
    for field, names in _MEANT.items():
        for name in names:
            if field not in found and name in spelt and spelt.index(name) not in found.values():
                found[field] = spelt.index(name)
    if {"from", "to"} <= found.keys() and "type" in spelt:
        found["type"] = spelt.index("type")
        found = {field: column for field, column in found.items() if field == "type" or column != found["type"]}
    return found


def _shown(rows: Sequence[Sequence[str]], column: int) -> str:
    """Return a few cells as a comment, so that a person sees what the column holds."""
    cells = list(dict.fromkeys(row[column].strip() for row in rows if row[column].strip()))[:_SHOWN]
    # A comment ends with its line, whatever stands in a cell.
    text = ", ".join(json.dumps(cell[:30], ensure_ascii=False) for cell in cells)
    return f"    # {text}" if cells and text.isprintable() else ""


def _still_needed(kind: str, fields: dict[str, int], header: Sequence[str]) -> list[str]:
    if kind == "relationships":
        if "type" in fields:
            return []
        return ["    defaults: {type: depends_on}      # no column says the type: which is it? cmdb catalogue --types"]
    lines = []
    templates = {}
    if "id" not in fields:
        best = next((field for field in ("asset_tag", "serial_number", "fqdn", "name") if field in fields), None)
        column = header[fields[best]] if best is not None else header[0]
        templates["id"] = f"{{{column}}}"
    if "name" not in fields:
        known = fields.get("fqdn", fields.get("id", 0))
        templates["name"] = f"{{{header[known]}}}"
    if templates:
        said = ", ".join(f"{field}: {json.dumps(text)}" for field, text in templates.items())
        lines.append(f"    templates: {{{said}}}      # what tells one row from another? It must not change")
    if "class" not in fields:
        lines.append("    defaults: {class: Hardware}      # no column says the class: which is it? cmdb catalogue")
    return lines


def _words(fields: dict[str, int], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return what a person has to translate: the few words of a column whose words the record must know."""
    lines = []
    for field in _FOR_WORDS:
        if field not in fields:
            continue
        words = list(dict.fromkeys(row[fields[field]].strip() for row in rows if row[fields[field]].strip()))
        if 0 < len(words) <= _WORDS_AT_MOST and all(word.isprintable() for word in words):
            lines.append(
                f"      # {field}: {{{', '.join(f'{json.dumps(word, ensure_ascii=False)}: ...' for word in words)}}}"
            )
    return (
        ["    values: {}      # what these words mean, where the record does not know them:", *lines] if lines else []
    )


def _list_hints(header: Sequence[str], by_column: dict[int, str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = []
    for column, name in enumerate(header):
        cells = [row[column].strip() for row in rows if row[column].strip()]
        lists = [cell for cell in cells if _LIST_LIKE.fullmatch(cell)]
        if column not in by_column and cells and len(lists) * 2 > len(cells) and len(lists[0]) <= 200:
            part = next(mark for mark in ",;|" if mark in lists[0])
            said = f"{json.dumps(ATTRIBUTE + name)}: {json.dumps(part)}"
            lines.append(f"    # lists: {{{said}}}      # does each cell hold a list?")
    return lines
