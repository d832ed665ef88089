"""Problems and settings from files: the only composition root."""

from evoengine.lazy import loader

_PUBLIC = {
    "did_you_mean": "checking",
    "placed": "checking",
    "COSTS": "comparison",
    "ComparisonConfig": "comparison",
    "read_comparison": "comparison",
    "write_comparison": "comparison",
    "LoadedProblem": "loading",
    "load_problem": "loading",
    "shipped_problems": "loading",
    "ModelTable": "models",
    "model_operators": "models",
    "model_params": "models",
    "LIMITS": "run",
    "RunConfig": "run",
    "read_run_config": "run",
    "resolve": "run",
    "write_run_config": "run",
    "write_toml": "toml",
}

__all__ = sorted(_PUBLIC)  # noqa: PLE0605 # pyright: ignore[reportUnsupportedDunderAll] - the names above, typed in the stub

# So that an evaluator's process, which needs a problem only, loads neither models nor methods.
__getattr__ = loader(__name__, _PUBLIC)
