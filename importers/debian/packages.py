"""Stanzas into a Gatherer: packages as items, dependencies as requirements and pools.

In come all stanzas, so that a virtual name can be followed to those who provide it; out go items, links and pools.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from importers.debian.relations import Alternative, RelationRefused, groups_of, satisfies
from importers.debian.stanzas import Stanza
from importers.gathering import Gatherer, listed

__all__ = ["Packages"]

_HARD: Final = ("pre-depends", "depends")
_KEPT: Final = ("architecture", "section", "priority", "source", "essential")


class Packages:
    """The packages of all files, by name and by what they provide."""

    def __init__(self, gathered: Gatherer, stanzas: Iterable[Stanza]) -> None:
        self._gathered = gathered
        self._versions: dict[str, str] = {}
        self._providers: dict[str, dict[str, str | None]] = defaultdict(dict)
        self._missing: set[str] = set()
        self._not_there: set[str] = set()
        for stanza in stanzas:
            name = stanza.fields.get("package", "").lower()
            if name and _installed(stanza):
                self._versions.setdefault(name, stanza.fields.get("version", ""))
                for alternative in _provided(stanza):
                    self._providers[alternative.name].setdefault(name, alternative.version or None)

    def take(self, stanza: Stanza) -> None:
        """Take one package of the present file."""
        fields, row = stanza.fields, stanza.row
        name = fields.get("package", "").lower()
        if not name:
            self._gathered.builder.refuse_unidentified(row, "this stanza has no Package field: it is no package")
            return
        if not _installed(stanza):
            self._gathered.skip("packages that are known and not installed")
            return
        attributes = {key: fields[key] for key in ("version", *_KEPT) if fields.get(key)}
        values = {"description": fields.get("description", "").partition("\n")[0], "attributes": attributes}
        if not self._gathered.item(row, name, "Package", name, values):
            return
        for field in _HARD:
            try:
                groups = groups_of(fields.get(field, ""))
            except RelationRefused as refused:
                self._gathered.builder.warn(row, name, f"{field} of {name} is left out: {refused}")
                continue
            for group in groups:
                self._requirement(row, name, group)

    def note(self) -> None:
        """Tell what was depended on and is in no file."""
        if self._missing:
            names = listed(self._missing)
            self._gathered.note(f"{len(self._missing)} packages are needed and in no file, now placeholders: {names}")
        if self._not_there:
            self._gathered.note(
                f"{len(self._not_there)} alternatives are in no file and were not counted as redundancy: "
                f"{listed(self._not_there)}"
            )

    def _requirement(self, row: int, name: str, group: list[Alternative]) -> None:
        providers: dict[str, None] = {}
        for alternative in group:
            found = self._able(alternative, alone=len(group) == 1)
            providers.update(dict.fromkeys(found))
            if not found and len(group) > 1:
                self._not_there.add(alternative.name)
        if name in providers:
            return  # it provides by itself what it asks for
        if not providers:
            self._missing.add(group[0].name)
            providers[group[0].name] = None
        told = " | ".join(_text(alternative) for alternative in group)
        evidence = f"Depends: {told}" if len(group) > 1 else f"{told} is provided by {listed(providers)}"
        self._gathered.any_of(row, name, "depends_on", list(providers), told[:200], f"{evidence}; any one will do", 1)

    def _able(self, alternative: Alternative, *, alone: bool) -> list[str]:
        """Return the packages that meet one alternative: of that name, or providing it.

        A version that will not do cannot stand in for others; where it stands `alone`, it is needed all the same.
        """
        found = []
        version = self._versions.get(alternative.name)
        if version is not None and (alone or satisfies(alternative, version)):
            found.append(alternative.name)
        for provider, provided in self._providers.get(alternative.name, {}).items():
            if provider != alternative.name and satisfies(alternative, provided):
                found.append(provider)
        return found


def _installed(stanza: Stanza) -> bool:
    """Tell whether a package is there: an index lists what is, dpkg's status says so of each."""
    status = stanza.fields.get("status")
    return status is None or status.split()[-1:] == ["installed"]


def _provided(stanza: Stanza) -> list[Alternative]:
    try:
        return [each for group in groups_of(stanza.fields.get("provides", "")) for each in group]
    except RelationRefused:
        return []


def _text(alternative: Alternative) -> str:
    version = f" ({alternative.operator} {alternative.version})" if alternative.operator else ""
    return alternative.name + version
