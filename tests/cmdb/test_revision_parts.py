"""How a revision's changes are packed, digested and, on a purge, packed anew without some items."""

from __future__ import annotations

import msgspec
import pytest

from cmdb.errors import StoreDamaged
from cmdb.history import PART_ROWS, decode_part, encode_parts, pack_ids, unpack_ids
from cmdb.model import Change, Delta, item_id, pool_key, relationship_key
from cmdb.store.erasing import parts_without, tells_of


def _ids(count: int) -> list[str]:
    return sorted(item_id("acme", str(number)) for number in range(count))


def test_parts_give_back_their_changes() -> None:
    """Documents before and after come back byte for byte, absent ones as None."""
    a, b = _ids(2)
    delta = Delta.of(
        [
            Change("item", a, None, '[["æ"]]'.encode()),
            Change("item", b, b"[1]", None),
            Change("relationship", relationship_key(a, "runs_on", b), b"[1]", b"[2]"),
        ]
    )

    parts = list(encode_parts(delta))

    assert [(part.seq, part.kind, part.count) for part in parts] == [(0, "item", 2), (1, "relationship", 1)]
    assert [change for part in parts for change in decode_part(part)] == delta.changes


@pytest.mark.parametrize("field", ["seq", "first", "last", "count", "data", "digest"])
def test_a_part_knows_when_it_is_not_what_was_written(field: str) -> None:
    """Whatever is changed in a part, it is noticed."""
    (part,) = encode_parts(Delta([Change("item", _ids(1)[0], None, b"[]")]))
    given = getattr(part, field)
    wrong = given + 1 if isinstance(given, int) else given[:-1]

    with pytest.raises(StoreDamaged, match="backup"):
        list(decode_part(msgspec.structs.replace(part, **{field: wrong})))


def test_an_id_set_is_packed_and_unpacked() -> None:
    """A set of record ids comes back sorted, each once; no ids are no bytes' worth."""
    ids = _ids(5)

    assert unpack_ids(pack_ids([*reversed(ids), ids[0]])) == ids
    assert unpack_ids(pack_ids([])) == unpack_ids(b"") == []


def test_what_tells_of_an_item_is_itself_its_links_and_its_pools() -> None:
    """A relationship tells of both its ends; a name that looks like an id does not."""
    a, b, c = _ids(3)
    doomed = frozenset([b])

    assert tells_of("item", b, doomed)
    assert not tells_of("item", a, doomed)
    assert tells_of("relationship", relationship_key(a, "runs_on", b), doomed)
    assert tells_of("relationship", relationship_key(b, "runs_on", a), doomed)
    assert not tells_of("relationship", relationship_key(a, "runs_on", c, b), doomed)
    assert tells_of("pool", pool_key(b, "p"), doomed)
    assert not tells_of("pool", pool_key(a, b), doomed)


def test_parts_without_an_item_are_the_parts_of_what_is_left() -> None:
    """Packed anew as if the item had never been, so that digests stay a function of the changes."""
    ids = _ids(PART_ROWS * 2 + 3)
    delta = Delta.of(
        [Change("item", id_, None, b"[]") for id_ in ids]
        + [Change("pool", pool_key(id_, "p"), None, b"[]") for id_ in ids[:10]]
    )
    doomed = frozenset([ids[5], ids[PART_ROWS]])
    left = Delta([change for change in delta.changes if not tells_of(change.kind, change.key, doomed)])

    parts, gone = parts_without(lambda: list(encode_parts(delta)), doomed)

    assert gone == 3
    assert parts == list(encode_parts(left))


def test_parts_that_do_not_tell_of_an_item_are_left_as_they_are() -> None:
    """Nothing is packed anew for nothing."""
    delta = Delta([Change("item", _ids(1)[0], None, b"[]")])

    assert parts_without(lambda: encode_parts(delta), frozenset(["nobody"])) == ([], 0)
