"""evoengine: evolutionary search over programs and prompts."""

from importlib import import_module
from typing import Any

_PUBLIC = {
    "search": "api",
    "compare": "comparing",
    "resume": "api",
    "open_run": "api",
    "Session": "session",
    "AskTell": "ask_tell",
    "Run": "report",
    "load_problem": "config",
    "make_recipe": "recipes",
    "Problem": "problem",
    "Limits": "problem",
    "Measure": "problem",
    "Objective": "problem",
    "BestKnown": "problem",
    "Evaluator": "evaluation",
    "Invalid": "evaluation",
    "Score": "evaluation",
    "Trial": "evaluation",
    "EvoengineError": "errors",
}

__all__ = sorted(_PUBLIC)  # noqa: PLE0605 # pyright: ignore[reportUnsupportedDunderAll] - the names above, typed in the stub


def __getattr__(name: str) -> Any:
    # Loaded when first used, so that the command line starts at once.
    if name not in _PUBLIC:
        raise AttributeError(f"module 'evoengine' has no attribute {name!r}")
    return getattr(import_module(f"evoengine.{_PUBLIC[name]}"), name)
