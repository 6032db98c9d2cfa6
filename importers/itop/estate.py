"""What the records say together: items, and links whose ends are found once every file was read.

In come records of all files; out go statements for the builder, file by file. An end that nobody can tell is refused
with its row; nothing is half-linked.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final, NamedTuple

from cmdb.model import BatchBuilder
from cmdb.model.vocabulary import Words
from importers.itop.model import END_TARGETS, KEYS, LINK_SETS, LINKS, NOT_ITEMS
from importers.itop.records import NOWHERE, Record, Target
from importers.itop.redundancy import need_of

__all__ = ["Estate"]

_TEXTS: Final = {"serial_number": "serialnumber", "asset_tag": "asset_number", "ip": "managementip",
                 "description": "description", "mac": "macaddress"}  # fmt: skip
_NAMED: Final = {"owner": "org_id", "location": "location_id", "manufacturer": "brand_id", "model": "model_id"}
_PLACES: Final = ("enclosure_id", "rack_id", "location_id")
_BOOKKEEPING: Final = re.compile(r"^obsolescence|_(?:obsolescence_flag|friendlyname|finalclass_recall)$")
_NO_CIS: Final = frozenset(["Location", "Person", "Team", "Subnet", "VLAN"])


class _Link(NamedTuple):
    start: str
    type_name: str
    end: str
    attributes: tuple[tuple[str, str], ...]
    pool: str


class _Pool(NamedTuple):
    row: int
    consumer: str
    name: str
    values: dict[str, Any]


class Estate:
    """Collects the records of one batch, and says them to a builder."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._records: list[list[tuple[str, Record]]] = []
        self._by_name: dict[tuple[str, str], list[str]] = {}
        self._by_key: dict[str, list[str]] = {}
        self._redundancy: dict[str, tuple[int, int, str]] = {}
        self._links: dict[tuple[str, str, str], None] = {}
        self._members: dict[tuple[str, str], dict[str, None]] = {}
        self.left_out: Counter[str] = Counter()

    def take(self, records: list[Record]) -> None:
        """Take the records of one file."""
        self._records.append([(self._known(record), record) for record in records])

    def _known(self, record: Record) -> str:
        """Return the id of a record's item, "" for what is none, and remember how it is found."""
        if record.class_name in LINKS or record.problem is not None or not (record.key or record.fields.get("name")):
            return ""
        identity = f"{record.class_name}::{record.key or record.fields['name']}"
        name = record.fields.get("name", "").casefold()
        for place in ((record.class_name, name), ("", name)):
            if place != ("", name) or record.class_name not in _NO_CIS:
                found = self._by_name.setdefault(place, [])
                if identity not in found:
                    found.append(identity)
        if record.key and record.class_name not in _NO_CIS:
            self._by_key.setdefault(record.key, []).append(identity)
        if "redundancy" in record.fields:
            self._redundancy[identity] = (len(self._records), record.row, record.fields["redundancy"])
        return identity

    def say(self, number: int, builder: BatchBuilder) -> None:
        """Say what one file says."""
        taken: dict[str, int] = {}
        for identity, record in self._records[number]:
            if record.problem is not None:
                builder.refuse_unidentified(record.row, record.problem)
            elif record.class_name in NOT_ITEMS:
                self.left_out[record.class_name] += 1
            elif record.class_name in LINKS:
                self._say_link(builder, record.row, record.class_name, record.fields, record.targets)
            elif not identity:
                builder.refuse_unidentified(record.row, "the row has neither id nor name: export id too")
            elif identity in taken:
                builder.refuse(
                    record.row, identity, f"row {taken[identity]} is the same {record.class_name}: export id too"
                )
            else:
                taken[identity] = record.row
                values = self._values(builder, identity, record)
                name = record.fields.get("name") or identity
                if builder.item(record.row, identity, record.class_name, name, values):
                    self._say_keys(builder, identity, record)
                    self._say_sets(builder, identity, record)

    def say_impact(self, builder: BatchBuilder, start: str, end: str) -> None:
        """Say a pair of `core/get_related`, unless a link between the two says more already."""
        if not any({start, end} == {link[0], link[2]} for link in self._links):
            self._links[start, "impacts", end] = None
            builder.relationship(1, start, "impacts", end, {})

    def say_pools(self, number: int, builder: BatchBuilder) -> None:
        """Say the pools whose consumers stand in one file, with the needs that iTop states."""
        for identity, record in self._records[number]:
            for name, what in (("hosts", "hypervisors of the farm"), ("power", "powerA and powerB"), ("cis", "items")):
                members = self._members.get((identity, name), {})
                if len(members) < 2 or (name == "cis" and not self._is_redundant(identity)):
                    continue
                values: dict[str, Any] = {"evidence": f"{what} in iTop: {', '.join(list(members)[:12])}"}
                if (stated := record.fields.get("redundancy")) is not None:
                    need = need_of(stated)
                    values["evidence"] += f"; redundancy: {stated}"
                    if need is None:
                        builder.warn(
                            record.row, identity, f"redundancy {stated[:80]!r} is not understood: the need is assumed"
                        )
                    else:
                        values["need"] = need
                builder.pool(record.row, identity, name, values)

    def gather(self) -> None:
        """Find out who is a member of which pool, before anything is said."""
        for records in self._records:
            for identity, record in records:
                if not identity or record.problem is not None:
                    continue
                for code in ("powerA_id", "powerB_id", "farm_id"):
                    if code in record.targets:
                        found = self._find(record.targets[code], KEYS[code].targets)
                        if len(found) == 1 and code == "farm_id":
                            self._members.setdefault((found[0], "hosts"), {})[identity] = None
                        elif len(found) == 1:
                            self._members.setdefault((identity, "power"), {})[found[0]] = None
            for identity, record in records:
                for link, fields, targets in self._links_of(identity, record):
                    if link == "lnkApplicationSolutionToFunctionalCI":
                        ends = self._ends(link, fields, targets)
                        if len(ends[0]) == len(ends[1]) == 1:
                            self._members.setdefault((ends[0][0], "cis"), {})[ends[1][0]] = None

    def _is_redundant(self, identity: str) -> bool:
        """Tell whether an application solution says that it outlives one of its items; off unless it says so."""
        stated = self._redundancy.get(identity)
        return stated is not None and need_of(stated[2]) not in (None, "100%")

    def _say_keys(self, builder: BatchBuilder, identity: str, record: Record) -> None:
        place = next((code for code in _PLACES if code in record.targets), None)
        for code, key in KEYS.items():
            if code not in record.targets or (code in _PLACES and code != place):
                continue
            end = self._one(builder, record.row, code, record.targets[code], key.targets)
            if end is not None:
                consumer = (end, "hosts") if code == "farm_id" else (identity, "power")
                pooled = key.type_name in ("member_of", "powered_by") and len(self._members.get(consumer, ())) > 1
                self._say(builder, record.row, _Link(identity, key.type_name, end, (), consumer[1] if pooled else ""))

    def _say_sets(self, builder: BatchBuilder, identity: str, record: Record) -> None:
        for link, fields, targets in self._links_of(identity, record):
            self._say_link(builder, record.row, link, fields, targets)

    def _links_of(self, identity: str, record: Record) -> list[tuple[str, dict[str, str], dict[str, Target]]]:
        """Return the links that a record is or holds, as rows of their link class."""
        if record.class_name in LINKS:
            return [(record.class_name, dict(record.fields), dict(record.targets))]
        found = []
        for name, links in record.links.items():
            options = LINK_SETS[name]
            link, own, other = options[0] if len(options) == 1 or record.class_name == "Server" else options[1]
            for each in links:
                key = each.get(other, "")
                name = each.get(f"{other}_friendlyname", each.get(f"{other.removesuffix('_id')}_name", ""))
                target = Target("" if key == "0" else key, name, each.get(f"{other}_finalclass_recall", ""))
                if target.key or target.name:
                    targets = {own: Target(identity.partition("::")[2], "", record.class_name), other: target}
                    found.append((link, each, targets))
        return found

    def _say_link(self, builder: BatchBuilder, row: int, name: str, fields: Any, targets: Any) -> None:
        link = LINKS[name]
        start_code, end_code = link.start, link.end
        start = self._one(builder, row, start_code, targets.get(start_code, NOWHERE), END_TARGETS.get(start_code, ()))
        end = self._one(builder, row, end_code, targets.get(end_code, NOWHERE), END_TARGETS.get(end_code, ()))
        if start is None or end is None:
            return
        if fields.get("connection_type", "").casefold() == "uplink":
            start, end = end, start  # seen from the network device, the other end is above it
        attributes = tuple((code, fields[code]) for code in ("network_port", "device_port") if fields.get(code))
        pooled = name == "lnkApplicationSolutionToFunctionalCI" and self._is_redundant(start) and (
            len(self._members.get((start, "cis"), ())) > 1)  # fmt: skip
        self._say(builder, row, _Link(start, link.type_name, end, attributes, "cis" if pooled else ""))

    def _say(self, builder: BatchBuilder, row: int, link: _Link) -> None:
        """Say a link once: iTop shows it from both of its ends."""
        if link[:3] in self._links:
            return
        self._links[link.start, link.type_name, link.end] = None
        values: dict[str, Any] = {"pool": link.pool} if link.pool else {}
        if link.attributes:
            values["attributes"] = dict(link.attributes)
        builder.relationship(row, link.start, link.type_name, link.end, values)

    def _ends(self, name: str, fields: Any, targets: Any) -> tuple[list[str], list[str]]:
        link = LINKS[name]
        return (self._find(targets.get(link.start, NOWHERE), END_TARGETS.get(link.start, ())),
                self._find(targets.get(link.end, NOWHERE), END_TARGETS.get(link.end, ())))  # fmt: skip

    def _one(self, builder: BatchBuilder, row: int, code: str, target: Target, classes: tuple[str, ...]) -> str | None:
        found = self._find(target, classes)
        if len(found) == 1:
            return found[0]
        named = repr(target.name or target.key)
        if found:
            message = f"{code} is {named}, which {len(found)} items are: export {code} as a number too"
        elif target == NOWHERE:
            message = f"{code} is empty: export both ends of the link"
        else:
            message = f"{code} is {named}, which no item that was read is: import its class in the same command"
        builder.refuse_unidentified(row, message)
        return None

    def _find(self, target: Target, classes: tuple[str, ...]) -> list[str]:
        """Return the ids that a target can mean; one where it is known."""
        if target == NOWHERE:
            return []
        if target.class_name:
            classes = (target.class_name,)
        if target.key:
            among = [
                each for each in self._by_key.get(target.key, ()) if not classes or each.partition("::")[0] in classes
            ]
            if among or len(classes) != 1:
                return among[:1] if len(set(among)) == 1 else among
            return [f"{classes[0]}::{target.key}"]
        name = target.name.casefold()
        found = [each for class_name in classes or ("",) for each in self._by_name.get((class_name, name), ())]
        return found or ([f"{classes[0]}::{target.name}"] if len(classes) == 1 else [])

    def _values(self, builder: BatchBuilder, identity: str, record: Record) -> dict[str, Any]:
        values: dict[str, Any] = {field: record.fields[code] for field, code in _TEXTS.items() if code in record.fields}
        for field, code in _NAMED.items():
            if record.targets.get(code, NOWHERE).name:
                values[field] = record.targets[code].name
        attributes: dict[str, Any] = {}
        for field, code, known in (
            ("status", "status", self._words.status), ("criticality", "business_criticity", self._words.criticality)
        ):  # fmt: skip
            if (said := record.fields.get(code)) is None:
                continue
            if (meaning := known(said)) is not None:
                values[field] = meaning
            else:
                attributes[code] = said
                builder.warn(record.row, identity, f"{code} {said[:60]!r} is no known word: kept as an attribute")
        used = {*_TEXTS.values(), "name", "status", "business_criticity", "redundancy"}
        attributes |= {
            code: text for code, text in record.fields.items() if code not in used and not _BOOKKEEPING.search(code)
        }
        for code, target in record.targets.items():
            if code not in KEYS and code not in _NAMED.values() and target.name:
                attributes[code.removesuffix("_id")] = target.name
        return values | {"attributes": attributes} if attributes else values
