"""Opening a record: reading never makes one, and what was written is there again."""

from __future__ import annotations

from types import ModuleType

import pytest

from cmdb.errors import EditRefused, StoreMissing
from cmdb.store import Store, create_store, open_store


def test_a_record_that_is_not_there_is_an_error_that_says_how_to_begin(store_url: str) -> None:
    """Reading from the wrong place is not an empty answer, and makes no record there."""
    for _ in range(2):
        with pytest.raises(StoreMissing, match="cmdb init"):
            open_store(store_url)


def test_what_was_written_is_there_when_the_record_is_opened_again(store_url: str, estates: ModuleType) -> None:
    """A record outlives its process."""
    shop = estates.shop()
    with open_store(store_url, create=True) as store:
        identity = store.identity()
        revision = estates.commit(store, estates.created(*shop), run=estates.run())

    with open_store(store_url) as store:
        assert (store.identity(), store.head()) == (identity, revision)
        assert estates.contents(store) == estates.holding(*shop)
        assert len(list(store.runs())) == 1


def test_opening_to_create_keeps_what_is_there(store_url: str, estates: ModuleType) -> None:
    """The first import and the tenth open the record in one way."""
    with open_store(store_url, create=True) as store:
        identity = store.identity()
        estates.commit(store, estates.created(estates.item("a")))

    with open_store(store_url, create=True) as store:
        assert store.identity() == identity
        assert store.head().number == 1


def test_a_record_is_created_once(store_url: str) -> None:
    """`cmdb init` does not begin anew where there is a record."""
    create_store(store_url).close()

    with pytest.raises(EditRefused, match="already"):
        create_store(store_url)


def test_a_new_record_is_sound(store: Store) -> None:
    """A store finds nothing wrong with itself, and each finding is told once, in words."""
    findings = store.health()

    assert [finding for finding in findings if not finding.ok] == []
    assert len({finding.check for finding in findings}) == len(findings) > 2
    assert all(finding.detail for finding in findings)


def test_a_store_tells_its_kind_and_an_address_without_secrets(store: Store, store_url: str) -> None:
    """The address can be shown and logged, and opens the record."""
    assert store.kind == ("sqlite" if store_url.startswith("sqlite") else "neo4j")
    assert "@" not in store.address

    with open_store(store.address) as again:
        assert again.identity() == store.identity()
