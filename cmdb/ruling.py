"""The site's rules on sources, kept as papers: whose word counts, and by what items are known.

Takes a store and a catalogue. A rule of precedence writes what it means into the claims of every item and pool
concerned, as one revision.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from cmdb.catalogue import Catalogue
from cmdb.errors import UsageError
from cmdb.model import Actor, PaperDraft, RevisionDraft
from cmdb.model.values import encode
from cmdb.model.vocabulary import MANUAL
from cmdb.reconcile.identity_rules import RULE_NAMES, IdentityRules
from cmdb.reconcile.precedence import ALL_FIELDS, FIELDS, Precedence, PrecedenceRule, whole_delta
from cmdb.store.protocol import Store
from cmdb.store.succession import present_time

__all__ = ["Ruled", "Ruling"]

RULE: Final = "rule"
PRECEDENCE: Final = "precedence"
IDENTITY: Final = "identification"


class Ruled(NamedTuple):
    """What setting a rule did: the rules that stand, the revision, and how many items and pools carry it anew."""

    rules: list[PrecedenceRule]
    revision: int
    changed: int


class Ruling:
    """The rules of one record."""

    def __init__(self, store: Store, catalogue: Catalogue, actor: Callable[[], Actor]) -> None:
        self._store = store
        self._catalogue = catalogue
        self._actor = actor

    def precedence(self) -> Precedence:
        """Return whose word counts."""
        return self._read()[0]

    def _read(self) -> tuple[Precedence, int]:
        version, rules = 0, []
        for paper in self._store.papers(RULE, PRECEDENCE, newest=True):
            version, rules = paper.version, msgspec.json.decode(paper.document, type=list[PrecedenceRule])
        return Precedence(rules, self._catalogue), version

    def identity(self) -> IdentityRules:
        """Return by what items are known in other sources."""
        return self._read_identity()[0]

    def _read_identity(self) -> tuple[IdentityRules, int]:
        version, rules = 0, IdentityRules()
        for paper in self._store.papers(RULE, IDENTITY, newest=True):
            said = msgspec.json.decode(paper.document)
            classes = {name: tuple(each) for name, each in said["classes"].items()}
            version, rules = paper.version, IdentityRules(classes, frozenset(said["junk"]))
        return rules, version

    def set_identity(self, class_name: str, rules: Sequence[str], note: str = "") -> IdentityRules:
        """Say by what items of a class are known in other sources, in order; no rules brings the shipped ones back.

        It counts from the next import on: what has an identity already keeps it. Raises UsageError for what is none.
        """
        class_ = self._catalogue.class_named(class_name)
        if class_ is None:
            raise UsageError(f"unknown class {class_name!r}; see: cmdb catalogue")
        wrong = [each for each in rules if each not in RULE_NAMES]
        if wrong or len(set(rules)) != len(rules):
            raise UsageError(f"{', '.join(wrong) or 'a rule named twice'}: the rules are {', '.join(RULE_NAMES)}")
        standing, version = self._read_identity()
        classes = {name: each for name, each in standing.classes.items() if name != class_}
        if rules:
            classes[class_] = tuple(rules)
        return self._keep_identity(IdentityRules(classes, standing.more_junk), version, note)

    def set_junk(self, add: Sequence[str], drop: Sequence[str] = (), note: str = "") -> IdentityRules:
        """Say which more values identify nobody. Raises UsageError for dropping one that the site has not added."""
        standing, version = self._read_identity()
        added, dropped = ({each.strip().casefold() for each in words} for words in (add, drop))
        if dropped - standing.more_junk:
            raise UsageError(f"{', '.join(sorted(dropped - standing.more_junk))}: nobody has added that as junk")
        return self._keep_identity(
            IdentityRules(standing.classes, (standing.more_junk | added) - dropped), version, note
        )

    def _keep_identity(self, rules: IdentityRules, version: int, note: str) -> IdentityRules:
        document = encode({"classes": rules.classes, "junk": sorted(rules.more_junk)})
        draft = PaperDraft(RULE, IDENTITY, self._actor(), present_time(), document, note)
        self._store.put_paper(draft, upon=version)
        return rules

    def set_precedence(self, class_name: str, field: str, sources: Sequence[str], note: str = "") -> Ruled:
        """Say whose word counts for a field of a class, or for all fields; no sources takes the rule away.

        Raises UsageError for a class or a field that is none, for a source named twice, and for `manual`, which comes
        first without a rule.
        """
        class_ = self._catalogue.class_named(class_name)
        if class_ is None:
            raise UsageError(f"unknown class {class_name!r}; see: cmdb catalogue")
        if field not in (*FIELDS, ALL_FIELDS) and not field.startswith("attributes."):
            raise UsageError(f"there is no field {field!r}; name a field, attributes.NAME, or * for all")
        if field == "class" and class_ != "ConfigurationItem":
            raise UsageError("which class an item has is decided before its class is known; leave the class out")
        if len(set(sources)) != len(sources) or MANUAL in sources:
            raise UsageError("name each source once; what was entered by hand comes first without a rule")
        standing, version = self._read()
        rules = [each for each in standing.rules if (each.class_name, each.field) != (class_, field)]
        if sources:
            rules.append(PrecedenceRule(class_, field, list(sources)))
        rules.sort(key=lambda each: (each.class_name, each.field))
        actor, now = self._actor(), present_time()
        self._store.put_paper(PaperDraft(RULE, PRECEDENCE, actor, now, encode(rules), note), upon=version)
        message = note or f"precedence for {class_} {field}: {', '.join(sources) or 'as they came'}"
        with self._store.write(actor) as session:
            delta = whole_delta(session, Precedence(rules, self._catalogue))
            revision = session.revision
            if delta:
                draft = RevisionDraft(actor, present_time(), MANUAL, "", message, delta.counts())
                revision = session.commit(delta, draft)
        return Ruled(rules, revision.number, len(delta.changes))
