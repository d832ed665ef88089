"""Where the log is kept."""

from evoengine.stores.memory import MemoryStore
from evoengine.stores.sqlite import SQLiteStore

__all__ = ["MemoryStore", "SQLiteStore"]
