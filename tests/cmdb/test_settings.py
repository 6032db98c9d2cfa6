"""Settings come from the command line, then from the environment, then from defaults."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

import pytest

from cmdb import settings as module
from cmdb.errors import SettingsError
from cmdb.model import Actor
from cmdb.settings import Settings


def test_without_anything_the_record_is_a_file_here() -> None:
    """The defaults need no configuration."""
    read = Settings.read(environment={})

    assert (read.store, read.by, read.user, read.catalogue) == ("sqlite:///cmdb.db", None, None, None)
    assert (read.neo4j_username, read.neo4j_password, read.neo4j_database) == (None, None, None)
    assert read.cache_dir == Path.home() / ".cache" / "cmdb"


def test_the_environment_is_read(tmp_path: Path) -> None:
    """Each variable has its field."""
    read = Settings.read(
        environment={
            "CMDB_STORE": "neo4j://db",
            "CMDB_USER": "Kari",
            "CMDB_CATALOGUE": "~/site.yaml",
            "CMDB_CACHE_DIR": str(tmp_path),
            "NEO4J_USERNAME": "neo4j",
            "NEO4J_PASSWORD": "hunter2",
            "NEO4J_DATABASE": "cmdb",
        }
    )

    assert read == Settings(
        store="neo4j://db",
        user="Kari",
        catalogue=Path.home() / "site.yaml",
        cache_dir=tmp_path,
        neo4j_username="neo4j",
        neo4j_password="hunter2",
        neo4j_database="cmdb",
    )


def test_what_is_given_comes_before_the_environment(tmp_path: Path) -> None:
    """An option wins over a variable."""
    read = Settings.read(
        store="sqlite:///a.db",
        by="Ola",
        catalogue=tmp_path / "a.yaml",
        cache_dir=tmp_path / "cache",
        environment={"CMDB_STORE": "neo4j://db", "CMDB_USER": "Kari", "CMDB_CATALOGUE": "b", "CMDB_CACHE_DIR": "c"},
    )

    assert (read.store, read.catalogue, read.cache_dir) == (
        "sqlite:///a.db",
        tmp_path / "a.yaml",
        tmp_path / "cache",
    )
    assert read.actor().name == "Ola"


def test_an_empty_variable_is_not_set() -> None:
    """`CMDB_USER= cmdb import` is as if it were not there."""
    names = ("CMDB_STORE", "CMDB_USER", "CMDB_CATALOGUE", "CMDB_CACHE_DIR", "NEO4J_PASSWORD", "XDG_CACHE_HOME")

    assert Settings.read(environment=dict.fromkeys(names, "")) == Settings.read(environment={})


@pytest.mark.parametrize(("base", "expected"), [("/var/cache/kari", Path("/var/cache/kari/cmdb")), ("relative", None)])
def test_the_cache_is_where_xdg_says(base: str, expected: Path | None) -> None:
    """A relative XDG path is ignored, as the specification of XDG has it."""
    expected = expected or Path.home() / ".cache" / "cmdb"

    assert Settings.read(environment={"XDG_CACHE_HOME": base}).cache_dir == expected


def test_who_acts_is_told_with_how_it_is_known() -> None:
    """`--by` comes before CMDB_USER, that before the account, which is kept beside in any case."""
    account = Settings.read(environment={}).actor()
    assert account == Actor(account.account, account.account, "account")

    by_variable = Settings.read(environment={"CMDB_USER": " Kari Nordmann "}).actor()
    assert by_variable == Actor("Kari Nordmann", account.account, "CMDB_USER")

    by_option = Settings.read(by="Åse", environment={"CMDB_USER": "Kari"}).actor()
    assert by_option == Actor("Åse", account.account, "--by")


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "two\nlines", "bell\x07", "\u202eilaK"])
def test_a_name_that_nobody_could_read_is_refused(name: str) -> None:
    """History is read by people: an unreadable name of an actor names its setting."""
    with pytest.raises(SettingsError, match="--by"):
        Settings.read(by=name, environment={})
    if name:
        with pytest.raises(SettingsError, match="CMDB_USER"):
            Settings.read(environment={"CMDB_USER": name})


@pytest.mark.skipif(os.name == "nt", reason="there the account is a variable")
def test_the_account_is_the_systems_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """A login variable does not make somebody another account; a uid without a name is told as it is."""
    import pwd

    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.setenv("USER", "somebody-else")
    assert Settings.read(environment={}).actor().account != "somebody-else"

    def nobody(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert Settings.read(environment={}).actor().account == f"uid {os.getuid()}"


def test_where_the_system_has_no_accounts_the_login_name_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows there is only the login name; without one the account is unknown, which is no error."""
    import builtins

    importing = builtins.__import__

    def without_pwd(name: str, *more: object) -> object:
        if name == "pwd":
            raise ImportError(name)
        return importing(name, *more)  # type: ignore[arg-type]

    def nobody() -> str:
        raise OSError

    monkeypatch.setattr(builtins, "__import__", without_pwd)
    monkeypatch.setattr(getpass, "getuser", lambda: "kari")
    assert module._account() == "kari"

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert module._account() == "unknown"


def test_a_user_without_a_home_has_a_cache_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache can be anywhere; without a home it is among the temporary files."""

    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", homeless)

    assert Settings.read(environment={}).cache_dir.name.startswith("cmdb-")


def test_settings_are_frozen_and_do_not_show_the_password() -> None:
    """Settings can be printed in a message."""
    read = Settings.read(environment={"NEO4J_PASSWORD": "hunter2"})

    assert "hunter2" not in repr(read)
    with pytest.raises(AttributeError):
        read.store = "other"  # type: ignore[misc]
