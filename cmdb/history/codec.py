"""Parts: how a revision's Delta is kept. Takes changes, gives compressed, self-checking parts, and back.

Both stores keep the same parts. On Neo4j they are the redo log as well. A part holds up to `PART_ROWS` changes of
one kind, sorted by key, and tells its first and last key, so that the history of one item opens few parts.
"""

from __future__ import annotations

import bisect
import zlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from cmdb.errors import StoreDamaged
from cmdb.model import Change, Delta, content_digest
from cmdb.model.vocabulary import KINDS, Kind

__all__ = ["PART_ROWS", "Part", "chain_digest", "decode_part", "encode_parts", "pack_ids", "unpack_ids"]

PART_ROWS = 5_000
_LEVEL = 1  # three times as fast as the default and a tenth larger, on documents


class Part(msgspec.Struct, frozen=True):
    """A compressed run of changes of one kind; `digest` is over what `data` holds and the describing fields.

    It is over the changes and not over their compressed form, for compressors of other versions pack otherwise.
    """

    seq: int
    kind: Kind
    first: str
    last: str
    count: int
    digest: str
    data: bytes


_encoder = msgspec.json.Encoder()
_Row = tuple[str, msgspec.Raw, msgspec.Raw]
_NULL = b"null"
_decoder = msgspec.json.Decoder(list[_Row])


def encode_parts(delta: Delta, seq: int = 0) -> Iterator[Part]:
    """Give the parts of a Delta in order; the changes must be sorted by kind and key, as `Delta.of` leaves them.

    `seq` is the number of the first part.
    """
    for start, end in _runs(delta.changes):
        _, keys, befores, afters = zip(*delta.changes[start:end], strict=True)
        rows = list(zip(keys, _raw(befores), _raw(afters), strict=True))
        text = _encoder.encode(rows)
        kind, first, last = delta.changes[start].kind, rows[0][0], rows[-1][0]
        digest = _digest(seq, kind, first, last, len(rows), text)
        yield Part(seq, kind, first, last, len(rows), digest, zlib.compress(text, _LEVEL))
        seq += 1


def _raw(documents: Sequence[bytes | None]) -> Iterator[msgspec.Raw | None]:
    if None not in documents:
        return map(msgspec.Raw, documents)  # type: ignore[arg-type]
    return (None if each is None else msgspec.Raw(each) for each in documents)


def _runs(changes: Sequence[Change]) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(changes):
        kind, end = changes[start].kind, min(start + PART_ROWS, len(changes))
        if changes[end - 1].kind != kind:  # sorted by kind: the first of the next one is found by halving
            place = KINDS.index(kind)
            end = bisect.bisect_right(changes, place, start, end, key=lambda change: KINDS.index(change.kind))
        yield start, end
        start = end


def decode_part(part: Part) -> Iterator[Change]:
    """Give the changes of a part; raises StoreDamaged when it is not what was written."""
    try:
        text = zlib.decompress(part.data)
    except zlib.error:
        text = b""
    if part.digest != _digest(part.seq, part.kind, part.first, part.last, part.count, text):
        raise StoreDamaged(
            f"part {part.seq} of a revision ({part.kind} {part.first} to {part.last}) is not what was written; "
            "restore the record from a backup"
        )
    for key, before, after in _decoder.decode(text):
        yield Change(part.kind, key, _document(before), _document(after))


def _document(raw: msgspec.Raw) -> bytes | None:
    document = bytes(raw)
    return None if document == _NULL else document


def chain_digest(before: str, parts: Iterable[str]) -> str:
    """Return a revision's digest from the digest of the revision before and the digests of its parts, in order."""
    return content_digest(before.encode(), *(digest.encode() for digest in parts))


def pack_ids(ids: Iterable[str]) -> bytes:
    """Compress a set of record ids."""
    return zlib.compress("".join(sorted(set(ids))).encode(), _LEVEL)


def unpack_ids(packed: bytes) -> list[str]:
    """Return the sorted ids of a packed set; the empty bytes are the empty set."""
    text = zlib.decompress(packed).decode() if packed else ""
    return [text[start : start + 16] for start in range(0, len(text), 16)]


def _digest(seq: int, kind: str, first: str, last: str, count: int, text: bytes) -> str:
    return content_digest(f"{seq} {kind} {count}".encode(), first.encode(), last.encode(), text)
