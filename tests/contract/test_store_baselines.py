"""Baselines and settings: small facts beside the record."""

from __future__ import annotations

from types import ModuleType

import pytest

from cmdb.errors import EditRefused, RevisionNotFound
from cmdb.model import Baseline
from cmdb.store import Store, open_store


def test_baselines_are_kept_oldest_first(store: Store, estates: ModuleType) -> None:
    """A baseline comes back as it was given."""
    estates.commit(store, estates.created(estates.item("a")))
    late = Baseline("before the move", 1, "2100-01-02T00:00:00.000000+00:00", estates.KARI, "Åses råd")
    early = Baseline("z", 0, "2100-01-01T00:00:00.000000+00:00", estates.OLA)

    store.put_baseline(late)
    store.put_baseline(early)

    assert store.baselines() == [early, late]


def test_a_name_is_given_once(store: Store, estates: ModuleType) -> None:
    """A baseline does not move; the first stands."""
    first = Baseline("q3", 0, "2100-01-01T00:00:00.000000+00:00", estates.KARI)
    store.put_baseline(first)

    with pytest.raises(EditRefused, match="q3"):
        store.put_baseline(Baseline("q3", 0, "2100-01-02T00:00:00.000000+00:00", estates.OLA))

    assert store.baselines() == [first]


def test_a_baseline_names_a_revision_that_is_there(store: Store, estates: ModuleType) -> None:
    """A name for nothing is refused."""
    with pytest.raises(RevisionNotFound, match="7"):
        store.put_baseline(Baseline("q3", 7, "2100-01-01T00:00:00.000000+00:00", estates.KARI))

    assert store.baselines() == []


def test_a_baseline_can_be_dropped_and_named_again(store: Store, estates: ModuleType) -> None:
    """Dropping tells whether there was one."""
    baseline = Baseline("q3", 0, "2100-01-01T00:00:00.000000+00:00", estates.KARI)
    store.put_baseline(baseline)

    assert store.drop_baseline("q3") is True
    assert store.drop_baseline("q3") is False

    store.put_baseline(baseline)
    assert store.baselines() == [baseline]


def test_settings_are_kept_and_changed(store: Store, store_url: str) -> None:
    """A small fact stands until another is put in its place, also for who opens the record later."""
    assert dict(store.settings()) == {}

    store.put_setting("precedence", "netbox")
    store.put_setting("å", "x" * 10_000)
    store.put_setting("precedence", "netbox, acme")

    with open_store(store_url) as again:
        assert dict(again.settings()) == {"precedence": "netbox, acme", "å": "x" * 10_000}
