"""A purge takes from papers what they tell of the purged, on both stores alike."""

from __future__ import annotations

import datetime as dt
from types import ModuleType

from cmdb.changes.book import ChangeBook
from cmdb.changes.outages import OutageBook
from cmdb.forgetting import PURGED, forget_in_papers
from cmdb.model.change import ChangeRequest, Step
from cmdb.model.outage import Outage
from cmdb.store import Store


def test_nothing_of_a_purged_item_is_left_in_papers(store: Store, estates: ModuleType) -> None:
    secret, later = estates.item("anna-pc", "Annas maskin"), estates.item("anna-pc", "PC 17")
    estates.commit(store, estates.created(secret, estates.item("web1")))
    estates.commit(store, estates.changed(secret, later))
    anna, web = secret.key, estates.id_of("web1")
    changes, outages = ChangeBook(store, lambda: estates.KARI), OutageBook(store, lambda: estates.KARI)
    both = changes.new(ChangeRequest("Disk i Annas maskin", steps=(Step(anna), Step(web))), note="PC 17 er treg")
    changes.move(both, "submitted", note="sendt inn")
    changes.new(ChangeRequest("Patch", steps=(Step(web),)))
    outages.open(
        Outage("", anna, "2026-01-01T00:00:00+00:00", text="Annas maskin er nede"), now=dt.datetime.now(dt.UTC)
    )
    rows = {"problems": [{"id": "anna-pc", "row": 3, "item": anna}, {"id": "web1", "row": 4}], "more": 0}
    store.put_paper(estates.paper("problems", "1", rows), upon=0)
    count = len(list(store.papers()))

    assert forget_in_papers(store, {anna}) == 4

    told = "\n".join(f"{each.document.decode()} {each.note}" for each in store.papers())
    assert [each for each in ("nna", "PC 17", anna) if each in told] == []
    assert len(list(store.papers())) == count
    first, other = changes.all()
    assert first.request.title == f"Disk i {PURGED}"
    assert [step.item for step in first.request.steps] == [PURGED, web]
    assert [step.item for step in other.request.steps] == [web]
    assert [each.item for each in outages.all()] == [PURGED]
    assert b'"web1"' in next(store.papers("problems")).document
    assert forget_in_papers(store, {anna}) == 0
