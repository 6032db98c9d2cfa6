"""The documents of the record at one revision, packed: what readers read instead of item after item.

A `:DocumentPage` holds up to PAGE_ROWS documents of one kind, sorted by key, and beside them the columns they show.
Pages are written once and never changed. Those of the record's `base` are its documents at that revision; the
revisions after it are overlaid from the history. The pages of the base before stay for views that are still open.
"""

from __future__ import annotations

import functools
import itertools
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import msgspec
import neo4j

from cmdb.model import KINDS, Kind, split_pool_key, split_relationship_key
from cmdb.store.neo4j.connection import Connection
from cmdb.store.neo4j.record import RECORD, fence
from cmdb.store.neo4j.slicing import by_bytes, in_smaller_steps
from cmdb.store.shown import shown_item_row, shown_pool_row, shown_relationship_row

__all__ = [
    "PageHeader",
    "PagesGone",
    "drop_pages",
    "page_columns",
    "page_documents",
    "page_headers",
    "shown_row",
    "write_pages",
]

_PAGE_ROWS = 5_000
_PAGE_BYTES = 4_000_000  # of documents, before they are packed
_BYTES_AT_ONCE = 4_000_000
_BYTES_AHEAD = 1_000_000  # packed; so much is fetched while as much is unpacked
_LEVEL = 1
_HEADERS: Final = (
    "MATCH (p:DocumentPage {base: $base}) "
    "RETURN p.cmdb_id, p.kind, p.seq, p.first, p.last, p.count, p.document_bytes, p.column_bytes"
)
_PUT: Final = "CYPHER replan=skip UNWIND $rows AS row MERGE (p:DocumentPage {cmdb_id: row.cmdb_id}) SET p = row"
_TURN: Final = f"MATCH {RECORD} SET r.base = $base, r.pages = $pages, r.packed = $packed, r.overlaid = 0"
_SUPERSEDED: Final = "MATCH (p:DocumentPage) WHERE NOT p.base IN $kept WITH p LIMIT 50 DELETE p RETURN count(*)"


class PagesGone(Exception):
    """The pages of a base are there no more; those of a newer one are. Never leaves this folder."""


class PageHeader(NamedTuple):
    """A page without what it holds."""

    id: str
    kind: Kind
    seq: int
    first: str
    last: str
    rows: int
    document_bytes: int
    column_bytes: int


_encoder = msgspec.json.Encoder()
_pairs = msgspec.json.Decoder(list[tuple[str, msgspec.Raw]])
_Texts = list[str]
_Raws = list[msgspec.Raw]
_columns: dict[Kind, msgspec.json.Decoder[Any]] = {
    "item": msgspec.json.Decoder(tuple[_Texts, _Texts, _Texts, _Texts, _Raws]),
    "relationship": msgspec.json.Decoder(tuple[_Texts, _Texts, _Texts, _Texts, _Raws]),
    "pool": msgspec.json.Decoder(tuple[_Texts, _Texts, _Raws]),
}

# Most relationships of an estate say one of few things, so what they show is worked out once.
_shown_relationship = functools.lru_cache(10_000)(shown_relationship_row)
_shown_pool = functools.lru_cache(10_000)(shown_pool_row)


def shown_row(kind: Kind, key: str, document: bytes) -> tuple[Any, ...] | None:
    """Return the row of an entity in RecordColumns, None for what is denied and so not shown."""
    if kind == "item":
        return key, *shown_item_row(document)
    denied, shown = (_shown_relationship if kind == "relationship" else _shown_pool)(document)
    if denied:
        return None
    return (*(split_relationship_key(key) if kind == "relationship" else split_pool_key(key)), shown)


def page_headers(connection: Connection, base: int, pages: int) -> dict[Kind, list[PageHeader]]:
    """Return the pages of a base by kind, in order; raises PagesGone when they are not all there."""
    found = [PageHeader(*row) for row in connection.rows(_HEADERS, base=base)] if base else []
    if len(found) != (pages if base else 0):
        raise PagesGone
    headers: dict[Kind, list[PageHeader]] = {kind: [] for kind in KINDS}
    for header in sorted(found, key=lambda header: header.seq):
        headers[header.kind].append(header)
    return headers


def page_documents(
    connection: Connection, headers: Sequence[PageHeader]
) -> Iterator[tuple[PageHeader, list[tuple[str, msgspec.Raw]]]]:
    """Give the (key, document) pairs of pages, page by page; raises PagesGone."""
    for header, packed in _packed(connection, headers, "documents"):
        yield header, _pairs.decode(zlib.decompress(packed))


def page_columns(connection: Connection, headers: Sequence[PageHeader]) -> Iterator[tuple[PageHeader, list[list[Any]]]]:
    """Give the columns that pages show, page by page; raises PagesGone."""
    for header, packed in _packed(connection, headers, "columns"):
        *texts, raws = _columns[header.kind].decode(zlib.decompress(packed))
        shown: list[bytes | None] = [bytes(raw) for raw in raws]
        if header.kind == "relationship":
            shown = [None if each == b"null" else each for each in shown]
        yield header, [*texts, shown]


def _packed(connection: Connection, headers: Sequence[PageHeader], what: str) -> Iterator[tuple[PageHeader, bytes]]:
    """Give the pages with what they hold; the next ones are on their way while these are used."""
    by_documents = what == "documents"
    text = (
        "CYPHER replan=skip UNWIND $ids AS id MATCH (p:DocumentPage {cmdb_id: id}) "
        f"USING INDEX p:DocumentPage(cmdb_id) RETURN id, p.{what}"
    )

    def fetch(some: Sequence[PageHeader]) -> dict[str, Any]:
        return dict(row.values() for row in connection.rows(text, ids=[header.id for header in some]))

    def size(header: PageHeader) -> int:
        return header.document_bytes if by_documents else header.column_bytes

    slices = list(by_bytes(headers, size, _BYTES_AHEAD))
    with ThreadPoolExecutor(1) as ahead:
        following = [ahead.submit(fetch, some) for some in slices[:1]]
        for some, after in itertools.zip_longest(slices, slices[1:]):
            found = following.pop().result()
            if after is not None:
                following.append(ahead.submit(fetch, after))
            for header in some:
                if header.id not in found:
                    raise PagesGone
                yield header, bytes(found.pop(header.id))


def write_pages(
    connection: Connection,
    token: str,
    base: int,
    before: int,
    documents: Iterable[tuple[Kind, Iterable[tuple[str, bytes]]]],
) -> None:
    """Pack all documents at revision `base`, which is the head, and make it the record's base.

    `before` is the base that was: its pages stay, older ones go. Fenced; a crash leaves the old base as it was.
    """
    count = packed = 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal count, packed
        for kind, pairs in documents:
            for page in by_bytes(pairs, lambda pair: len(pair[1]) + len(pair[0]), _PAGE_BYTES, _PAGE_ROWS):
                yield _page_properties(base, kind, count, page)
                count += 1
                packed += len(page)

    for some in by_bytes(rows(), lambda row: int(row["document_bytes"] + row["column_bytes"]), _BYTES_AT_ONCE):

        def put(tx: neo4j.Transaction, rows: Sequence[dict[str, Any]]) -> None:
            fence(tx, token)
            tx.run(_PUT, rows=list(rows)).consume()

        in_smaller_steps(connection, some, put)

    def turn(tx: neo4j.Transaction) -> None:
        fence(tx, token)
        tx.run(_TURN, base=base, pages=count, packed=packed).consume()

    connection.write(turn)
    drop_pages(connection, token, [base, before])


def drop_pages(connection: Connection, token: str, kept: Sequence[int]) -> None:
    """Take away the pages of every base but these."""

    def drop(tx: neo4j.Transaction) -> int:
        fence(tx, token)
        return int(tx.run(_SUPERSEDED, kept=list(kept)).single(strict=True)[0])

    while connection.write(drop):
        pass


def _page_properties(base: int, kind: Kind, seq: int, pairs: Sequence[tuple[str, bytes]]) -> dict[str, Any]:
    documents = zlib.compress(_encoder.encode([(key, msgspec.Raw(document)) for key, document in pairs]), _LEVEL)
    shown = [row for key, document in pairs if (row := shown_row(kind, key, document)) is not None]
    width = 3 if kind == "pool" else 5
    columns: list[list[Any]] = [list(column) for column in zip(*shown, strict=True)] or [[] for _ in range(width)]
    columns[-1] = [msgspec.Raw(b"null" if each is None else each) for each in columns[-1]]
    packed = zlib.compress(_encoder.encode(columns), _LEVEL)
    return {
        "cmdb_id": f"{base}/{seq}",
        "base": base,
        "kind": kind,
        "seq": seq,
        "first": pairs[0][0],
        "last": pairs[-1][0],
        "count": len(pairs),
        "document_bytes": len(documents),
        "column_bytes": len(packed),
        "documents": documents,
        "columns": packed,
    }
