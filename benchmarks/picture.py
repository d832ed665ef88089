"""Draw the README's picture from a real run: ``python -m benchmarks.picture [RUN] > docs/run.svg``."""

import io
import sys

from rich.console import Console
from rich.text import Text

from evoengine.api import open_run
from evoengine.cli.vitals import Vitals
from evoengine.config import load_problem, read_run_config
from evoengine.recipes import make_recipe
from evoengine.report import CONFIG_NAME, draw_heatmap, make_heatmap, summarize

WIDTH = 92


def main() -> None:
    """Print an SVG of the run's panel and of its archive on a grid of the problem's measures."""
    run = open_run(sys.argv[1] if len(sys.argv) > 1 else "last")
    config = read_run_config(run.folder / CONFIG_NAME)
    problem = load_problem(config.problem, overrides=config.overrides).problem
    figures = run.fold(make_recipe(run.header["recipe"], problem, run.header["params"])).recipe.stats()
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text(f"$ evoengine run {run.header['problem']} --recipe {run.header['recipe']}"))
    console.print(Vitals(summarize(run, problem), figures=figures).panel())
    console.print(Text("\n$ evoengine archive"))
    console.print(Text(draw_heatmap(make_heatmap(problem.measures, run))))
    print(console.export_svg(title="evoengine"))


if __name__ == "__main__":
    main()
