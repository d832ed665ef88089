"""The contract of a sandbox, for the tests of sandboxes of your own.

::

    class TestMySandbox(SandboxContract):
        def make(self) -> Sandbox:
            return MySandbox()

`evoengine doctor --abuse` runs the same checks, and attacks besides, on the sandbox that ships.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

import pytest

from evoengine.ports import Sandbox
from evoengine.problem import Limits
from evoengine.sandbox.checks import CHECKS


class SandboxContract(ABC):
    """What every sandbox keeps to. Subclass it in a test module under a name that starts with ``Test``."""

    @abstractmethod
    def make(self) -> Sandbox:
        """Start a sandbox of one slot, with NumPy at hand."""

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_that(self, check: Callable[[Sandbox], None]) -> None:
        """Each check holds, and the same sandbox then serves a harmless candidate truthfully."""
        sandbox = self.make()
        try:
            check(sandbox)
            source = "def f(x):\n    return [x, len('abc')]\n"
            session = sandbox.open({"main.py": source}, "main.py", Limits(wall_seconds=10.0))
            assert session.call("f", (7,)) == [7, 3]
            session.finish()
        finally:
            sandbox.close()
            sandbox.close()
