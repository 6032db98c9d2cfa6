"""Rows of iTop in one form: the class, the fields by code, and what each key points to.

In come a CSV file or a REST answer; out go records. A key is known by its number, by the name of what it points to,
or by both; REST tells the class of the target too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from importers.itop.model import CLASSES, LABELS, LINK_SETS, LINKS, class_of_name
from importers.reading import SourceFile, read_csv, read_json, sniff

__all__ = ["NOWHERE", "Record", "Target", "attribute_code", "link_class", "read_records", "related"]

_ORGANISED: Final = ("name", "friendlyname", "full name")
_RECALL: Final = "_finalclass_recall"


class Target(NamedTuple):
    """What a key points to, as far as it says."""

    key: str
    name: str
    class_name: str


NOWHERE: Final = Target("", "", "")


class Record(NamedTuple):
    """One object: its row, class and key, fields, what its keys point to, its link sets, and what is wrong with it."""

    row: int
    class_name: str
    key: str
    fields: Mapping[str, str]
    targets: Mapping[str, Target]
    links: Mapping[str, list[dict[str, str]]]
    problem: str | None = None


def attribute_code(header: str) -> tuple[str, str]:
    """Return the code of a column and what of its target it shows ("" for the attribute itself).

    >>> attribute_code("Organization->Name"), attribute_code("serialnumber *"), attribute_code("rack_id->friendlyname")
    (('org_id', 'name'), ('serialnumber', ''), ('rack_id', 'friendlyname'))
    """
    name, _, shown = header.strip().rstrip("*").strip().partition("->")
    name = name.strip()
    known = LABELS.get(name.casefold())
    code = known if known is not None else name if "_" in name or name.islower() else name.casefold().replace(" ", "_")
    return code, shown.strip().rstrip("*").strip().casefold()


def link_class(codes: set[str]) -> str | None:
    """Return the link class that has these columns, None where they are of no link."""
    return next((name for name, link in LINKS.items() if {link.start, link.end} <= codes and "name" not in codes), None)


def read_records(source: SourceFile) -> list[Record]:
    """Return the records of a file; raises FileProblem where it is no export of iTop."""
    return list(_csv_records(source)) if sniff(source) == "csv" else _rest_records(source, read_json(source))


def related(source: SourceFile) -> Iterator[tuple[str, str]]:
    """Give the pairs (item, what it impacts) that `core/get_related` answered, as Class::id."""
    if sniff(source) == "csv":
        return
    relations = read_json(source).get("relations")
    for start, ends in relations.items() if isinstance(relations, dict) else ():
        for end in ends if isinstance(ends, list) else ():
            if isinstance(end, dict) and isinstance(end.get("key"), str):
                yield start, end["key"]


def _csv_records(source: SourceFile) -> Iterator[Record]:
    table = read_csv(source)
    columns = [attribute_code(name) for name in table.header]
    codes = {code for code, _ in columns}
    class_name = link_class(codes) or class_of_name(source.path.stem) or _telling_class(codes)
    if class_name is None and "finalclass" not in codes:
        raise source.problem(
            "nothing says which class of iTop this is: export the column finalclass too, or name the file after the "
            "class, such as Server.csv",
            1,
        )
    for row in table.rows:
        fields: dict[str, str] = {}
        targets: dict[str, Target] = {}
        sets: dict[str, list[dict[str, str]]] = {}
        for (code, shown), cell in zip(columns, row.cells, strict=True):
            text = cell.strip()
            if not text:
                continue
            if code in LINK_SETS:
                sets[code] = _packed_links(text)
            elif shown or code.endswith("_id"):
                targets[code] = _pointed(targets.get(code, NOWHERE), shown, text)
            elif code.endswith("_name") and code != "name":
                whole = {"organization_name": "org_id"}.get(code, f"{code.removesuffix('_name')}_id")
                targets[whole] = _pointed(targets.get(whole, NOWHERE), "name", text)
            else:
                fields.setdefault(code, text)
        final = fields.pop("finalclass", None) or class_name or ""
        yield Record(row.line, final, fields.pop("id", ""), fields, targets, sets, row.problem)


def _telling_class(codes: set[str]) -> str | None:
    found = [name for name, telling in CLASSES.items() if telling and telling <= codes]
    return found[0] if len(found) == 1 else None


def _pointed(known: Target, shown: str, text: str) -> Target:
    """Add to a target what one column says of it."""
    if shown == "finalclass":
        return known._replace(class_name=text)
    if shown in ("id", "") and text.isdigit():
        return known._replace(key="" if text == "0" else text)
    # The friendly name of most classes is their name; a name that was told as such counts more.
    return known._replace(name=text if shown == "name" or not known.name else known.name)


def _packed_links(text: str) -> list[dict[str, str]]:
    """Return the links packed into one cell: `functionalci_id->name:web1;reason:x|functionalci_id:12`."""
    links = []
    for packed in text.split("|"):
        link: dict[str, str] = {}
        for pair in re.split(r";(?=[\w>-]+:)", packed.strip().strip("'")):
            name, mark, value = pair.strip().partition(":")
            if mark:
                code, shown = attribute_code(name)
                link[f"{code}_friendlyname" if shown in _ORGANISED else code] = value.strip().strip("'")
        if link:
            links.append(link)
    return links


def _rest_records(source: SourceFile, value: Any) -> list[Record]:
    if not isinstance(value, dict) or not ({"objects", "relations"} & value.keys()):
        raise source.problem("this is no answer of iTop's REST service: it needs `objects` of Class::id; see core/get")
    if value.get("code", 0) != 0:
        raise source.problem(
            f"iTop answered with an error, not data: {str(value.get('message'))[:200]!r}; ask it again"
        )
    objects = value.get("objects")
    records = []
    for row, (name, given) in enumerate((objects or {}).items() if isinstance(objects, dict | None) else (), 1):
        said = given if isinstance(given, dict) else {}
        fields = said.get("fields")
        class_name, _, key = name.partition("::")
        if not key or not isinstance(fields, dict):
            records.append(
                Record(row, class_name, key, {}, {}, {}, f"{name!r} is no object: it needs Class::id and fields")
            )
        else:
            final = fields.get("finalclass")
            records.append(_rest_record(row, final if isinstance(final, str) and final else class_name, key, fields))
    return records


def _rest_record(row: int, class_name: str, key: str, given: dict[str, Any]) -> Record:
    fields: dict[str, str] = {}
    targets: dict[str, Target] = {}
    sets: dict[str, list[dict[str, str]]] = {}
    for name, value in given.items():
        if isinstance(value, list):
            if name in LINK_SETS:
                sets[name] = [
                    {code: str(text) for code, text in each.items()} for each in value if isinstance(each, dict)
                ]
        elif name.endswith("_id") and name != "id":
            key_text = str(value or "")
            if key_text not in ("", "0"):
                stem = "organization" if name == "org_id" else name.removesuffix("_id")
                shown = given.get(f"{stem}_name") or given.get(f"{name}_friendlyname") or ""
                targets[name] = Target(key_text, str(shown), str(given.get(f"{name}{_RECALL}") or ""))
        elif (
            name not in ("id", "finalclass", "friendlyname") and value not in (None, "") and not isinstance(value, dict)
        ):
            fields[name] = str(value)
    for code in targets:
        for shown in (
            f"{code}_friendlyname",
            f"{code}{_RECALL}",
            f"{code}_obsolescence_flag",
            f"{code.removesuffix('_id')}_name",
        ):
            fields.pop(shown, None)
    return Record(row, class_name, key, fields, targets, sets)
