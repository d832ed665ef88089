"""Problems and settings from files: the only composition root."""

from evoengine.config.checking import did_you_mean
from evoengine.config.comparison import COSTS, ComparisonConfig, read_comparison, write_comparison
from evoengine.config.loading import LoadedProblem, load_problem, shipped_problems
from evoengine.config.models import ModelTable, model_operators, model_params
from evoengine.config.run import LIMITS, RunConfig, read_run_config, resolve, write_run_config
from evoengine.config.toml import write_toml

__all__ = [
    "COSTS",
    "LIMITS",
    "ComparisonConfig",
    "LoadedProblem",
    "ModelTable",
    "RunConfig",
    "did_you_mean",
    "load_problem",
    "model_operators",
    "model_params",
    "read_comparison",
    "read_run_config",
    "resolve",
    "shipped_problems",
    "write_comparison",
    "write_run_config",
    "write_toml",
]
