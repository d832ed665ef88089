"""Where evaluations run."""

from evoengine.executors.inline import InlineExecutor, ThreadExecutor, blocking
from evoengine.executors.local import LocalExecutor

__all__ = ["InlineExecutor", "LocalExecutor", "ThreadExecutor", "blocking"]
