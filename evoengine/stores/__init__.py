"""Where the log is kept."""

from evoengine.stores.memory import MemoryStore
from evoengine.stores.sqlite import SQLiteStore
from evoengine.stores.steering import STEERING_NAME, Steering

__all__ = ["STEERING_NAME", "MemoryStore", "SQLiteStore", "Steering"]
