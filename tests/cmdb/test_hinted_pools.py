"""Redundancy that is only hinted at: proposed with its evidence, accepted or refused once."""

from __future__ import annotations

import pytest
from inventory_words import batch

from cmdb.errors import PaperNotFound
from cmdb.record import Record


def fill(record: Record) -> None:
    """A service on two web servers, two unlike ones, and a database with its replica."""
    servers = ["web1", "web2", "alpha7", "beta9"]
    instances = [{"id": each, "class": "DatabaseInstance"} for each in ("main", "copy")]
    record.import_batches(
        [
            batch(
                items=[{"id": "shop", "class": "BusinessService", "name": "Nettbutikk"}, *servers, *instances],
                links=[
                    *(("shop", "depends_on", each) for each in (*servers, "main", "copy")),
                    ("main", "replicates_to", "copy"),
                ],
            )
        ]
    )


def test_hints_are_accepted_or_refused_once(record: Record) -> None:
    """Accepted, one member's loss is no outage any more; taken back, it is suggested again."""
    fill(record)
    found = {each.name: each for each in record.review.hinted_pools()}
    assert set(found) == {"web", "DatabaseInstance"}
    assert found["web"].member_names == sorted(found["web"].member_names, key=lambda name: record.item_id(name))
    assert "names differ in their number alone" in found["web"].evidence
    assert "replicates to" in found["DatabaseInstance"].evidence
    accepted = record.review.decide_pool(found["web"].id[:5], accept=True)
    refused = record.review.decide_pool(found["DatabaseInstance"].id, accept=False)
    assert record.review.hinted_pools() == []
    with record.store.view() as view:
        [(key, _)] = view.documents("pool")
    assert key == f"{record.item_id('shop')} web"
    record.review.undo(refused.key)
    assert [each.name for each in record.review.hinted_pools()] == ["DatabaseInstance"]
    record.review.undo(accepted.key)
    assert len(record.review.hinted_pools()) == 2
    with pytest.raises(PaperNotFound, match="no suggestion has"):
        record.review.decide_pool("zz", accept=True)


def test_an_empty_record_hints_at_nothing(lite: Record) -> None:
    """And what is in a pool already is not suggested."""
    assert lite.review.hinted_pools() == []
    rows = [{"from": "s", "type": "depends_on", "to": each, "pool": "w"} for each in ("w1", "w2")]
    pools = [{"consumer": "s", "name": "w", "need": 1}]
    lite.import_batches([batch(items=["s", "w1", "w2"], links=rows, pools=pools)])
    assert lite.review.hinted_pools() == []
