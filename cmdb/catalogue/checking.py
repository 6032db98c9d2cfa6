"""Does a file make sense together with the rest of the catalogue? Names, parents, rules, words.

Takes the merged definitions and the lines of the file that was added, notes every problem on its line. The shipped
files go through the same checks before they are compiled into the package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, combinations
from typing import Final

from cmdb.catalogue.catalogue import ROOT
from cmdb.catalogue.compiling import lineage_of, type_entries
from cmdb.catalogue.definition import Definitions, RuleDefinition, WordLists
from cmdb.catalogue.problems import Problems, did_you_mean
from cmdb.catalogue.reading import FileContent, Place
from cmdb.catalogue.words import COMMON, list_order, normal
from cmdb.model.vocabulary import CRITICALITIES, STATUSES

__all__ = ["RESERVED_CLASSES", "RESERVED_TYPES", "check_definitions"]

RESERVED_CLASSES: Final = frozenset(
    {"Agreement", "Baseline", "CI", "Change", "ChangeRequest", "Claim", "Delta", "Item", "Outage", "Part", "Plan"}
    | {"Pool", "Record", "Relationship", "Review", "Revision", "Run"}
)
"""Words of the record itself; as labels in Neo4j they stand for something else than a class."""

RESERVED_TYPES: Final = frozenset({"has_claim", "has_pool"})
"""Names that Neo4j's relationships between our own nodes have."""

_CLASS_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")
_TYPE_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_VOCABULARY = re.compile(r"[a-z][a-z0-9_]*")

_Word = tuple[str, str, str, object, Place]  # vocabulary, key, the word as written, its meaning, where it stands


def check_definitions(merged: Definitions, content: FileContent, base: Definitions, problems: Problems) -> None:
    """Note in `problems` all that is wrong with the file whose `content` was merged over `base`."""
    checking = _Checking(merged, content, base, problems)
    checking.names()
    checking.classes()
    checking.rules()
    checking.vocabularies()
    checking.words()


class _Checking:
    def __init__(self, merged: Definitions, content: FileContent, base: Definitions, problems: Problems) -> None:
        self.merged, self.content, self.base, self.problems = merged, content, base, problems
        self.lines = content.lines
        self.parts = ((content.added, content.lines), (content.overrides, content.override_lines))

    def names(self) -> None:
        """Note every new name that the graph or the product could not use."""
        reserved_classes = {normal(name) for name in RESERVED_CLASSES}
        for name in self.content.added.classes:
            line = self.lines["class", name]
            if not _CLASS_NAME.fullmatch(name):
                advice = "use letters a to z and digits, a letter first"
                self.problems.add(line, f"class name {name!r} cannot be a label in the graph; {advice}")
            elif normal(name) in reserved_classes:
                self.problems.add(line, f"class name {name!r} is a word of the record itself; choose another")
        for name, given in self.content.added.types.items():
            line = self.lines["type", name]
            if not _TYPE_NAME.fullmatch(name):
                advice = "use lower-case a to z, digits and _, a letter first, like cooled_by"
                self.problems.add(line, f"type name {name!r} cannot be a relationship in the graph; {advice}")
            elif name in RESERVED_TYPES:
                self.problems.add(line, f"type name {name!r} is a word of the record itself; choose another")
            if given.inverse is None and not given.undirected:
                advice = "say how it reads from the other end, like `inverse: cools`"
                self.problems.add(line, f"type {name!r} has no inverse; {advice}")
            if given.network == "reach" and (given.undirected or not given.rules):
                advice = "make it directed, with a rule that says who reaches whom"
                self.problems.add(
                    self.lines["network", name], f"type {name!r} is a reach over the network without rules; {advice}"
                )
        for section, allowed in (("statuses", STATUSES), ("criticalities", CRITICALITIES)):
            for part, lines in self.parts:
                for meaning in getattr(part, section):
                    if meaning not in allowed:
                        hint = did_you_mean(meaning, allowed) or f"; choose among {', '.join(allowed)}"
                        self.problems.add(lines[section, meaning], f"{section} has no {meaning!r}{hint}")

    def classes(self) -> None:
        """Note every class whose parents lead nowhere, or round in a circle."""
        known = self.merged.classes
        for name, given in self.content.added.classes.items():
            line = self.lines.get(("parent", name), self.lines["class", name])
            if given.parent is None and name != ROOT:
                self.problems.add(line, f"class {name!r} has no parent; write one, like `parent: {ROOT}`")
            elif given.parent is not None and given.parent not in known:
                hint = did_you_mean(given.parent, known) or "; add that class too, or look with: cmdb catalogue"
                self.problems.add(
                    line, f"class {name!r} has the parent {given.parent!r}, which no class is called{hint}"
                )
            elif name in known and name not in self.base.classes:
                lineage = lineage_of(name, known)
                if known.get(lineage[-1]) is not None and known[lineage[-1]].parent in lineage:
                    circle = " > ".join((*lineage, str(known[lineage[-1]].parent)))
                    self.problems.add(line, f"class {name!r} is its own ancestor ({circle}); change one parent")
            if (given.mtbf_hours is None) != (given.mttr_hours is None):
                line = self.lines["class", name]
                self.problems.add(line, f"class {name!r} has one of mtbf_hours and mttr_hours; give both or neither")

    def rules(self) -> None:
        for part, lines in self.parts:
            for name, given in part.types.items():
                for rule in given.rules:
                    self.rule(name, rule, lines["rule", name, rule.from_class, rule.to_class])
                if given.rules and name in self.merged.types:
                    self.ambiguous(name, given.rules, lines)

    def rule(self, name: str, rule: RuleDefinition, line: int) -> None:
        for end, class_name in (("from", rule.from_class), ("to", rule.to_class)):
            if class_name not in self.merged.classes:
                hint = did_you_mean(class_name, self.merged.classes) or "; look with: cmdb catalogue"
                self.problems.add(
                    line, f"{end} of a rule of {name!r} is {class_name!r}, which no class is called{hint}"
                )
        if name in self.merged.types and self.merged.types[name].undirected:
            advice = "take the rule out, or make the type directed"
            self.problems.add(line, f"type {name!r} is undirected, so it has no consumer and no rules; {advice}")

    def ambiguous(self, name: str, given: Iterable[RuleDefinition], lines: Mapping[Place, int]) -> None:
        """Note pairs of rules of one type that fit the same classes equally well and say different things."""
        known = self.merged.classes
        rules = [rule for rule in self.merged.types[name].rules if rule.from_class in known and rule.to_class in known]
        lineage = {end: lineage_of(end, known) for rule in rules for end in (rule.from_class, rule.to_class)}
        depth = {end: len(above) for end, above in lineage.items()}

        def meet(one: str, other: str) -> str | None:
            return one if other in lineage[one] else other if one in lineage[other] else None

        for one, other in combinations(rules, 2):
            rank = depth[one.from_class] + depth[one.to_class]
            same = (one.consumer, one.impact, one.pool) == (other.consumer, other.impact, other.pool)
            if same or rank != depth[other.from_class] + depth[other.to_class]:
                continue
            from_class, to_class = meet(one.from_class, other.from_class), meet(one.to_class, other.to_class)
            if from_class is None or to_class is None:
                continue
            closer = any(
                each.from_class in lineage[from_class]
                and each.to_class in lineage[to_class]
                and depth[each.from_class] + depth[each.to_class] > rank
                for each in rules
            )
            mine = next((rule for rule in (other, one) if rule in given), None)
            if not closer and mine is not None:
                self.problems.add(
                    lines["rule", name, mine.from_class, mine.to_class],
                    f"rules of {name!r} from {one.from_class} to {one.to_class} and from {other.from_class} to "
                    f"{other.to_class} fit {from_class} to {to_class} equally well; add a rule for that pair",
                )

    def vocabularies(self) -> None:
        for name in self.content.added.vocabularies:
            if not _VOCABULARY.fullmatch(name) or name == COMMON:
                advice = "use lower-case a to z, digits and _"
                self.problems.add(self.lines["vocabulary", name], f"vocabulary {name!r} cannot be used; {advice}")
        known = {COMMON, *self.merged.vocabularies}
        for place, line in chain.from_iterable(lines.items() for _, lines in self.parts):
            if place[0] in ("class alias", "type alias", "statuses", "criticalities") and len(place) == 3:
                vocabulary = place[1]
                if vocabulary.partition(".")[0] not in known:
                    hint = did_you_mean(vocabulary, known) or f"; declare it: `vocabularies: [{vocabulary}]`"
                    self.problems.add(line, f"there is no vocabulary {vocabulary!r}{hint}")

    def words(self) -> None:
        for entries in (_class_entries, _type_entries, _status_entries, _criticality_entries):
            self.clashes(entries(self.base), list(entries(self.merged)))

    def clashes(self, before: Iterator[_Word], now: list[_Word]) -> None:
        """Note words of the file that already mean something else, in their vocabulary or where it falls back to."""
        # The first to claim a word in a vocabulary has it: names before aliases, older definitions before newer.
        now.sort(key=lambda entry: entry[4][0] not in ("class", "type", "meaning"))
        old = {(vocabulary, key): meaning for vocabulary, key, _, meaning, _ in before}
        overridden = {
            (vocabulary, normal(word))
            for section in (self.content.overrides.statuses, self.content.overrides.criticalities)
            for by in section.values()
            for vocabulary, words in by.items()
            for word in words
        }
        owner: dict[tuple[str, str], object] = {}
        for vocabulary, key, word, meaning, place in now:
            holder = owner.setdefault((vocabulary, key), meaning)
            line = self.lines.get(place) or self.content.override_lines.get(place)
            if line is None:
                continue
            if holder == meaning and old and (vocabulary, key) not in overridden:
                holder = next((old[at, key] for at in list_order(vocabulary) if (at, key) in old), meaning)
            if holder != meaning:
                where = "" if vocabulary == COMMON else f" in the vocabulary {vocabulary}"
                self.problems.add(
                    line,
                    f"{word!r} already stands for {_said(holder)}{where}; take it out, or choose another word",
                )


def _class_entries(definitions: Definitions) -> Iterator[_Word]:
    for name, given in definitions.classes.items():
        yield COMMON, normal(name), name, name, ("class", name)
        for vocabulary, words in given.aliases.items():
            for word in words:
                yield vocabulary, normal(word), word, name, ("class alias", vocabulary, word)


def _type_entries(definitions: Definitions) -> Iterator[_Word]:
    for name, given in definitions.types.items():
        named = {name, given.label, given.inverse}
        for vocabulary, key, swap, word in type_entries(name, given):
            place = ("type", name) if vocabulary == COMMON and word in named else ("type alias", vocabulary, word)
            yield vocabulary, key, word, (name, swap), place


def _status_entries(definitions: Definitions) -> Iterator[_Word]:
    yield from _list_entries(definitions.statuses, "statuses")


def _criticality_entries(definitions: Definitions) -> Iterator[_Word]:
    yield from _list_entries(definitions.criticalities, "criticalities")


def _list_entries(lists: WordLists, section: str) -> Iterator[_Word]:
    for meaning, by in lists.items():
        yield COMMON, normal(meaning), meaning, meaning, ("meaning", meaning)
        for vocabulary, words in by.items():
            for word in words:
                yield vocabulary, normal(word), word, meaning, (section, vocabulary, word)


def _said(meaning: object) -> str:
    if isinstance(meaning, tuple):
        name, swap = meaning
        return f"{name} read from the other end" if swap else f"{name}"
    return str(meaning)
