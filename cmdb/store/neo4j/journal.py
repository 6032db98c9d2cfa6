"""The history in the database: parts and revisions, written before they count and read by anybody.

A part lies in a `:RevisionPart` node. Those of a revision above the head belong to a writer that has not decided yet,
or never will; readers do not see them, and the next writer sweeps them away.
"""

from __future__ import annotations

import bisect
import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import neo4j

from cmdb.errors import StoreMoved
from cmdb.history.codec import Part, decode_part
from cmdb.model import Change, Kind
from cmdb.store.neo4j.connection import Connection
from cmdb.store.neo4j.record import UNTIL_INDEXED, RecordState, fence
from cmdb.store.neo4j.slicing import by_bytes, in_smaller_steps

__all__ = [
    "SMALL_ROWS",
    "PartHeader",
    "headers_of",
    "part_digests",
    "part_properties",
    "put_parts",
    "read_changes",
    "read_changes_of",
    "read_parts",
    "stage_parts",
    "sweep",
]

SMALL_ROWS: Final = 2_000
"""A revision of at most so many changes may come into the graph in the transaction that decides it."""

_ID_LENGTH = 16  # keys begin with a record id, by which a part can be found without comparing whole keys in Cypher
_HEADERS: Final = (
    "MATCH (p:RevisionPart) WHERE p.revision > $after AND p.revision <= $upto "
    "RETURN p.cmdb_id, p.revision, p.seq, p.kind, p.first, p.last, p.bytes, p.digest, p.count"
)
_TOLD: Final = (
    "MATCH (v:Revision) WHERE v.number > $after AND v.number <= $upto "
    "RETURN count(v) AS many, coalesce(sum(v.rows), 0) AS changes"
)
_HEADERS_OF: Final = (
    "MATCH (p:RevisionPart) WHERE p.revision > 0 AND p.revision <= $upto AND p.kind = $kind "
    "AND any(id IN $ids WHERE p.first_id <= id AND id <= p.last_id) "
    "RETURN p.cmdb_id, p.revision, p.seq, p.kind, p.first, p.last, p.bytes, p.digest"
)
_PARTS: Final = (
    "UNWIND $ids AS id MATCH (p:RevisionPart {cmdb_id: id}) "
    "RETURN p.revision, p.seq, p.kind, p.first, p.last, p.count, p.digest, p.data"
)
_RECENT: Final = (
    "CYPHER replan=skip UNWIND $numbers AS number "
    "OPTIONAL MATCH (v:Revision {cmdb_id: toString(number)}) USING INDEX v:Revision(cmdb_id) "
    "OPTIONAL MATCH (p:RevisionPart {revision: number}) USING INDEX p:RevisionPart(revision) "
    "RETURN number, v.rows AS told, p.cmdb_id, p.revision, p.seq, p.kind, p.first, p.last, p.bytes, p.digest, "
    "p.count, CASE WHEN p.bytes <= $most THEN p.data END"
)
_PUT: Final = "CYPHER replan=skip UNWIND $rows AS row MERGE (p:RevisionPart {cmdb_id: row.cmdb_id}) SET p = row"
_LEFT_BEHIND: Final = (
    ("MATCH (n:RevisionPart) WHERE n.revision > $head OR n.revision < 0", "WITH n LIMIT 50 DELETE n"),
    ("MATCH (n:DocumentPage) WHERE n.base > $base", "WITH n LIMIT 50 DELETE n"),
    ("MATCH (n:Revision) WHERE n.number > $head", "WITH n LIMIT 1000 DELETE n"),
    ("MATCH (n:ImportRun) WHERE n.number > $runs", "WITH n LIMIT 50 DELETE n"),
)
_ANY_LEFT: Final = "RETURN " + ", ".join(f"EXISTS {{ {found} }}" for found, _ in _LEFT_BEHIND)
_BYTES_AT_ONCE = 4_000_000
_FEW_KEYS = 50
_FEW_REVISIONS = 10  # so many are read in one round trip, as far as their parts
_FEW_BYTES = 32_000  # are as small as this


class PartHeader(NamedTuple):
    """A part without what it holds."""

    id: str
    revision: int
    seq: int
    kind: Kind
    first: str
    last: str
    bytes: int
    digest: str


def part_properties(part: Part, revision: int, generation: int) -> dict[str, Any]:
    """Return the properties of a part's node; `generation` tells parts apart that a purge wrote anew."""
    return {
        "cmdb_id": f"{abs(revision)}/{part.seq}/{generation}",
        "revision": revision,
        "generation": generation,
        "seq": part.seq,
        "kind": part.kind,
        "first": part.first,
        "last": part.last,
        "first_id": part.first[:_ID_LENGTH],
        "last_id": part.last[:_ID_LENGTH],
        "count": part.count,
        "digest": part.digest,
        "bytes": len(part.data),
        "data": part.data,
    }


def _part(row: neo4j.Record) -> Part:
    _, seq, kind, first, last, count, digest, data = row.values()
    return Part(seq, kind, first, last, count, digest, bytes(data))


def put_parts(tx: neo4j.Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Keep parts within a transaction."""
    if rows:
        tx.run(_PUT, rows=list(rows)).consume()


def stage_parts(connection: Connection, token: str, revision: int, parts: Iterable[Part], generation: int) -> None:
    """Keep the parts of a revision that is not decided yet, in small fenced transactions."""
    rows = (part_properties(part, revision, generation) for part in parts)
    for some in by_bytes(rows, lambda row: row["bytes"], _BYTES_AT_ONCE):

        def put(tx: neo4j.Transaction, rows: Sequence[dict[str, Any]]) -> None:
            fence(tx, token)
            put_parts(tx, rows)

        in_smaller_steps(connection, some, put)


def headers_of(connection: Connection, after: int, upto: int) -> list[PartHeader]:
    """Return the headers of the parts of the revisions after `after` up to `upto`, in order.

    Raises StoreMoved when they do not hold as many changes as the revisions tell of. A commit reaches the indexes one
    by one, so that parts may be found a moment later than their revision: half of a revision is never returned.
    """
    for wait in UNTIL_INDEXED:
        rows = connection.rows(_HEADERS, after=after, upto=upto)
        told = connection.rows(_TOLD, after=after, upto=upto)[0]
        if told["many"] == upto - after and told["changes"] == sum(row["p.count"] for row in rows):
            break
        time.sleep(wait)
    else:
        raise StoreMoved("the history was rewritten while it was read; do it again, and see: cmdb doctor")
    return sorted((PartHeader(*row.values()[:-1]) for row in rows), key=lambda header: (header.revision, header.seq))


def part_digests(tx: neo4j.Transaction, revision: int) -> list[str]:
    """Return the digests of the parts that are kept of a revision, in order."""
    rows = tx.run("MATCH (p:RevisionPart {revision: $number}) RETURN p.seq, p.digest", number=revision)
    return [digest for _, digest in sorted(tuple(row) for row in rows)]


def read_parts(connection: Connection, headers: Sequence[PartHeader]) -> Iterator[tuple[int, Part]]:
    """Give (revision, part) for each header, in order; raises StoreMoved when a purge took one away."""
    for some in by_bytes(headers, lambda header: header.bytes, _BYTES_AT_ONCE):
        for wait in UNTIL_INDEXED:
            rows = connection.rows(_PARTS, ids=[header.id for header in some])
            if len(rows) == len(some):
                break
            time.sleep(wait)
        else:
            raise StoreMoved("items were erased from the record while it was read; do it again")
        found = [(row[0], _part(row)) for row in rows]
        yield from sorted(found, key=lambda entry: (entry[0], entry[1].seq))


def read_changes(connection: Connection, after: int, upto: int) -> Iterator[tuple[int, Change]]:
    """Give (revision, change) of the revisions after `after` up to `upto`, oldest first."""
    if after >= upto:
        return
    if upto - after <= _FEW_REVISIONS:
        parts = _recent_parts(connection, after, upto)
    else:
        parts = read_parts(connection, headers_of(connection, after, upto))
    for revision, part in parts:
        for change in decode_part(part):
            yield revision, change


def _recent_parts(connection: Connection, after: int, upto: int) -> Iterator[tuple[int, Part]]:
    """Give (revision, part) of few revisions, in order: headers and small parts in one round trip, else as above."""
    numbers = list(range(after + 1, upto + 1))
    for wait in UNTIL_INDEXED:
        rows = connection.rows(_RECENT, numbers=numbers, most=_FEW_BYTES)
        told = {row["number"]: row["told"] for row in rows}
        held = dict.fromkeys(numbers, 0)
        for row in rows:
            held[row["number"]] += row["p.count"] or 0
        if told == held:
            break
        time.sleep(wait)
    else:
        raise StoreMoved("the history was rewritten while it was read; do it again, and see: cmdb doctor")
    headers: list[PartHeader] = []
    parts: dict[str, Part] = {}
    for row in rows:
        _, _, *header, count, data = row.values()
        if header[0] is None:
            continue  # a revision without changes
        headers.append(PartHeader(*header))
        if data is not None:
            _, _, seq, kind, first, last, _, digest = header
            parts[header[0]] = Part(seq, kind, first, last, count, digest, bytes(data))
    headers.sort(key=lambda header: (header.revision, header.seq))
    for small, some in itertools.groupby(headers, key=lambda header: header.id in parts):
        if small:
            yield from ((header.revision, parts[header.id]) for header in some)
        else:
            yield from read_parts(connection, list(some))


def read_changes_of(connection: Connection, upto: int, kind: Kind, keys: Iterable[str]) -> Iterator[tuple[int, Change]]:
    """Give every change of these entities up to a revision, oldest first; opens only parts that may have one."""
    wanted = sorted(set(keys))
    if not wanted:
        return
    if len(wanted) <= _FEW_KEYS:
        headers_of(connection, max(upto - 1, 0), upto)  # the last revision is found by index before we look for keys
        ids = [key[:_ID_LENGTH] for key in wanted]
        headers = [PartHeader(*row) for row in connection.rows(_HEADERS_OF, upto=upto, kind=kind, ids=ids)]
    else:
        headers = headers_of(connection, 0, upto)
    chosen = [header for header in headers if header.kind == kind and _may_hold(header, wanted)]
    chosen.sort(key=lambda header: (header.revision, header.seq))
    keep = frozenset(wanted)
    for revision, part in read_parts(connection, chosen):
        for change in decode_part(part):
            if change.key in keep:
                yield revision, change


def _may_hold(header: PartHeader, keys: Sequence[str]) -> bool:
    at = bisect.bisect_left(keys, header.first)
    return at < len(keys) and keys[at] <= header.last


def sweep(connection: Connection, token: str, state: RecordState) -> None:
    """Take away what writers left that never decided: parts, revisions, runs and pages that nobody sees."""
    said = {"head": state.head, "runs": state.runs, "base": state.base}

    def look() -> neo4j.Record:
        return connection.rows(_ANY_LEFT, **said)[0]

    left = look()
    for at, (found, take) in enumerate(_LEFT_BEHIND):

        def remove(tx: neo4j.Transaction, text: str = f"{found} {take}") -> None:
            fence(tx, token)
            tx.run(text, said).consume()

        while left[at]:
            connection.write(remove)
            left = look()
