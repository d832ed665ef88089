"""What every sandbox keeps to, as functions of one that is open: for its contract's tests and for `evoengine doctor`.

Each raises `BrokenError` where its first line does not hold.
"""

import math
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from evoengine.errors import CandidateFailure
from evoengine.ports import Sandbox, TrialUsage
from evoengine.problem import Limits
from evoengine.sandbox import forgeries

_LIMITS = Limits(wall_seconds=10.0)
_SHORT = Limits(wall_seconds=0.5, memory_mb=192)
_SLACK_SECONDS = 1.0
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
_FAILURES = {
    "def f(:": {"invalid_source"},
    "def f():\n    raise ValueError('no')\n": {"error"},
    "x = 1\n": {"error"},
    "import sys\ndef f():\n    sys.exit(1)\n": {"exit"},
    "import os\ndef f():\n    os._exit(0)\n": {"exit", "no_result"},
    "import ctypes\ndef f():\n    ctypes.string_at(0)\n": {"crash"},
}


class BrokenError(AssertionError):
    """A sandbox does not keep to its contract."""


def _hold(condition: object, what: object) -> None:
    """Raise `BrokenError` unless a condition holds; unlike an assertion, under ``python -O`` too."""
    if not condition:
        raise BrokenError(str(what))


def _outcome(
    sandbox: Sandbox, source: str, *args: Any, limits: Limits = _LIMITS
) -> tuple[str, Any, TrialUsage]:
    """Call a candidate's ``f``: give its status, its value or feedback, and what it used."""
    usage = TrialUsage()
    try:
        session = sandbox.open({"main.py": source}, "main.py", limits)
        try:
            value = session.call("f", args)
        finally:
            usage = session.finish()
    except CandidateFailure as failure:
        return failure.status, failure.feedback, usage
    return "ok", value, usage


def plain_data_goes_both_ways(sandbox: Sandbox) -> None:
    """JSON values come back as JSON gives them; numbers that are not finite too."""
    given: dict[str, Any] = {
        "a": [1, 2.5, True, None, "\N{LATIN SMALL LETTER A WITH DIAERESIS}"],
        "b": {"c": []},
    }
    found = _outcome(sandbox, "def f(x):\n    return [x, (1, 2), float('inf')]\n", given)[:2]
    _hold(found == ("ok", [given, [1, 2], math.inf]), found)


def arrays_go_both_ways(sandbox: Sandbox) -> None:
    """A numeric array stays one, in any nesting, and is never the candidate's own object."""
    source = "import numpy as np\ndef f(x):\n    return {'twice': [x * 2], 'none': np.zeros((0, 3))}\n"
    status, value, _ = _outcome(sandbox, source, np.arange(6.0).reshape(2, 3))
    _hold(status == "ok", value)
    _hold(np.array_equal(value["twice"][0], np.arange(6.0).reshape(2, 3) * 2), value)
    _hold(value["none"].shape == (0, 3), value)


def what_is_no_plain_data_is_refused(sandbox: Sandbox) -> None:
    """Objects, object arrays and complex numbers do not leave the candidate."""
    for expression in ("object()", "1j", "np.array([object()])", "{1, 2}", "[[]] and f"):
        source = f"import numpy as np\ndef f():\n    return {expression}\n"
        status = _outcome(sandbox, source)[0]
        _hold(status == "bad_result", f"{expression} gave {status}")


def failures_are_data(sandbox: Sandbox) -> None:
    """Each way to fail has a status of its own, and an error says where it was raised."""
    for source, statuses in _FAILURES.items():
        status, feedback, _ = _outcome(sandbox, source)
        _hold(status in statuses, f"{source!r} gave {status}: {feedback}")
        if "ValueError" in source:
            _hold("ValueError" in feedback and "line 2" in feedback, feedback)


def time_is_limited(sandbox: Sandbox) -> None:
    """An endless candidate is stopped about when it should be, whatever it ignores."""
    for body in ("while True: pass", "import time; time.sleep(60)", "return 7 ** (10 ** 9)"):
        source = f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ndef f():\n    {body}\n"
        start = time.monotonic()
        status, _, usage = _outcome(sandbox, source, limits=_SHORT)
        _hold(status == "timeout", f"{body} gave {status}")
        _hold(
            usage.wall_seconds < _SHORT.wall_seconds + _SLACK_SECONDS, f"{body} took {usage.wall_seconds} s"
        )
        _hold(time.monotonic() - start < 30.0, f"{body} kept the caller for 30 s")


def memory_is_limited(sandbox: Sandbox) -> None:
    """A candidate gets no more memory than its limit."""
    for expression in ("bytearray(1 << 40)", "[0] * (1 << 36)"):
        status, _, _ = _outcome(sandbox, f"def f():\n    return len({expression})\n", limits=_SHORT)
        _hold(status == "memory_limit", f"{expression} gave {status}")


def output_is_captured_and_capped(sandbox: Sandbox) -> None:
    """What it prints is kept up to the cap, and costs nothing else."""
    limits = Limits(wall_seconds=10.0, output_kb=1)
    status, value, usage = _outcome(sandbox, "def f():\n    print('x' * 5000)\n    return 1\n", limits=limits)
    _hold((status, value) == ("ok", 1), f"{status}: {value}")
    _hold(usage.output == "x" * 1024, f"{len(usage.output)} characters of output")


def sessions_are_strangers(sandbox: Sandbox) -> None:
    """Nothing that a candidate patched or kept is there for the next one."""
    _outcome(sandbox, "import builtins, numpy\ndef f():\n    builtins.kept = numpy.sum = 1\n")
    source = "import builtins, numpy\ndef f():\n    return [hasattr(builtins, 'kept'), callable(numpy.sum)]\n"
    session = sandbox.open({"main.py": source}, "main.py", _LIMITS)
    found = session.call("f", ())
    _hold(found == [False, True], found)
    _hold(session.finish() == session.finish(), "to finish twice changes the usage")


def calls_share_a_process(sandbox: Sandbox) -> None:
    """Many calls share a process, driven ones too, unless each is to have a fresh one."""
    source = "count = 0\ndef f(x):\n    global count\n    count += 1\n    return [x, count]\n"
    session = sandbox.open({"main.py": source}, "main.py", _LIMITS)
    found: list[Any] = [session.map("f", [[5], [6]]), session.map("f", [[5], [6]], fresh=True)]
    found.append(session.drive("f")(1.5))
    session.finish()
    _hold(found == [[[5, 1], [6, 2]], [[5, 1], [6, 1]], [1.5, 2]], found)


def batches_are_arrays(sandbox: Sandbox) -> None:
    """A driven batch takes a column for each argument, and gives an array where the values are of one kind."""
    source = "def f(x, y):\n    return x + y\n"
    session = sandbox.open({"main.py": source}, "main.py", _LIMITS)
    step = session.drive("f")
    found = step.batch(np.arange(3.0), [1.0, 2.0, 3.0])
    _hold(hasattr(found, "dtype") and found.tolist() == [1.0, 3.0, 5.0], found)
    mixed = step.batch(["a", 1], ["b", 2])
    session.finish()
    _hold(mixed == ["ab", 3], mixed)


def a_harness_runs_beside_the_candidate(sandbox: Sandbox) -> None:
    """A harness gives back its trace, whose replay is worth what the candidate's decisions are and no more."""
    for attack in forgeries.FORGERIES:
        worth = 0
        try:
            session = sandbox.open({"main.py": attack.source}, "main.py", _LIMITS)
            trace = session.simulate(forgeries.HARNESS, [forgeries.ITEMS, forgeries.CAPACITY])
            worth, status = forgeries.replay(trace), "ok"
            session.finish()
        except CandidateFailure as failure:
            status = failure.status
        _hold(
            status in attack.kinds and worth <= forgeries.BEST, f"{attack.name} gave {status}, worth {worth}"
        )


def the_environment_is_not_the_hosts(sandbox: Sandbox) -> None:
    """No variable of the host reaches a candidate."""
    os.environ["EVOENGINE_CONTRACT"] = "x"
    try:
        source = "import os\ndef f():\n    return 'EVOENGINE_CONTRACT' in os.environ\n"
        found = _outcome(sandbox, source)[:2]
    finally:
        del os.environ["EVOENGINE_CONTRACT"]
    _hold(found == ("ok", False), found)


def the_level_is_kept(sandbox: Sandbox) -> None:
    """What the level promises to refuse is refused."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        secret, beside = Path(folder, "secret"), Path(folder, "beside")
        secret.write_text("held out")
        status, refused, _ = _outcome(sandbox, _ATTACK, str(secret), str(beside), os.getpid())
    _hold(status == "ok", refused)
    let = _REFUSED.get(sandbox.level, set()) - {action for action, was in refused.items() if was}
    _hold(not let, f"a candidate could {', '.join(sorted(let))}")


CHECKS: tuple[Callable[[Sandbox], None], ...] = (
    plain_data_goes_both_ways,
    arrays_go_both_ways,
    what_is_no_plain_data_is_refused,
    failures_are_data,
    time_is_limited,
    memory_is_limited,
    output_is_captured_and_capped,
    sessions_are_strangers,
    calls_share_a_process,
    batches_are_arrays,
    a_harness_runs_beside_the_candidate,
    the_environment_is_not_the_hosts,
    the_level_is_kept,
)
