"""evoengine: evolutionary search over programs and prompts."""

from evoengine.lazy import loader

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

# So that the command line starts at once.
__getattr__ = loader(__name__, _PUBLIC)
