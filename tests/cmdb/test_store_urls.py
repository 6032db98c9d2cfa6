"""Which store a URL means, and which URLs are refused before anything is opened."""

from __future__ import annotations

import pytest

from cmdb.errors import StoreMissing, UsageError
from cmdb.settings import Settings
from cmdb.store import open_store
from cmdb.store.opening import plain_text_warning


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("cmdb.db", "sqlite:///cmdb.db"),
        ("", "not the URL"),
        ("sqlite:cmdb.db", "not the URL"),
        ("sqlite://cmdb.db", "three slashes"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "memory"),
        ("postgresql://db/cmdb", "bolt"),
        ("http://localhost:7474", "bolt"),
        ("bolt://", "no host"),
        ("neo4j://host:port", "no port"),
    ],
)
def test_a_url_that_means_no_store_is_refused_with_what_to_write(url: str, hint: str) -> None:
    """The message shows the forms that are understood."""
    with pytest.raises(UsageError, match=hint):
        open_store(url, Settings(), create=True)


@pytest.mark.parametrize("url", ["bolt://neo4j:hunter2@db:7687", "neo4j+s://:hunter2@db", "bolt://kari@db"])
def test_a_url_with_a_secret_is_refused_without_repeating_it(url: str) -> None:
    """URLs are shown and logged, so a password in one is turned away, and not told on."""
    with pytest.raises(UsageError, match="NEO4J_PASSWORD") as caught:
        open_store(url, Settings())

    assert "hunter2" not in str(caught.value)


def test_the_settings_name_the_store_when_nothing_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """CMDB_STORE is read where no URL and no settings are given."""
    monkeypatch.setenv("CMDB_STORE", "sqlite:////nowhere/at/all.db")

    with pytest.raises(StoreMissing, match=r"/nowhere/at/all\.db"):
        open_store()


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("bolt://db.example.org:7687", True),
        ("neo4j://10.0.0.7", True),
        ("bolt://localhost:7687", False),
        ("bolt://127.0.0.1", False),
        ("neo4j://[::1]:7687", False),
        ("neo4j+s://db.example.org", False),
        ("bolt+ssc://db.example.org", False),
        ("sqlite:///cmdb.db", False),
    ],
)
def test_a_password_over_an_open_line_is_warned_about(url: str, warned: bool) -> None:
    """Plain text to another host is told, with what to use instead; this machine is no other host."""
    assert (plain_text_warning(url) is not None) is warned
