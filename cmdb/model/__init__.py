"""The words of the record and the seams between its rooms. Imports nothing of ours but errors."""

from cmdb.model.batch import FileRead, ImportBatch, ItemRow, PoolRow, Problem, RelationshipRow
from cmdb.model.building import BatchBuilder
from cmdb.model.claim import Absent, EdgeClaim, ItemClaim, decode_edges, decode_item, encode_claims
from cmdb.model.delta import Change, Delta
from cmdb.model.identity import (
    ID_LENGTH,
    content_digest,
    item_id,
    pool_key,
    relationship_key,
    split_pool_key,
    split_relationship_key,
)
from cmdb.model.merge import ShownItem, show_item, show_pool, show_relationship
from cmdb.model.need import Need
from cmdb.model.paper import Paper, PaperDraft
from cmdb.model.revision import Actor, Baseline, RecordIdentity, Revision, RevisionDraft, Run, RunDraft
from cmdb.model.vocabulary import (
    CRITICALITIES,
    CRITICALITY_WEIGHT,
    KINDS,
    MANUAL,
    OUT_OF_SERVICE,
    RELIABILITY_BASES,
    STATUSES,
    Kind,
)

__all__ = [
    "CRITICALITIES",
    "CRITICALITY_WEIGHT",
    "ID_LENGTH",
    "KINDS",
    "MANUAL",
    "OUT_OF_SERVICE",
    "RELIABILITY_BASES",
    "STATUSES",
    "Absent",
    "Actor",
    "Baseline",
    "BatchBuilder",
    "Change",
    "Delta",
    "EdgeClaim",
    "FileRead",
    "ImportBatch",
    "ItemClaim",
    "ItemRow",
    "Kind",
    "Need",
    "Paper",
    "PaperDraft",
    "PoolRow",
    "Problem",
    "RecordIdentity",
    "RelationshipRow",
    "Revision",
    "RevisionDraft",
    "Run",
    "RunDraft",
    "ShownItem",
    "content_digest",
    "decode_edges",
    "decode_item",
    "encode_claims",
    "item_id",
    "pool_key",
    "relationship_key",
    "show_item",
    "show_pool",
    "show_relationship",
    "split_pool_key",
    "split_relationship_key",
]
