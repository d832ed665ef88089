"""The contract of a sandbox, for the tests of sandboxes of your own.

::

    class TestMySandbox(SandboxContract):
        def make(self) -> Sandbox:
            return MySandbox()

Its attacks are the short form of the project's own abuse suite.
"""

import math
import os
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np

from evoengine.errors import CandidateFailure
from evoengine.ports import Sandbox, TrialUsage
from evoengine.types import STATUSES, Limits

_LIMITS = Limits(wall_seconds=10.0)
_SHORT = Limits(wall_seconds=0.5, memory_mb=192)
_SLACK_SECONDS = 1.0
_HARMLESS = "def f(x):\n    return [x, len('abc')]\n"
_ATTACK = """
import os, socket

def refused(action, *args):
    try:
        action(*args)
    except OSError:
        return True
    return False

def start():
    if os.fork() == 0:
        os._exit(0)

def f(secret, beside, host):
    return {
        "read": refused(open, secret),
        "write": refused(open, beside, "w"),
        "network": refused(socket.socket),
        "process": refused(start),
        "signal": refused(os.kill, host, 0),
    }
"""
_REFUSED = {
    "full": {"read", "write", "network", "process", "signal"},
    "landlock": {"read", "write", "network", "process", "signal"},
    "seccomp": {"write", "network", "process", "signal"},
}


class SandboxContract(ABC):
    """What every sandbox keeps to. Subclass it in a test module under a name that starts with ``Test``."""

    @abstractmethod
    def make(self) -> Sandbox:
        """Start a sandbox of one slot, with NumPy at hand."""

    def outcome(
        self, source: str, *args: Any, limits: Limits = _LIMITS, after: bool = True
    ) -> tuple[str, Any, TrialUsage]:
        """Call a candidate's ``f``: give its status, its value or feedback, and what it used.

        With `after` the same sandbox must then serve a harmless candidate truthfully.
        """
        sandbox = self.make()
        try:
            status, value, usage = "ok", None, TrialUsage()
            try:
                session = sandbox.open({"main.py": source}, "main.py", limits)
                try:
                    value = session.call("f", args)
                finally:
                    usage = session.finish()
            except CandidateFailure as failure:
                status, value = failure.status, failure.feedback
            if after:
                session = sandbox.open({"main.py": _HARMLESS}, "main.py", _LIMITS)
                assert session.call("f", (7,)) == [7, 3]
                session.finish()
        finally:
            sandbox.close()
        assert status in STATUSES
        return status, value, usage

    def test_plain_data_goes_both_ways(self) -> None:
        """JSON values come back as JSON gives them; numbers that are not finite too."""
        given: dict[str, Any] = {"a": [1, 2.5, True, None, "ä"], "b": {"c": []}}
        status, value, _ = self.outcome("def f(x):\n    return [x, (1, 2), float('inf')]\n", given)
        assert status == "ok"
        assert value == [given, [1, 2], math.inf]

    def test_arrays_go_both_ways(self) -> None:
        """A numeric array stays one, in any nesting, and is never the candidate's own object."""
        source = "import numpy as np\ndef f(x):\n    return {'twice': [x * 2], 'none': np.zeros((0, 3))}\n"
        status, value, _ = self.outcome(source, np.arange(6.0).reshape(2, 3))
        assert status == "ok"
        assert np.array_equal(value["twice"][0], np.arange(6.0).reshape(2, 3) * 2)
        assert value["none"].shape == (0, 3)

    def test_what_is_no_plain_data_is_refused(self) -> None:
        """Objects, object arrays and complex numbers do not leave the candidate."""
        for expression in ("object()", "1j", "np.array([object()])", "{1, 2}", "[[]] and f"):
            source = f"import numpy as np\ndef f():\n    return {expression}\n"
            assert self.outcome(source)[0] == "bad_result", expression

    def test_failures_are_data(self) -> None:
        """Each way to fail has a status of its own, and an error says where it was raised."""
        cases = {
            "def f(:": {"invalid_source"},
            "def f():\n    raise ValueError('no')\n": {"error"},
            "x = 1\n": {"error"},
            "import sys\ndef f():\n    sys.exit(1)\n": {"exit"},
            "import os\ndef f():\n    os._exit(0)\n": {"exit", "no_result"},
            "import ctypes\ndef f():\n    ctypes.string_at(0)\n": {"crash"},
        }
        for source, statuses in cases.items():
            status, feedback, _ = self.outcome(source)
            assert status in statuses, source
            if "ValueError" in source:
                assert "ValueError" in feedback
                assert "line 2" in feedback

    def test_time_is_limited(self) -> None:
        """An endless candidate is stopped about when it should be, whatever it ignores."""
        for body in ("while True: pass", "import time; time.sleep(60)", "return 7 ** (10 ** 9)"):
            source = f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ndef f():\n    {body}\n"
            start = time.monotonic()
            status, _, usage = self.outcome(source, limits=_SHORT, after=False)
            assert status == "timeout", body
            assert usage.wall_seconds < _SHORT.wall_seconds + _SLACK_SECONDS
            assert time.monotonic() - start < 30.0

    def test_memory_is_limited(self) -> None:
        """A candidate gets no more memory than its limit."""
        for expression in ("bytearray(1 << 40)", "[0] * (1 << 36)"):
            status, _, _ = self.outcome(f"def f():\n    return len({expression})\n", limits=_SHORT)
            assert status == "memory_limit", expression

    def test_output_is_captured_and_capped(self) -> None:
        """What it prints is kept up to the cap, and costs nothing else."""
        limits = Limits(wall_seconds=10.0, output_kb=1)
        status, value, usage = self.outcome("def f():\n    print('x' * 5000)\n    return 1\n", limits=limits)
        assert (status, value) == ("ok", 1)
        assert usage.output == "x" * 1024

    def test_sessions_are_strangers(self) -> None:
        """Nothing that a candidate patched or kept is there for the next one."""
        sandbox = self.make()
        source = "import builtins, numpy\ndef f():\n    builtins.kept = numpy.sum = 1\n"
        session = sandbox.open({"main.py": source}, "main.py", _LIMITS)
        session.call("f", ())
        session.finish()
        source = (
            "import builtins, numpy\ndef f():\n    return [hasattr(builtins, 'kept'), callable(numpy.sum)]\n"
        )
        session = sandbox.open({"main.py": source}, "main.py", _LIMITS)
        assert session.call("f", ()) == [False, True]
        assert session.finish() == session.finish()
        sandbox.close()
        sandbox.close()

    def test_maps_and_drives(self) -> None:
        """Many calls share a process unless each is to have a fresh one."""
        sandbox = self.make()
        source = "count = 0\ndef f(x):\n    global count\n    count += 1\n    return [x, count]\n"
        session = sandbox.open({"main.py": source}, "main.py", _LIMITS)
        assert session.map("f", [[5], [6]]) == [[5, 1], [6, 2]]
        assert session.map("f", [[5], [6]], fresh=True) == [[5, 1], [6, 1]]
        step = session.drive("f")
        assert step(1.5) == [1.5, 2]
        session.finish()
        sandbox.close()

    def test_the_environment_is_not_the_hosts(self) -> None:
        """No variable of the host reaches a candidate."""
        os.environ["EVOENGINE_CONTRACT"] = "x"
        try:
            source = "import os\ndef f():\n    return 'EVOENGINE_CONTRACT' in os.environ\n"
            assert self.outcome(source)[:2] == ("ok", False)
        finally:
            del os.environ["EVOENGINE_CONTRACT"]

    def test_the_level_is_kept(self) -> None:
        """What the level promises to refuse is refused."""
        sandbox = self.make()
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            secret, beside = Path(folder, "secret"), Path(folder, "beside")
            secret.write_text("held out")
            session = sandbox.open({"main.py": _ATTACK}, "main.py", _LIMITS)
            refused = session.call("f", (str(secret), str(beside), os.getpid()))
            session.finish()
        sandbox.close()
        kept = {action for action, was in refused.items() if was}
        assert kept >= _REFUSED.get(sandbox.level, set())
