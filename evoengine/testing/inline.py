"""A sandbox that is none: the candidate runs right here. For trusted code in quick tests only."""

import json
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evoengine.errors import CandidateFailure, SandboxError
from evoengine.ports import Ran, Timing, TrialUsage
from evoengine.problem import Limits
from evoengine.types import Genome


class InlineSandbox:
    """Executes candidates in this process, without any confinement or limit.

    Arguments and results take the way through JSON and plain arrays, so that an evaluator sees the
    same types as from a real sandbox: lists for tuples, floats for subclasses of float.
    """

    level = "inline"

    def open(self, genome: Genome, main: str, limits: Limits) -> "InlineSession":  # noqa: ARG002 - a port
        """Execute the file `main`. Raises `CandidateFailure`."""
        return InlineSession(genome[main], main)

    def close(self) -> None:
        """Do nothing."""


class InlineSession:
    """One candidate, loaded as a module of this process."""

    def __init__(self, source: str, name: str) -> None:
        try:
            self._code = compile(source, name, "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise CandidateFailure("invalid_source", f"{type(error).__name__}: {error}") from None
        self._module = self._load()

    def call(self, name: str, args: Sequence[Any], seconds: float | None = None) -> Any:  # noqa: ARG002 - a port
        """Call a function of the candidate. Raises `CandidateFailure`."""
        return _step(self._module, name)(*args)

    def map(self, name: str, argument_list: Sequence[Sequence[Any]], *, fresh: bool = False) -> list[Any]:
        """Call it once per argument tuple; `fresh` executes it anew for each. Raises `CandidateFailure`."""
        return [_step(self._load() if fresh else self._module, name)(*args) for args in argument_list]

    def drive(self, name: str) -> "InlineDrive":
        """Give the function behind the same conversions. Raises `CandidateFailure`."""
        return InlineDrive(_step(self._module, name))

    def simulate(self, harness: str, args: Sequence[Any], seconds: float | None = None) -> Any:  # noqa: ARG002 - a port
        """Execute a harness and give what its ``simulate(candidate, *args)`` does. Raises `CandidateFailure`."""
        module = ModuleType("harness")
        _guard(exec, compile(harness, "<harness>", "exec"), vars(module))
        return _plain(_guard(module.simulate, self._module, *_plain(args)))

    def time(self, name: str, args: Sequence[Any], repeats: int) -> Timing:
        """Measure calls, the conversions included. Raises `CandidateFailure`."""
        seconds: list[float] = []
        values: list[Any] = []
        for _ in range(repeats):
            step = _step(self._load(), name)
            start = time.perf_counter()
            values.append(step(*args))
            seconds.append(time.perf_counter() - start)
        return Timing.of(seconds, values)

    def run(
        self,
        command: Sequence[str],
        files: Mapping[str, str],
        stdin: str,
        seconds: float | None,
    ) -> Ran:
        """Run no command: there is nothing here to hold it. Raises `SandboxError`."""
        del command, files, stdin, seconds
        raise SandboxError("the inline sandbox runs no commands", cure="open_sandbox(processes=True)")

    def _load(self) -> ModuleType:
        module = ModuleType("candidate")
        _guard(exec, self._code, vars(module))
        return module

    def finish(self) -> TrialUsage:
        """Give a usage of zero: nothing is measured here."""
        return TrialUsage()


class InlineDrive:
    """One function of a candidate, called right here."""

    def __init__(self, step: Callable[..., Any]) -> None:
        self._step = step

    def __call__(self, *args: Any) -> Any:
        """Call it once. Raises `CandidateFailure`."""
        return self._step(*args)

    def batch(self, *columns: Any) -> Any:
        """Call it once for each instance. Gives an array where all values are of one kind, else a list."""
        if len(set(map(len, columns))) != 1:
            raise ValueError("a batch needs columns, and all of one length")
        rows = zip(*(c.tolist() if getattr(c, "ndim", 0) == 1 else c for c in columns), strict=True)
        values = [self._step(*row) for row in rows]
        kinds = set(map(type, values))
        return np.array(values) if len(kinds) == 1 and kinds <= {float, int, bool} else values


def _step(module: ModuleType, name: str) -> Callable[..., Any]:
    function = getattr(module, name, None)
    if not callable(function):
        raise CandidateFailure("error", f"the candidate defines no function {name!r}")

    def step(*args: Any) -> Any:
        return _plain(_guard(function, *_plain(args)))

    return step


def _guard(function: Callable[..., Any], *args: Any) -> Any:
    try:
        return function(*args)
    except SystemExit as error:
        raise CandidateFailure("exit", f"exit {error.code}") from None
    except Exception:  # noqa: BLE001 - the named boundary to the candidate
        raise CandidateFailure("error", traceback.format_exc(limit=-3)) from None


def _plain(value: Any) -> Any:
    """Give a copy as it would arrive from another process. Raises `CandidateFailure`."""
    if isinstance(value, np.ndarray):
        found = cast("NDArray[Any]", value)
        if found.dtype.kind not in "biufc":
            raise CandidateFailure("bad_result", f"an array of {found.dtype} is no plain data")
        return np.array(found, subok=False)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in cast("Sequence[Any]", value)]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in cast("dict[Any, Any]", value).items()}
    try:
        return json.loads(json.dumps(value.item() if isinstance(value, np.generic) else value))
    except (TypeError, ValueError) as error:
        raise CandidateFailure("bad_result", str(error)) from None
