"""The record in one SQLite file: the embedded default. Nothing outside this folder knows SQLite."""

from cmdb.store.sqlite.store import SqliteStore, open_sqlite

__all__ = ["SqliteStore", "open_sqlite"]
