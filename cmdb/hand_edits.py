"""What a person does to the record by hand: items, relationships and pools put, changed, denied, retired, purged.

Each deed is a Delta made upon what stands, committed with who did it; what the Delta is, is worked out in
`cmdb.editing`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from cmdb import editing
from cmdb.catalogue import Catalogue
from cmdb.errors import EditRefused, RevisionNotFound
from cmdb.forgetting import forget_in_papers
from cmdb.handing_over import Handover, hand_over
from cmdb.history import pack_ids
from cmdb.history.reverting import undo
from cmdb.model import Actor, Delta, Revision, RevisionDraft, RunDraft
from cmdb.model.vocabulary import MANUAL
from cmdb.reconcile.precedence import classes_after, ranked_delta
from cmdb.ruling import Ruling
from cmdb.settings import Settings
from cmdb.snapshot.naming import resolve
from cmdb.snapshot.snapshot import Snapshot
from cmdb.store.protocol import ReadView, Store
from cmdb.store.succession import present_time

__all__ = ["EditOutcome", "HandEdits"]


class EditOutcome(NamedTuple):
    """What an edit did: the revision that stands now, whether it is a new one, and the record id concerned."""

    revision: int
    changed: bool
    id: str
    warnings: list[str]


class HandEdits(ABC):
    """The deeds. What they need of the open record is abstract here; `cmdb.record.Record` has it."""

    catalogue: Catalogue
    settings: Settings

    @property
    @abstractmethod
    def store(self) -> Store:
        """The store; raises StoreMissing for a record that is nowhere."""

    @property
    @abstractmethod
    def rules(self) -> Ruling:
        """The site's rules on sources."""

    @abstractmethod
    def item_id(self, name: str, as_of: str | None = None) -> str:
        """Return the record id of an item as a person names it."""

    @abstractmethod
    def snapshot(self, as_of: str | None = None) -> Snapshot:
        """Return the estate now, or as of another revision."""

    @abstractmethod
    def revision_at(self, as_of: str) -> Revision:
        """Return the revision that a number, a time or a baseline means."""

    @abstractmethod
    def forget_snapshots(self) -> None:
        """Erase the snapshots that are kept at hand."""

    def add_item(
        self,
        class_name: str,
        name: str,
        values: Mapping[str, Any],
        *,
        external_id: str | None = None,
        message: str = "",
    ) -> EditOutcome:
        """Add an item by hand; its id of source `manual` is `external_id`, else its name."""
        made = ""

        def edit(view: ReadView) -> tuple[str, Delta]:
            nonlocal made
            made, delta = editing.add_item(view, self.catalogue, class_name, name, values, external_id or name)
            return made, delta

        return self._edit(edit, message)

    def edit_item(
        self,
        item: str,
        values: Mapping[str, Any],
        *,
        release: Sequence[str] = (),
        name: str | None = None,
        class_name: str | None = None,
        message: str = "",
    ) -> EditOutcome:
        """Set values of an item by hand; `release` names fields (or "all") that imports may say again."""
        target = self.item_id(item)

        def edit(view: ReadView) -> tuple[str, Delta]:
            return target, editing.edit_item(
                view, self.catalogue, target, values, release=release, name=name, class_name=class_name
            )

        return self._edit(edit, message)

    def retire(self, item: str, *, message: str = "") -> EditOutcome:
        """Retire an item by hand; its relationships stay, and leave the impact graph with it."""
        outcome = self.edit_item(item, {"status": "retired"}, message=message)
        with self.store.view() as view:
            touching = view.touching([outcome.id])
        count = len(touching["relationship"])
        if count:
            what = "1 relationship" if count == 1 else f"{count} relationships"
            outcome.warnings.append(f"{what} of it left the impact graph; see: cmdb doctor")
        return outcome

    def hand_over(self, pairs: Sequence[Handover], *, message: str = "") -> EditOutcome:
        """Retire items (record ids); each one's successor, where it has one, inherits its relationships and pools."""

        def edit(view: ReadView) -> tuple[str, Delta]:
            return pairs[0][0], hand_over(view, self.catalogue, pairs)

        return self._edit(edit, message)

    def relate(
        self,
        from_item: str,
        type_name: str,
        to_item: str,
        *,
        key: str = "",
        values: Mapping[str, Any] | None = None,
        message: str = "",
    ) -> EditOutcome:
        """Relate two items by hand; `values` may hold pools, lasts_minutes, standby and attributes."""
        start, end = self.item_id(from_item), self.item_id(to_item)

        def edit(view: ReadView) -> tuple[str, Delta]:
            delta = editing.put_relationship(view, self.catalogue, start, type_name, end, key, values or {})
            return start, delta

        return self._edit(edit, message)

    def unrelate(
        self, from_item: str, type_name: str, to_item: str, *, key: str = "", message: str = ""
    ) -> EditOutcome:
        """Take a relationship away by hand; one that an import says is denied until released."""
        start, end = self.item_id(from_item), self.item_id(to_item)

        def edit(view: ReadView) -> tuple[str, Delta]:
            return start, editing.deny_relationship(view, self.catalogue, start, type_name, end, key)

        return self._edit(edit, message)

    def put_pool(self, consumer: str, name: str, values: Mapping[str, Any], *, message: str = "") -> EditOutcome:
        """Make a pool, or change what it needs, by hand."""
        target = self.item_id(consumer)
        return self._edit(lambda view: (target, editing.put_pool(view, target, name, values, self.catalogue)), message)

    def drop_pool(self, consumer: str, name: str, *, message: str = "") -> EditOutcome:
        """Take a pool away by hand."""
        target = self.item_id(consumer)
        return self._edit(lambda view: (target, editing.deny_pool(view, target, name)), message)

    def revert(self, number: int, *, message: str = "") -> EditOutcome:
        """Take a revision back with a new one; raises EditRefused when what it changed has been changed since."""
        revision = self.revision_at(str(number))
        if revision.number == 0:
            raise RevisionNotFound("revision 0 is the empty record; there is nothing to take back")
        return self._edit(lambda view: ("", undo(view, number)), message or f"takes back revision {number}")

    def purge(self, items: Sequence[str]) -> dict[str, Any]:
        """Erase items with their relationships and pools, values in history and in papers included."""
        targets = [self.item_id(item) for item in items]
        actor = self.settings.actor()
        many = len(set(targets))
        message = f"purged {many} {'item' if many == 1 else 'items'}"
        papers = forget_in_papers(self.store, set(targets))  # first: the history tells by what names they were known
        with self.store.write(actor) as session:
            erased = session.purge(targets, RevisionDraft(actor, present_time(), MANUAL, "", message))
        self.forget_snapshots()  # one kept at hand would hold what was erased
        return {**erased, "papers": papers}

    def _edit(self, edit: Callable[[ReadView], tuple[str, Delta]], message: str) -> EditOutcome:
        actor = self.settings.actor()
        with self.store.write(actor) as session:
            before = session.revision.number
            target, delta = edit(session)
            precedence = self.rules.precedence()
            delta = ranked_delta(delta, precedence, classes_after(session, delta, precedence))
            draft = RevisionDraft(actor, present_time(), MANUAL, "", message, delta.counts())
            # Who edits an item has seen it.
            revision = session.commit(delta, draft, _seen_by_hand(actor, [target])) if delta else session.revision
        return EditOutcome(revision.number, revision.number != before, target, [])

    def verify(self, items: Sequence[str], message: str = "") -> list[str]:
        """Say that items are as the record has them: seen now, by this person. Returns their record ids.

        Raises EditRefused for an item that is out of service.
        """
        snapshot = self.snapshot()
        rows = sorted({resolve(snapshot, item) for item in items})
        for row in rows:
            if not snapshot.in_service[row]:
                raise EditRefused(
                    f"{snapshot.name_at(row)} is {snapshot.status_at(row)}, so there is nothing to verify; "
                    "put it into service first: cmdb item edit"
                )
        ids, actor = [snapshot.id_at(row) for row in rows], self.settings.actor()
        with self.store.write(actor) as session:
            draft = RevisionDraft(actor, present_time(), MANUAL, "", message)
            session.commit(Delta(), draft, _seen_by_hand(actor, ids))
        return ids


def _seen_by_hand(actor: Actor, ids: Sequence[str]) -> RunDraft:
    now = present_time()
    return RunDraft(MANUAL, "", actor, now, now, complete=False, refreshes=True, seen=pack_ids(ids))
