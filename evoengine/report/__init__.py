"""Reading runs."""

from evoengine.report.checks import Check
from evoengine.report.comparison import Compared, Comparison
from evoengine.report.curves import Curve, read_curve
from evoengine.report.diffs import change_size, diff_genomes
from evoengine.report.failures import FailureGroup, group_failures, signature
from evoengine.report.heatmap import Heatmap, draw_heatmap, make_heatmap
from evoengine.report.lineage import Descendant, descendants
from evoengine.report.models import Exchange, Spending, exchanges, spending
from evoengine.report.policies import Policy, compare_policies, policies_table
from evoengine.report.run import CONFIG_NAME, LOG_NAME, Run, find_run, list_runs
from evoengine.report.summary import STATES, Summary, is_live, priced, summarize, verdict
from evoengine.report.training import Form, training_data

__all__ = [
    "CONFIG_NAME",
    "LOG_NAME",
    "STATES",
    "Check",
    "Compared",
    "Comparison",
    "Curve",
    "Descendant",
    "Exchange",
    "FailureGroup",
    "Form",
    "Heatmap",
    "Policy",
    "Run",
    "Spending",
    "Summary",
    "change_size",
    "compare_policies",
    "descendants",
    "diff_genomes",
    "draw_heatmap",
    "exchanges",
    "find_run",
    "group_failures",
    "is_live",
    "list_runs",
    "make_heatmap",
    "policies_table",
    "priced",
    "read_curve",
    "signature",
    "spending",
    "summarize",
    "training_data",
    "verdict",
]
