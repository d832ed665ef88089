"""Where evaluations run."""

from evoengine.executors.inline import InlineExecutor, ThreadExecutor, blocking
from evoengine.executors.local import LocalExecutor
from evoengine.executors.ray import RayExecutor

__all__ = ["InlineExecutor", "LocalExecutor", "RayExecutor", "ThreadExecutor", "blocking"]
