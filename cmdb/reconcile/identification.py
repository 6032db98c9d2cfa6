"""Which item of the record a row is. Exact rules in order; an ambiguous match is never merged.

The source's own external id comes first. A row that the source has never shown is then looked up among the items of
*other* sources by the rules of its class: `cmdb.reconcile.identity_rules`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from cmdb.catalogue import Catalogue
from cmdb.model import ItemRow
from cmdb.model.identity import item_id as made_id
from cmdb.model.vocabulary import PLACEHOLDER_CLASS
from cmdb.reconcile.decisions import Settled
from cmdb.reconcile.gathering import ScopeBatch
from cmdb.reconcile.hosting import Hosts
from cmdb.reconcile.identity_rules import NAME, NAME_ON_HOST, IdentityRules
from cmdb.reconcile.state import ItemState

__all__ = ["Identifier", "Match", "folded_identity"]

_WORDS: Final = {NAME: "class, name and scope", NAME_ON_HOST: "class and name on the same host"}


class Match(NamedTuple):
    """`item_id` where one item answers, else None; `rule` by which; `candidates` where several do."""

    item_id: str | None
    rule: str
    candidates: tuple[str, ...] = ()


class _Identity(msgspec.Struct):
    serial_number: str = ""
    asset_tag: str = ""
    cloud_id: str = ""
    fqdn: str = ""
    ip: str = ""
    mac: str = ""


_identity = msgspec.json.Decoder(_Identity)


class _Nullable(msgspec.Struct):
    serial_number: str | None = None
    asset_tag: str | None = None
    cloud_id: str | None = None
    fqdn: str | None = None
    ip: str | None = None
    mac: str | None = None


_nullable = msgspec.json.Decoder(_Nullable)


class Identifier:
    """Looks rows of one (source, scope) up among the items of other sources; indexes the record when first asked."""

    def __init__(
        self,
        state: ItemState,
        catalogue: Catalogue,
        batch: ScopeBatch,
        links: dict[str, bytes],
        class_word: Callable[[str, str], str | None],
        *,
        settled: Settled | None = None,
        rules: IdentityRules | None = None,
    ) -> None:
        self._state = state
        self._settled = settled or Settled()
        self._catalogue = catalogue
        self._rules = rules or IdentityRules()
        self._junk = self._rules.junk
        self._by_class: dict[str, tuple[str, ...]] = {}
        self.source = batch.source
        self._scope = batch.scope
        self._index: dict[tuple[str, str], list[tuple[str, str]]] | None = None

        def identify(row: ItemRow) -> str | None:
            class_name = class_word(row.class_name, batch.vocabulary_of(row))
            if class_name is None:
                return None
            match = self.find(class_name, row.name, row.values, row.external_id)
            # Who is nobody's will be an item of its own; only of several nobody knows which.
            return match.item_id or (None if match.candidates else made_id(batch.source, row.external_id))

        self._hosts = Hosts(state, catalogue, batch, links, identify)

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
        rules = self._of_class(class_name)
        for rule in rules:
            if rule in (NAME, NAME_ON_HOST):
                found = self._by_name(index, rule, class_name, name, external_id, apart=NAME_ON_HOST in rules)
            else:
                value = folded_identity(rule, getattr(given, rule) or "")
                found = [
                    item_id
                    for item_id, other in index.get((rule, value), ())
                    if value not in self._junk and self._compatible(class_name, other)
                ]
            found = [item_id for item_id in found if item_id not in ruled_out] if ruled_out else found
            if found:
                return self._verdict(found, _WORDS.get(rule) or rule.replace("_", " "))
        return Match(None, "")

    def _by_name(
        self,
        index: dict[tuple[str, str], list[tuple[str, str]]],
        rule: str,
        class_name: str,
        name: str,
        external_id: str,
        *,
        apart: bool,
    ) -> list[str]:
        """Return the items of the same class and name: in the scope, or on the same host.

        `apart`: what is known to run on another host is another item.
        """
        if folded_identity("name", name) in self._junk:
            return []
        found = [item_id for item_id, other in index.get((rule, name), ()) if other == class_name]
        if not found or not apart:
            return found
        mine = self._hosts.of_row(external_id)
        if rule == NAME_ON_HOST:
            return [item_id for item_id in found if mine & self._hosts.of_item(item_id)]
        return [item_id for item_id in found if not (mine and self._hosts.of_item(item_id))]

    def missed(self, class_name: str, values: bytes) -> str:
        """Return why a row is a new item: the rules that found nobody, and what of it is junk."""
        given = _nullable.decode(values)
        rules = self._of_class(class_name)
        junk = [
            f"its {rule.replace('_', ' ')} {said!r} identifies nobody"
            for rule in rules
            if rule not in _WORDS and (said := getattr(given, rule)) and folded_identity(rule, said) in self._junk
        ]
        looked = ", ".join(_WORDS.get(rule) or rule.replace("_", " ") for rule in rules)
        return "; ".join([f"new: no other source has it by {looked}", *junk])

    def _of_class(self, class_name: str) -> tuple[str, ...]:
        rules = self._by_class.get(class_name)
        if rules is None:
            rules = self._by_class[class_name] = self._rules.of(class_name, self._catalogue)
        return rules

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
        fields, junk = self._rules.fields(), self._junk
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
                for rule in fields:
                    value = folded_identity(rule, getattr(identity, rule))
                    if value and value not in junk:
                        index.setdefault((rule, value), []).append((item_id, class_))
                if class_ == PLACEHOLDER_CLASS:
                    continue
                if claim.scope == self._scope:
                    index.setdefault((NAME, claim.name), []).append((item_id, class_))
                if NAME_ON_HOST in self._of_class(class_):
                    index.setdefault((NAME_ON_HOST, claim.name), []).append((item_id, class_))


def folded_identity(rule: str, value: str) -> str:
    """Fold what is not part of an identity: case, blanks, and in a mac its separators."""
    folded = value.strip().casefold()
    if rule == "mac":
        digits = folded.replace(":", "").replace("-", "").replace(".", "")
        return "" if set(digits) <= {"0"} or set(digits) == {"f"} else digits
    return folded.rstrip(".") if rule == "fqdn" else folded
