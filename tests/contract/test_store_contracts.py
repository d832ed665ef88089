"""The stores that ship keep the contract that others are held to."""

from evoengine.stores import MemoryStore, SQLiteStore
from evoengine.testing.stores import StoreContract


class TestMemoryStore(StoreContract):
    durable = False

    def make(self, folder):
        return MemoryStore()


class TestSQLiteStore(StoreContract):
    def make(self, folder):
        return SQLiteStore(folder / "run.db")
