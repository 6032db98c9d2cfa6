"""A site's file laid over the shipped definitions: what is added, what is overridden, and what may not be.

Nothing is ever removed. An addition may not touch what exists; an override must name what exists, and changes only
the fields it states. Whether the result makes sense is asked in `checking`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from cmdb.catalogue.definition import ClassDefinition, Definitions, TypeDefinition, WordLists
from cmdb.catalogue.problems import Problems, did_you_mean
from cmdb.catalogue.reading import FileContent
from cmdb.catalogue.words import normal

__all__ = ["merge_definitions"]

_OWN_SOURCE = "the site's catalogue file"


def merge_definitions(base: Definitions, content: FileContent, problems: Problems) -> Definitions:
    """Return `base` with the file's additions and overrides; what may not be is noted and left out."""
    merging = _Merging(content, problems)
    return Definitions(
        classes=merging.classes(base.classes),
        types=merging.types(base.types),
        statuses=merging.word_lists(base.statuses, "statuses"),
        criticalities=merging.word_lists(base.criticalities, "criticalities"),
        vocabularies=[*base.vocabularies, *content.added.vocabularies],
    )


class _Merging:
    def __init__(self, content: FileContent, problems: Problems) -> None:
        self.added, self.overrides = content.added, content.overrides
        self.lines, self.override_lines = content.lines, content.override_lines
        self.problems = problems

    def classes(self, base: Mapping[str, ClassDefinition]) -> dict[str, ClassDefinition]:
        """Return the classes of the base with those that are added and what is overridden."""
        merged = dict(base)
        for name in self.new_names("class", base, self.added.classes):
            merged[name] = _with_source(self.added.classes[name])
        for name, given in self.overrides.classes.items():
            if self.overridable("class", name, base):
                if given.parent is not None:
                    self.problems.add(
                        self.override_lines["parent", name],
                        f"the parent of {name!r} cannot be changed; take the line out, or add a class of your own",
                    )
                said = {
                    field: value
                    for field in given.__struct_fields__
                    if field not in ("parent", "aliases") and (value := getattr(given, field)) is not None
                }
                if "mtbf_hours" in said or "mttr_hours" in said:
                    said.setdefault("source", _OWN_SOURCE)
                if "stale_after_days" in said:
                    said.setdefault("stale_source", _OWN_SOURCE)
                aliases = _joined(base[name].aliases, given.aliases)
                merged[name] = msgspec.structs.replace(base[name], aliases=aliases, **said)
                self.both_hours(name, given)
        return merged

    def types(self, base: Mapping[str, TypeDefinition]) -> dict[str, TypeDefinition]:
        """Return the relationship types of the base with those that are added and what is overridden."""
        merged = dict(base)
        for name in self.new_names("type", base, self.added.types):
            merged[name] = self.added.types[name]
        for name, given in self.overrides.types.items():
            if self.overridable("type", name, base):
                for field in ("inverse", "undirected", "label"):
                    if (field, name) in self.override_lines:
                        self.problems.add(
                            self.override_lines[field, name],
                            f"the {field} of {name!r} cannot be changed; take the line out, or add a type of your own",
                        )
                replaced = {(rule.from_class, rule.to_class) for rule in given.rules}
                kept = [rule for rule in base[name].rules if (rule.from_class, rule.to_class) not in replaced]
                merged[name] = msgspec.structs.replace(
                    base[name],
                    description=given.description or base[name].description,
                    network=given.network or base[name].network,
                    rules=[*kept, *given.rules],
                    aliases=_joined(base[name].aliases, given.aliases),
                    reversed_aliases=_joined(base[name].reversed_aliases, given.reversed_aliases),
                )
        return merged

    def word_lists(self, base: WordLists, section: str) -> WordLists:
        """Return the foreign words of a section, a word that is overridden under its new meaning alone."""
        added: WordLists = getattr(self.added, section)
        taken: WordLists = getattr(self.overrides, section)
        moved = {
            (vocabulary, normal(word)) for by in taken.values() for vocabulary, words in by.items() for word in words
        }
        merged = {
            meaning: {
                vocabulary: [word for word in words if (vocabulary, normal(word)) not in moved]
                for vocabulary, words in by.items()
            }
            for meaning, by in base.items()
        }
        for lists in (added, taken):
            for meaning, by in lists.items():
                merged[meaning] = _joined(merged.get(meaning, {}), by)
        return merged

    def new_names(self, kind: str, base: Iterable[str], added: Iterable[str]) -> list[str]:
        """Return those added names that are new; the others are noted."""
        plural = "classes" if kind == "class" else "types"
        known = {normal(name): name for name in base}
        new = []
        for name in added:
            twin = known.setdefault(normal(name), name)
            if twin == name and name not in base:
                new.append(name)
                continue
            told = "there is already" if twin == name else f"{name!r} would be read as"
            self.problems.add(
                self.lines[kind, name],
                f"{told} a {kind} {twin!r}; choose another name, or change it under `override: {plural}:`",
            )
        return new

    def overridable(self, kind: str, name: str, base: Mapping[str, object]) -> bool:
        if name in base:
            return True
        plural = "classes" if kind == "class" else "types"
        hint = did_you_mean(name, base) or f"; add it under `{plural}:` instead"
        self.problems.add(self.override_lines[kind, name], f"there is no {kind} {name!r} to override{hint}")
        return False

    def both_hours(self, name: str, given: ClassDefinition) -> None:
        if (given.mtbf_hours is None) != (given.mttr_hours is None):
            self.problems.add(
                self.override_lines["class", name],
                f"class {name!r} overrides one of mtbf_hours and mttr_hours; they belong together, give both",
            )


def _with_source(given: ClassDefinition) -> ClassDefinition:
    """Mark figures that a site states without a source as the site's own, never as ours."""
    source, stale_source = given.source, given.stale_source
    if given.mtbf_hours is not None:
        source = source or _OWN_SOURCE
    if given.stale_after_days is not None:
        stale_source = stale_source or _OWN_SOURCE
    return msgspec.structs.replace(given, source=source, stale_source=stale_source)


def _joined(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {
        vocabulary: list(dict.fromkeys([*one.get(vocabulary, []), *other.get(vocabulary, [])]))
        for vocabulary in {**one, **other}
    }
