"""The seam to the record: a snapshot compiled with the shipped catalogue answers like one compiled by hand."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings

from cmdb.catalogue import load_catalogue
from cmdb.model import Actor, RecordIdentity, Revision
from cmdb.snapshot.build import build_snapshot
from cmdb.store.protocol import RecordColumns
from impact.breaks import impact_of
from impact.needs import needs_of

# Between servers: (type, impact, is the provider its `from`?)
SHIPPED = [
    ("depends_on", "hard", False),
    ("runs_on", "hard", False),
    ("impacts", "hard", True),
    ("sends_data_to", "soft", True),
    ("instantiates", "none", False),
    ("exchanges_data", "undirected", False),
    ("cluster_of", "no_rule", False),
]


def built(estate):
    """The same estate as a store gives it, compiled by the record's own code."""
    plain, decode = estate.snapshot, msgspec.json.decode
    ids = [each.decode() for each in plain.ids.tolist()]
    rows, links, pools = range(len(plain)), range(len(plain.relationship_from)), range(len(plain.pool_consumers))
    columns = RecordColumns(
        item_ids=ids,
        item_classes=[plain.class_at(row) for row in rows],
        item_names=plain.names.tolist(),
        item_statuses=[plain.status_at(row) for row in rows],
        item_shown=[
            msgspec.json.encode({"external_ids": decode(plain.shown.bytes_at(row))["external_ids"], "values": {}})
            for row in rows
        ],
        relationship_from=[ids[row] for row in plain.relationship_from],
        relationship_types=[plain.type_names[code] for code in plain.relationship_types],
        relationship_to=[ids[row] for row in plain.relationship_to],
        relationship_keys=[plain.relationship_keys[row] for row in links],
        relationship_shown=[plain.relationship_shown.bytes_at(row) or None for row in links],
        pool_consumers=[ids[row] for row in plain.pool_consumers],
        pool_names=plain.pool_names.tolist(),
        pool_shown=[plain.pool_shown.bytes_at(row) for row in pools],
    )
    revision = Revision(7, plain.revision_at, "0" * 16, Actor("Kari", "kari", "--by"), "test", rows=len(ids))
    identity = RecordIdentity("2c9a7a31-0b0e-4a45-9f63-000000000000", 1, plain.revision_at)
    return build_snapshot(columns, identity=identity, revision=revision, catalogue=load_catalogue(None))


def test_findings_on_a_built_snapshot_equal_those_on_a_naive_one(compiled, questions):
    """Impact and needs, with all they say, do not depend on who compiled the impact graph."""

    @settings(max_examples=60, deadline=None)
    @given(questions(SHIPPED))
    def check(question):
        spec, asked, outages, minutes = question
        estate = compiled(spec)
        snapshot = built(estate)
        ids, more = estate.ids(*asked), {"minutes": minutes, "outages": estate.ids(*outages)}

        assert impact_of(snapshot, ids, **more).as_contract() == impact_of(estate.snapshot, ids, **more).as_contract()
        assert needs_of(snapshot, ids[0]).as_contract() == needs_of(estate.snapshot, ids[0]).as_contract()

    check()
