"""The site's rules on sources, kept as papers: whose word counts. Takes a store and a catalogue.

Setting one writes what it means into the claims of every item and pool concerned, as one revision.
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
from cmdb.reconcile.precedence import ALL_FIELDS, FIELDS, Precedence, PrecedenceRule, whole_delta
from cmdb.store.protocol import Store
from cmdb.store.succession import present_time

__all__ = ["Ruled", "Ruling"]

RULE: Final = "rule"
PRECEDENCE: Final = "precedence"


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
        for paper in self._store.papers(RULE, PRECEDENCE):
            version, rules = paper.version, msgspec.json.decode(paper.document, type=list[PrecedenceRule])
        return Precedence(rules, self._catalogue), version

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
