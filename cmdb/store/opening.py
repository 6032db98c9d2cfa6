"""Which keeper a URL means. Takes a URL and settings, gives an open Store; each keeper is imported when it is due."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from cmdb.errors import EditRefused, StoreMissing, UsageError
from cmdb.settings import Settings
from cmdb.store.protocol import Store

__all__ = ["create_store", "is_server", "load_keeper", "open_store", "plain_text_warning"]

_SERVERS = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_FORMS = (
    "write sqlite:///cmdb.db for a file here, sqlite:////srv/cmdb.db for one elsewhere, "
    "or bolt://, bolt+s://, neo4j:// or neo4j+s:// and a host for Neo4j"
)
_HERE = ("localhost", "127.0.0.1", "::1")


def open_store(url: str | None = None, settings: Settings | None = None, *, create: bool = False) -> Store:
    """Open the record at a URL (default: that of the settings).

    Without `create` a missing record is StoreMissing, and nothing is made. Raises UsageError for a URL that means
    no store or tells a user or a password, and the keeper's StoreErrors.
    """
    settings = settings or Settings.read()
    url = settings.store if url is None else url
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise UsageError(f"{url!r} is not the URL of a store: {_FORMS}")
    scheme = scheme.lower()
    if scheme == "sqlite":
        return _open_sqlite(rest, create=create)
    if scheme in _SERVERS:
        return _open_neo4j(url, settings, create=create)
    raise UsageError(f"there is no store of the kind {scheme!r}: {_FORMS}")


def create_store(url: str | None = None, settings: Settings | None = None) -> Store:
    """Begin a record at a URL where there is none; raises EditRefused where there is one."""
    settings = settings or Settings.read()
    try:
        found = open_store(url, settings)
    except StoreMissing:
        return open_store(url, settings, create=True)
    address = found.address
    found.close()
    raise EditRefused(f"there is a record at {address} already; use it, or name another place with --store")


def is_server(url: str) -> bool:
    """Return whether a URL means a store on a server: it may take seconds to answer, and any thread may use it."""
    scheme, separator, _ = url.partition("://")
    return bool(separator) and scheme.lower() in _SERVERS


def load_keeper(url: str) -> None:
    """Import what a store at this URL takes, which is otherwise done when it is opened.

    For one that another thread will open: hundreds of files are read, and at each the other waits for its turn.
    """
    if is_server(url):
        import cmdb.store.neo4j  # noqa: F401


def plain_text_warning(url: str) -> str | None:
    """Return a warning when the URL sends the password and the record to another host unencrypted, else None."""
    scheme = url.partition("://")[0].lower()
    host = urlsplit(url).hostname if scheme in ("bolt", "neo4j") else None
    if host is None or host in _HERE:
        return None
    return f"the connection to {host} is not encrypted, and the password goes over it; use {scheme}+s:// instead"


def _open_sqlite(rest: str, *, create: bool) -> Store:
    if not rest.startswith("/"):
        raise UsageError(f"a file has three slashes before its path, four when the path begins with one: {_FORMS}")
    name = rest[1:]
    if not name:
        raise UsageError(f"the URL of the store names no file: {_FORMS}")
    if name == ":memory:" or "\0" in name:
        raise UsageError(
            "a record in memory would be gone with the command, and two processes could not share it: "
            "name a file, like sqlite:///cmdb.db"
        )
    from cmdb.store.sqlite import open_sqlite

    return open_sqlite(Path(name).expanduser() if name.startswith("~/") else Path(name), create=create)


def _open_neo4j(url: str, settings: Settings, *, create: bool) -> Store:
    if "@" in url:
        # The URL is not repeated: it may hold a password, and messages end up in logs.
        raise UsageError(
            "the URL of the store may not tell a user or a password, for URLs are shown and logged; "
            "set NEO4J_USERNAME and NEO4J_PASSWORD instead"
        )
    try:
        hostname, _ = urlsplit(url).hostname, urlsplit(url).port
    except ValueError:
        hostname = None
    if not hostname:
        raise UsageError(f"{url!r} names no host, or no port that could be: write neo4j://host:7687")
    from cmdb.store.neo4j import open_neo4j

    return open_neo4j(url, settings.neo4j_username, settings.neo4j_password, settings.neo4j_database, create=create)
