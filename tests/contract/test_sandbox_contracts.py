"""The sandbox that ships keeps the contract that others are held to, at its weakest level and at its best."""

from evoengine.sandbox import open_sandbox
from evoengine.testing.sandbox import SandboxContract


class TestBestLevel(SandboxContract):
    def make(self):
        return open_sandbox()


class TestSubprocess(SandboxContract):
    def make(self):
        return open_sandbox(level="subprocess")
