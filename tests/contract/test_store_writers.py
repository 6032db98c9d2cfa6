"""One writer at a time: the second waits, or is told who writes. Never a lost update."""

from __future__ import annotations

import threading
import time
from types import ModuleType

import pytest

from cmdb.errors import StoreBusy
from cmdb.model import Change, Delta, decode_item
from cmdb.store import Store, open_store


def test_a_second_writer_is_told_who_holds_the_record(store: Store, store_url: str, estates: ModuleType) -> None:
    """When waiting took too long, the message names the writer and nothing was changed."""
    with open_store(store_url) as other, store.write(estates.KARI):
        begun = time.monotonic()
        with pytest.raises(StoreBusy, match="Kari Nordmann"), other.write(estates.OLA, wait_seconds=0.4):
            pass

    assert 0.3 < time.monotonic() - begun < 20


def test_a_writer_that_gave_up_can_try_again(store: Store, store_url: str, estates: ModuleType) -> None:
    """The right to write is free as soon as the first session ends."""
    with open_store(store_url) as other:
        with store.write(estates.KARI), pytest.raises(StoreBusy), other.write(estates.OLA, wait_seconds=0):
            pass

        assert estates.commit(other, estates.created(estates.item("a")), actor=estates.OLA).number == 1


def test_a_second_writer_waits_and_writes_upon_the_first(store: Store, store_url: str, estates: ModuleType) -> None:
    """The one who waited reads what the other wrote."""
    waiting = threading.Event()
    numbers: list[int] = []

    def second() -> None:
        with open_store(store_url) as other:
            waiting.set()
            with other.write(estates.OLA, wait_seconds=30) as session:
                numbers.append(session.revision.number)
                numbers.append(session.commit(estates.created(estates.item("b")), estates.draft()).number)

    thread = threading.Thread(target=second)
    with store.write(estates.KARI) as session:
        thread.start()
        waiting.wait()
        time.sleep(0.5)
        session.commit(estates.created(estates.item("a")), estates.draft())
    thread.join()

    assert numbers == [1, 2]
    assert estates.contents(store) == estates.holding(estates.item("a"), estates.item("b"))


def test_no_update_is_lost_between_many_writers(store: Store, store_url: str, estates: ModuleType) -> None:
    """Writers that each read, add one and write come to their sum."""
    counter = estates.item("counter", users=0)
    estates.commit(store, estates.created(counter))
    failed: list[BaseException] = []

    def count() -> None:
        try:
            with open_store(store_url) as mine:
                for _ in range(5):
                    with mine.write(estates.OLA) as session:
                        before = session.get("item", [counter.key])[counter.key]
                        users = decode_item(before)[0].values["users"] + 1
                        after = estates.item("counter", users=users).document
                        session.commit(Delta.of([Change("item", counter.key, before, after)]), estates.draft())
        except BaseException as error:
            failed.append(error)

    writers = [threading.Thread(target=count) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert failed == []
    assert store.head().number == 16
    assert estates.contents(store) == estates.holding(estates.item("counter", users=15))
