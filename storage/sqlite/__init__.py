"""The embedded default store: one SQLite file (WAL, FTS5), several processes and threads, nothing to install."""

from storage.sqlite.mentions import SqliteMentionStore
from storage.sqlite.state import SqliteStateStore

__all__ = ["SqliteMentionStore", "SqliteStateStore"]
