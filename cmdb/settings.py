"""Settings: the only place that reads environment variables.

Takes what was given on the command line and the environment, gives one frozen Settings. Opens nothing.
"""

from __future__ import annotations

import getpass
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cmdb.errors import SettingsError
from cmdb.model.revision import Actor

__all__ = ["DEFAULT_STORE", "Settings"]

DEFAULT_STORE = "sqlite:///cmdb.db"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process finds its record and who acts. `read()` it; an empty variable counts as not set.

    `store`: URL (CMDB_STORE). `by`: the name given with `--by`, `user` that of CMDB_USER. `catalogue`: the site's
    own catalogue file (CMDB_CATALOGUE). `cache_dir`: where snapshots are cached (CMDB_CACHE_DIR, else XDG's).
    `neo4j_*`: NEO4J_USERNAME, NEO4J_PASSWORD and NEO4J_DATABASE; None leaves it to the server.
    """

    store: str = DEFAULT_STORE
    by: str | None = None
    user: str | None = None
    catalogue: Path | None = None
    cache_dir: Path = field(default_factory=lambda: _default_cache(os.environ))
    neo4j_username: str | None = None
    neo4j_password: str | None = field(default=None, repr=False)
    neo4j_database: str | None = None

    @classmethod
    def read(
        cls,
        *,
        store: str | None = None,
        by: str | None = None,
        catalogue: Path | None = None,
        cache_dir: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Settings:
        """Return the settings; what is given here comes before the environment.

        Raises SettingsError for a name of an actor that nobody could read.
        """
        variables = os.environ if environment is None else environment

        def variable(name: str) -> str | None:
            return variables.get(name) or None

        def path(name: str) -> Path | None:
            text = variable(name)
            return None if text is None else Path(text).expanduser()

        return cls(
            store=store or variable("CMDB_STORE") or DEFAULT_STORE,
            by=None if by is None else _readable(by, "--by"),
            user=None if (user := variable("CMDB_USER")) is None else _readable(user, "CMDB_USER"),
            catalogue=catalogue or path("CMDB_CATALOGUE"),
            cache_dir=cache_dir or path("CMDB_CACHE_DIR") or _default_cache(variables),
            neo4j_username=variable("NEO4J_USERNAME"),
            neo4j_password=variable("NEO4J_PASSWORD"),
            neo4j_database=variable("NEO4J_DATABASE"),
        )

    def actor(self) -> Actor:
        """Return who acts: `--by`, else CMDB_USER, else the operating-system account."""
        account = _account()
        if self.by is not None:
            return Actor(self.by, account, "--by")
        if self.user is not None:
            return Actor(self.user, account, "CMDB_USER")
        return Actor(account, account, "account")


def _readable(name: str, setting: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise SettingsError(
            f"{setting} must be a name of 1 to {_LONGEST_NAME} printable characters; say who makes the change"
        )
    return name


def _account() -> str:
    """Return the account that the process runs as, by the system's word and not by a variable's where it has one."""
    try:
        import pwd
    except ImportError:  # Windows, where the login name is a variable
        try:
            return getpass.getuser()
        except (ImportError, KeyError, OSError):
            return "unknown"
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # a container's user without an entry
        return f"uid {uid}"


def _default_cache(variables: Mapping[str, str]) -> Path:
    base = variables.get("XDG_CACHE_HOME") or ""
    # XDG: a relative path is to be ignored.
    if base and Path(base).is_absolute():
        return Path(base) / "cmdb"
    try:
        return Path.home() / ".cache" / "cmdb"
    except RuntimeError:  # a user without a home
        return Path(tempfile.gettempdir()) / f"cmdb-{_account().replace(' ', '-')}"
