"""What waits for a person, and what people decide: rows that nobody could place, items that are probably one.

Takes a store and a catalogue. A decision is a paper, used by every later import, and can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

import msgspec

from cmdb.catalogue import Catalogue
from cmdb.editing import pooled
from cmdb.errors import EditRefused, PaperNotFound, UsageError
from cmdb.history.reverting import undo
from cmdb.model import Actor, Delta, Paper, PaperDraft, Revision, RevisionDraft, decode_item, show_item
from cmdb.model.values import encode
from cmdb.model.vocabulary import MANUAL
from cmdb.reconcile.decisions import DECISION, Decision, Settled, Waiting, matter_id, settled, standing_decisions
from cmdb.reconcile.duplicates import duplicates
from cmdb.reconcile.hinted_pools import HintedPool, hinted_pools
from cmdb.reconcile.joining import joined, name_of, parted
from cmdb.reconcile.precedence import classes_after, ranked_delta
from cmdb.reconcile.proposal import ScopeOutcome
from cmdb.ruling import Ruling
from cmdb.store.protocol import ReadView, Store
from cmdb.store.succession import present_time

__all__ = ["Candidate", "Decided", "Matter", "Reviewing", "keep_waiting"]

REVIEW: Final = "review"
"""The kind of the papers that hold the ambiguous rows of the last run of a scope, one a scope."""

_KEPT: Final = 5_000
"""Ambiguous rows kept of one run; what is more is counted."""


class Candidate(NamedTuple):
    """An item that a row, or another item, may be; `known_as` is how each source knows it, `source:id`."""

    id: str
    class_name: str
    name: str
    known_as: list[str]


class Matter(NamedTuple):
    """One thing that waits. `kind` is a row that was not imported, two items with one identity, or names alike."""

    id: str
    kind: Literal["row", "duplicate", "alike"]
    subject: str
    why: str
    candidates: list[Candidate]
    source: str = ""
    scope: str = ""
    external_id: str = ""
    file: str = ""
    row: int = 0


class Decided(NamedTuple):
    """A decision that was made: its key, what it says, and the revision that stands after it."""

    key: str
    decision: Decision
    revision: int
    paper: Paper


def keep_waiting(store: Store, actor: Actor, scopes: list[ScopeOutcome]) -> None:
    """Keep the ambiguous rows of each scope's run in place of those of its run before; nothing new writes nothing."""
    standing = {paper.key: paper for paper in store.papers(REVIEW, newest=True)}
    for each in scopes:
        key = matter_id(each.source, each.scope)
        before = standing.get(key)
        if before is None and not each.waiting:
            continue
        document = encode(
            {
                "source": each.source,
                "scope": each.scope,
                "waiting": [row._asdict() for row in each.waiting[:_KEPT]],
                "more": max(0, len(each.waiting) - _KEPT),
            }
        )
        if before is None or before.document != document:
            draft = PaperDraft(REVIEW, key, actor, present_time(), document)
            store.put_paper(draft, upon=0 if before is None else before.version)


class Reviewing:
    """The matters of one record, and the decisions on them."""

    def __init__(self, store: Store, catalogue: Catalogue, actor: Callable[[], Actor]) -> None:
        self._store = store
        self._catalogue = catalogue
        self._actor = actor

    def decisions(self) -> list[Decided]:
        """Return the decisions that stand, oldest first."""
        head = self._store.head().number
        standing = standing_decisions(self._store.papers(DECISION))
        return [Decided(key, decision, head, paper) for key, (paper, decision) in standing.items()]

    def settled(self) -> Settled:
        """Return what people have decided of rows, for an import."""
        return settled(each.decision for each in self.decisions())

    def matters(self, *, names: bool = True) -> list[Matter]:
        """Return what waits for a person: rows first, then duplicates surest first. `names`: names alike too."""
        decided = self.decisions()
        pairs = {frozenset(each.decision.items) for each in decided if each.decision.what in ("pair", "split")}
        settled_rows = settled(each.decision for each in decided)
        junk = Ruling(self._store, self._catalogue, self._actor).identity().junk
        with self._store.view() as view:
            found = duplicates(view, self._catalogue, junk=junk, settled=pairs, names=names)
            rows = list(self._rows(settled_rows))
            wanted = {id_ for _, _, row in rows for id_ in row.candidates}
            wanted.update(id_ for pair in found for id_ in pair[:2])
            known = _candidates(view, wanted)
        matters = [_row_matter(source, scope, row, known) for source, scope, row in rows]
        for pair in found:
            both = [known[pair.one], known[pair.other]]
            kind: Literal["duplicate", "alike"] = "duplicate" if pair.exact else "alike"
            subject = f"{both[0].class_name}:{both[0].name}"
            matters.append(Matter(matter_id("pair", pair.one, pair.other), kind, subject, pair.why, both))
        return matters

    def _rows(self, known: Settled) -> Iterator[tuple[str, str, Waiting]]:
        for paper in self._store.papers(REVIEW, newest=True):
            said = msgspec.json.decode(paper.document)
            for each in said["waiting"]:
                row = Waiting(**each)
                place = (said["source"], row.external_id)
                ruled_out = known.different.get(place, frozenset())
                if place not in known.same and (not row.candidates or not ruled_out.issuperset(row.candidates)):
                    yield said["source"], said["scope"], row

    def matter(self, asked: str) -> Matter:
        """Return the matter that an id, or the beginning of one, means.

        Raises PaperNotFound where none has it, UsageError where several begin with it.
        """
        wanted = asked.strip().casefold()
        found = [each for each in self.matters() if wanted and each.id.startswith(wanted)]
        if not found:
            raise PaperNotFound(f"nothing that waits has the id {asked!r}; see: cmdb review")
        if len(found) > 1:
            raise UsageError(f"{len(found)} matters begin with the id {asked!r}; see: cmdb review")
        return found[0]

    def settle(self, asked: str, same: str | None, note: str = "") -> Decided:
        """Decide a matter: `same` is the record id of the item that a row, or one of a pair, is; None is "different".

        A row is taken in by the next import of its source. Of a pair, `same` is the item that the other goes into.
        """
        matter = self.matter(asked)
        ids = [each.id for each in matter.candidates]
        if matter.kind != "row":
            if same is None:
                decision = Decision("pair", "different", ids, subject=_both(matter.candidates))
                return self._keep(decision, note)
            if same not in ids:
                raise UsageError(f"{matter.subject} is about two other items; name one of them: {', '.join(ids)}")
            return self.merge(same, next(each for each in ids if each != same), note)
        subject = f"{matter.source}:{matter.external_id}"
        if same is None:
            if not ids:
                raise UsageError(f"{subject} has no candidate that it could be told from: {matter.why}")
            decision = Decision("row", "different", ids, matter.source, matter.external_id, subject=subject)
            return self._keep(decision, note)
        with self._store.view() as view:
            document = view.get("item", [same]).get(same)
        for claim in decode_item(document) if document is not None else []:
            if claim.source == matter.source and matter.external_id not in (claim.external_id, *claim.aliases):
                raise EditRefused(
                    f"{matter.source} shows that item already as {claim.external_id!r}, and one row cannot be two; "
                    f"correct {matter.source}, or say --different"
                )
        return self._keep(Decision("row", "same", [same], matter.source, matter.external_id, subject=subject), note)

    def merge(self, kept: str, gone: str, note: str = "") -> Decided:
        """Make two items one, `kept`, as one revision with its decision; raises EditRefused where it cannot be."""
        with self._store.view() as view:
            names = f"{name_of(view, gone)} into {name_of(view, kept)}"
            sources = sorted(each.source for each in decode_item(view.get("item", [gone])[gone]))
        revision = self._commit(lambda view: joined(view, self._catalogue, kept, gone), note or f"merged {names}")
        return self._keep(
            Decision("merge", "same", [kept, gone], sources=sources, revision=revision.number, subject=names), note
        )

    def split(self, item: str, source: str, note: str = "") -> Decided:
        """Part what a source says from an item; what a merge brought together goes back where it came from."""
        merge = next(
            (
                each
                for each in reversed(self.decisions())
                if each.decision.what == "merge" and each.decision.items[0] == item and source in each.decision.sources
            ),
            None,
        )
        target = ""

        def part(view: ReadView) -> Delta:
            nonlocal target
            if merge is not None:
                target = merge.decision.items[1]
                try:
                    return undo(view, merge.decision.revision)
                except EditRefused:  # imports have gone on since: each source takes what it says now
                    target, delta = parted(view, self._catalogue, item, merge.decision.sources, target)
                    return delta
            target, delta = parted(view, self._catalogue, item, [source])
            return delta

        with self._store.view() as view:
            name = name_of(view, item)
        revision = self._commit(part, note or f"parted what {source} says from {name}")
        if merge is not None:
            self._withdraw(merge, f"undone by a split: {note}" if note else "undone by a split")
        decision = Decision(
            *("split", "different", [item, target], source),
            sources=[source] if merge is None else merge.decision.sources,
            revision=revision.number,
            subject=name,
        )
        return self._keep(decision, note)

    def undo(self, asked: str, note: str = "") -> Decided:
        """Take a decision back: imports ask it no more; a merge or a split is reverted, where nothing was built on it.

        Raises PaperNotFound for a key that no standing decision has, and EditRefused when the record went on.
        """
        key = f"D{int(asked):06d}" if asked.isascii() and asked.isdigit() else asked.strip()
        found = next((each for each in self.decisions() if each.key == key), None)
        if found is None:
            raise PaperNotFound(f"there is no standing decision {asked!r}; see: cmdb review decisions")
        number = found.decision.revision
        if found.decision.what in ("merge", "split", "pool") and number:
            try:
                self._commit(lambda view: undo(view, number), note or f"takes back decision {key}")
            except EditRefused as refused:
                advice = {
                    "merge": "cmdb review split ITEM --source S",
                    "split": "cmdb review merge ITEM ITEM",
                    "pool": "cmdb pool ITEM POOL --drop",
                }[found.decision.what]
                raise EditRefused(f"{refused}. To do it on what stands now: {advice}") from None
        return self._withdraw(found, note)

    def hinted_pools(self) -> list[HintedPool]:
        """Return the pools that the record hints at and nobody has decided on."""
        refused = {frozenset(each.decision.items) for each in self.decisions() if each.decision.what == "pool"}
        with self._store.view() as view:
            return hinted_pools(view, self._catalogue, refused)

    def decide_pool(self, asked: str, *, accept: bool, note: str = "") -> Decided:
        """Make a suggested pool, its need assumed until somebody states it, or remember that it is none."""
        wanted = asked.strip().casefold()
        found = [each for each in self.hinted_pools() if wanted and each.id.startswith(wanted)]
        if not found:
            raise PaperNotFound(f"no suggestion has the id {asked!r}; see: cmdb suggest pools")
        if len(found) > 1:
            raise UsageError(f"{len(found)} suggestions begin with the id {asked!r}; see: cmdb suggest pools")
        pool, number = found[0], 0
        if accept:
            said = note or f"pool {pool.name} of {pool.consumer_name}, as suggested"
            number = self._commit(
                lambda view: pooled(view, pool.consumer, pool.name, pool.links, pool.evidence), said
            ).number
        decision = Decision(
            *("pool", "accepted" if accept else "refused", [pool.consumer, *pool.members]),
            revision=number,
            subject=f"pool {pool.name} of {pool.consumer_name}",
            name=pool.name,
        )
        return self._keep(decision, note)

    def _keep(self, decision: Decision, note: str) -> Decided:
        draft = PaperDraft(DECISION, "", self._actor(), present_time(), encode(decision), note, prefix="D")
        paper = self._store.put_paper(draft, upon=0)
        return Decided(paper.key, decision, self._store.head().number, paper)

    def _withdraw(self, found: Decided, note: str) -> Decided:
        gone = msgspec.structs.replace(found.decision, withdrawn=True)
        draft = PaperDraft(DECISION, found.key, self._actor(), present_time(), encode(gone), note)
        paper = self._store.put_paper(draft, upon=found.paper.version)
        return Decided(found.key, gone, self._store.head().number, paper)

    def _commit(self, make: Callable[[ReadView], Delta], message: str) -> Revision:
        actor = self._actor()
        with self._store.write(actor) as session:
            delta = make(session)
            precedence = Ruling(self._store, self._catalogue, self._actor).precedence()
            delta = ranked_delta(delta, precedence, classes_after(session, delta, precedence))
            return session.commit(delta, RevisionDraft(actor, present_time(), MANUAL, "", message, delta.counts()))


def _candidates(view: ReadView, ids: set[str]) -> dict[str, Candidate]:
    found: dict[str, Candidate] = {}
    for key, document in view.get("item", sorted(ids)).items():
        claims = decode_item(document)
        shown = show_item(claims)
        found[key] = Candidate(key, shown.class_, shown.name, [f"{each.source}:{each.external_id}" for each in claims])
    return found


def _row_matter(source: str, scope: str, row: Waiting, known: dict[str, Candidate]) -> Matter:
    return Matter(
        matter_id("row", source, scope, row.external_id),
        "row",
        f"{row.class_name}:{row.name}",
        row.message,
        [known[each] for each in row.candidates if each in known],
        source,
        scope,
        row.external_id,
        row.file,
        row.row,
    )


def _both(candidates: list[Candidate]) -> str:
    return " and ".join(f"{each.class_name}:{each.name}" for each in candidates)
