"""Papers: what is kept beside the estate, version by version."""

from __future__ import annotations

import threading
from types import ModuleType

import msgspec
import pytest

from cmdb.errors import EditConflict
from cmdb.model import Paper
from cmdb.store import Store, open_store


def test_versions_come_back_in_the_order_of_writing(store: Store, store_url: str, estates: ModuleType) -> None:
    """Every version is kept as it was written, also for who opens the record later."""
    estates.commit(store, estates.created(estates.item("a")))
    first = store.put_paper(estates.paper("review", "r1", {"says": "same"}, note="først"), upon=0)
    other = store.put_paper(estates.paper("review", "å 2", {}, 1), upon=0)
    second = store.put_paper(estates.paper("review", "r1", {"says": "different"}, 2, actor=estates.OLA), upon=1)

    assert [first, other, second] == [
        Paper("review", "r1", 1, "2100-01-01T00:00:00.000000+00:00", estates.KARI, 1, b'{"says":"same"}', "først"),
        Paper("review", "å 2", 1, "2100-01-01T00:01:00.000000+00:00", estates.KARI, 1, b"{}"),
        Paper("review", "r1", 2, "2100-01-01T00:02:00.000000+00:00", estates.OLA, 1, b'{"says":"different"}'),
    ]
    with open_store(store_url) as again:
        assert list(again.papers()) == [first, other, second]
        assert list(again.papers("review", "r1")) == [first, second]
        assert list(again.papers("change")) == []


def test_the_newest_of_each_come_in_the_order_in_which_they_were_begun(store: Store, estates: ModuleType) -> None:
    assert list(store.papers(newest=True)) == []
    for kind, key, version in (("change", "b", 0), ("change", "a", 0), ("review", "b", 0), ("change", "b", 1)):
        store.put_paper(estates.paper(kind, key, {"n": version}), upon=version)

    def named(*words: str) -> list[tuple[str, str, int]]:
        return [(each.kind, each.key, each.version) for each in store.papers(*words, newest=True)]

    assert named() == [("change", "b", 2), ("change", "a", 1), ("review", "b", 1)]
    assert named("change") == [("change", "b", 2), ("change", "a", 1)]
    assert named("change", "b") == [("change", "b", 2)]
    assert named("change", "c") == named("nothing") == []
    assert [each.version for each in store.papers("change")] == [1, 1, 2]


def test_papers_are_found_the_moment_they_are_written(store: Store, store_url: str, estates: ModuleType) -> None:
    with open_store(store_url) as again:
        for version in range(60):
            store.put_paper(estates.paper("change", "c", {"n": version}), upon=version)
            (newest,) = again.papers("change", newest=True)
            assert newest.version == len(list(again.papers("change", "c"))) == version + 1


def test_a_paper_without_a_key_is_numbered_within_its_kind(store: Store, estates: ModuleType) -> None:
    """Numbers count from 1, and versions take none."""
    keys = []
    for kind, prefix in (("change", "CHG-"), ("change", "CHG-"), ("outage", "OUT-")):
        keys.append(store.put_paper(estates.paper(kind, "", {}, prefix=prefix), upon=0).key)
    store.put_paper(estates.paper("change", "CHG-000001", {"n": 2}), upon=1)
    keys.append(store.put_paper(estates.paper("change", "", {}, prefix="CHG-"), upon=0).key)

    assert keys == ["CHG-000001", "CHG-000002", "OUT-000001", "CHG-000003"]


@pytest.mark.parametrize(("standing", "upon"), [(0, 1), (1, 0), (2, 1)])
def test_an_edit_upon_another_version_is_a_conflict(
    standing: int, upon: int, store: Store, estates: ModuleType
) -> None:
    """The second of two writers is told what stands; nothing of the edit is kept."""
    for version in range(standing):
        store.put_paper(estates.paper("change", "CHG-7", {"n": version}), upon=version)

    with pytest.raises(EditConflict, match="CHG-7") as caught:
        store.put_paper(estates.paper("change", "CHG-7", {"n": "late"}, actor=estates.OLA), upon=upon)

    assert caught.value.version == standing
    assert len(list(store.papers())) == standing


def test_times_of_one_paper_go_forward(store: Store, estates: ModuleType) -> None:
    """A clock that was set back does not turn a history round."""
    store.put_paper(estates.paper("change", "c", {}, 5), upon=0)

    late = store.put_paper(estates.paper("change", "c", {"n": 2}, 1), upon=1)

    assert late.at == "2100-01-01T00:05:00.000001+00:00"


def test_papers_make_no_revision(store: Store, estates: ModuleType) -> None:
    """A revision counts only what became of the estate."""
    store.put_paper(estates.paper("change", "c", {}), upon=0)

    assert store.head().number == 0


def test_of_writers_at_once_each_makes_a_version_or_is_told(store: Store, store_url: str, estates: ModuleType) -> None:
    """No version is lost, and none is written twice."""
    done: list[int] = []
    refused: list[int] = []

    def write(number: int) -> None:
        with open_store(store_url) as mine:
            for _ in range(5):
                seen = max((each.version for each in mine.papers("change", "c")), default=0)
                draft = estates.paper("change", "c", {"by": number, "n": seen})
                try:
                    done.append(mine.put_paper(draft, upon=seen).version)
                except EditConflict:
                    refused.append(seen)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert len(done) + len(refused) == 20
    assert sorted(done) == [each.version for each in store.papers("change", "c")] == list(range(1, len(done) + 1))


def test_papers_are_rewritten_for_erasing_alone(store: Store, estates: ModuleType) -> None:
    """Document and note of any version may be put anew; who, when and in which order stays."""
    for version in range(2):
        store.put_paper(estates.paper("change", "c", {"title": f"Anna {version}"}, note="om Anna"), upon=version)
    store.put_paper(estates.paper("review", "r", {"n": 1}), upon=0)
    before = list(store.papers())

    def without(paper: Paper) -> Paper | None:
        if b"Anna" not in paper.document:
            return None
        return msgspec.structs.replace(paper, document=paper.document.replace(b"Anna", b"?"), note="")

    assert store.rewrite_papers(without) == 2
    after = list(store.papers())
    assert [each.document for each in after] == [b'{"title":"? 0"}', b'{"title":"? 1"}', b'{"n":1}']
    assert [msgspec.structs.replace(each, document=b"", note="") for each in after] == [
        msgspec.structs.replace(each, document=b"", note="") for each in before
    ]
    assert store.rewrite_papers(without) == 0
