"""Everything evoengine raises on purpose.

::

    EvoengineError
    ├── ConfigError            a file, key, flag or name is wrong            exit 2
    ├── RunNotFoundError       no run of that name, prefix or path           exit 2
    ├── StoreError             the log cannot be opened, read or written     exit 2
    │   ├── StoreLockedError       another process writes this run
    │   ├── StoreDamagedError      not a log, or a log that fails its checks
    │   ├── StoreVersionError      written by a newer evoengine
    │   └── StoreFullError         disk full, or a folder that cannot be written
    ├── EvaluatorError         the user's evaluator raised, hung or died     exit 3
    ├── SandboxError           the isolation asked for cannot be had         exit 3
    ├── ModelError             the endpoint, the key or the model's name     exit 4
    ├── BudgetReachedError     the budget forbids another call of a model: the run stops cleanly
    ├── NoCandidateError       no valid candidate, or a fitness not reached  exit 5
    └── RecipeError            a recipe broke its contract                   exit 1
        └── RecipeStalledError     it waits although nothing is in flight
    CandidateFailure           not an error of the system: the candidate failed, with a status
"""

from typing import ClassVar


class EvoengineError(Exception):
    """Base of what is wrong with the system, never with a candidate.

    The message names the cause; `cure` names the next command or edit.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, cure: str = "") -> None:
        super().__init__(message)
        self.cure = cure


class ConfigError(EvoengineError):
    """A file, key, flag or name is wrong; the message says which."""

    exit_code = 2


class RunNotFoundError(ConfigError):
    """No run answers to that name, prefix or path."""


class StoreError(EvoengineError):
    """The log cannot be opened, read or written. What it holds is untouched."""

    exit_code = 2


class StoreLockedError(StoreError):
    """Another process is writing this run."""


class StoreDamagedError(StoreError):
    """The file is not a log, or fails its integrity check."""


class StoreVersionError(StoreError):
    """The log was written by a newer evoengine."""


class StoreFullError(StoreError):
    """The disk is full or the folder cannot be written."""


class EvaluatorError(EvoengineError):
    """The user's evaluator raised, hung or died; the message carries its traceback."""

    exit_code = 3


class SandboxError(EvoengineError):
    """The isolation that was asked for cannot be had here."""

    exit_code = 3


class ModelError(EvoengineError):
    """The endpoint, the key or the model's name is wrong."""

    exit_code = 4


class BudgetReachedError(EvoengineError):
    """The budget forbids another call of a model; the engine takes it for a reason to stop.

    Parameters
    ----------
    limit
        The limit's name: ``calls``, ``tokens`` or ``dollars``.
    """

    def __init__(self, limit: str) -> None:
        super().__init__(f"the budget of {limit} is spent", cure="raise it and resume the run")
        self.limit = limit


class NoCandidateError(EvoengineError):
    """The run ended without a valid candidate, or below the fitness required."""

    exit_code = 5


class RecipeError(EvoengineError):
    """A recipe broke its contract."""


class RecipeStalledError(RecipeError):
    """The recipe waits for results although nothing is in flight."""


class CandidateFailure(Exception):  # noqa: N818 - a candidate's failure is data, not an error of ours
    """The candidate failed; an evaluator normally lets this pass through.

    Parameters
    ----------
    status
        One of `evoengine.types.STATUSES` other than ``ok``.
    feedback
        What the next prompt may say about it. Text from the candidate inside it is untrusted.
    """

    def __init__(self, status: str, feedback: str = "") -> None:
        super().__init__(f"{status}: {feedback}" if feedback else status)
        self.status = status
        self.feedback = feedback
