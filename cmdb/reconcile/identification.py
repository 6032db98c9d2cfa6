"""Which item of the record a row is. Exact rules in order; an ambiguous match is never merged.

The source's own external id comes first. A row that the source has never shown is then looked up among the items of
*other* sources: serial number, cloud id, fqdn, mac, and last class, name and scope together.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from cmdb.catalogue import Catalogue
from cmdb.model.vocabulary import PLACEHOLDER_CLASS
from cmdb.reconcile.decisions import Settled
from cmdb.reconcile.state import ItemState

__all__ = ["JUNK", "Identifier", "Match", "folded_identity"]

RULES: Final = ("serial_number", "cloud_id", "fqdn", "mac")

JUNK: Final = frozenset(
    [
        *("", "-", "--", "0", "00", "000", "0000", "00000000", "000000000000", "00:00:00:00:00:00", "1234567890"),
        *("n/a", "na", "nil", "none", "null", "unknown", "undefined", "default", "default string", "not available"),
        *("not specified", "not applicable", "to be filled by o.e.m.", "system serial number", "oem", "o.e.m."),
        *("chassis serial number", "empty", "tbd", "test", "invalid", "localhost", "localhost.localdomain"),
    ]
)
"""Values that makers put where an identity should stand; they identify nobody."""


class Match(NamedTuple):
    """`item_id` where one item answers, else None; `rule` by which; `candidates` where several do."""

    item_id: str | None
    rule: str
    candidates: tuple[str, ...] = ()


class _Identity(msgspec.Struct):
    serial_number: str = ""
    cloud_id: str = ""
    fqdn: str = ""
    mac: str = ""


_identity = msgspec.json.Decoder(_Identity)


class _Nullable(msgspec.Struct):
    serial_number: str | None = None
    cloud_id: str | None = None
    fqdn: str | None = None
    mac: str | None = None


_nullable = msgspec.json.Decoder(_Nullable)


class Identifier:
    """Looks rows of one (source, scope) up among the items of other sources; indexes the record when first asked."""

    def __init__(
        self, state: ItemState, catalogue: Catalogue, source: str, scope: str, settled: Settled | None = None
    ) -> None:
        self._state = state
        self._settled = settled or Settled()
        self._catalogue = catalogue
        self.source = source
        self._scope = scope
        self._index: dict[tuple[str, str], list[tuple[str, str]]] | None = None

    def decided(self, external_id: str) -> str | None:
        """Return the item that a person has said a row is, where the record still has it."""
        item_id = self._settled.same.get((self.source, external_id)) if self._settled.same else None
        return item_id if item_id in self._state.documents else None

    def ruled_out(self, external_id: str) -> frozenset[str]:
        """Return the items that a person has said a row is not."""
        return self._settled.different.get((self.source, external_id), frozenset())

    def find(self, class_name: str, name: str, values: bytes, external_id: str = "") -> Match:
        """Return the item of another source that this row is, by the first rule that finds any."""
        index = self._built()
        ruled_out = self.ruled_out(external_id)
        if not index or class_name == PLACEHOLDER_CLASS:
            return Match(None, "")
        given = _nullable.decode(values)
        for rule in RULES:
            value = folded_identity(rule, getattr(given, rule) or "")
            found = [
                item_id
                for item_id, other in index.get((rule, value), ())
                if value not in JUNK and item_id not in ruled_out and self._compatible(class_name, other)
            ]
            if found:
                return self._verdict(found, rule.replace("_", " "))
        if folded_identity("name", name) in JUNK:
            return Match(None, "")
        found = [
            item_id
            for item_id, other in index.get(("name", name), ())
            if other == class_name and item_id not in ruled_out
        ]
        return self._verdict(found, "class, name and scope") if found else Match(None, "")

    def useful(self) -> bool:
        """Return whether another source has any item that a row could be."""
        return bool(self._built())

    def _verdict(self, found: list[str], rule: str) -> Match:
        distinct = sorted(set(found))
        return Match(distinct[0], rule) if len(distinct) == 1 else Match(None, rule, tuple(distinct))

    def _compatible(self, mine: str, other: str) -> bool:
        """A server and the database on it may share an fqdn: only kindred classes are one item."""
        return self._catalogue.is_a(mine, other) or self._catalogue.is_a(other, mine)

    def _built(self) -> dict[tuple[str, str], list[tuple[str, str]]]:
        if self._index is None:
            self._index = {}
            if any(source != self.source for source in self._state.ids):
                self._read(self._index)
        return self._index

    def _read(self, index: dict[tuple[str, str], list[tuple[str, str]]]) -> None:
        for item_id, claims in self._state.every_head():
            if any(claim.source == self.source for claim in claims):
                continue
            if all(claim.absent is not None and claim.absent.state == "retired" for claim in claims):
                continue
            # A correction by hand says no class of its own.
            shown_class = next((claim.class_ for claim in claims if claim.class_), "")
            for claim in claims:
                class_ = claim.class_ or shown_class
                identity = _identity.decode(claim.values)
                for rule in RULES:
                    value = folded_identity(rule, getattr(identity, rule))
                    if value and value not in JUNK:
                        index.setdefault((rule, value), []).append((item_id, class_))
                if claim.scope == self._scope and class_ != PLACEHOLDER_CLASS:
                    index.setdefault(("name", claim.name), []).append((item_id, class_))


def folded_identity(rule: str, value: str) -> str:
    """Fold what is not part of an identity: case, blanks, and in a mac its separators."""
    folded = value.strip().casefold()
    if rule == "mac":
        digits = folded.replace(":", "").replace("-", "").replace(".", "")
        return "" if set(digits) <= {"0"} or set(digits) == {"f"} else digits
    return folded.rstrip(".") if rule == "fqdn" else folded
