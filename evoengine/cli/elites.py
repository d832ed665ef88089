"""The command elites."""

import json

import click

from evoengine.cli.opening import load_problem_of, open_run
from evoengine.cli.output import emit, run_argument
from evoengine.recipes import make_recipe


@click.command("elites")
@run_argument
def elites_command(run: str) -> None:
    """Print the candidates that a run's archive holds, as JSON lines.

    A line has the candidate's `id`, `fitness`, `measures`, and its files and artifacts by name.
    """
    opened = open_run(run)
    try:
        recipe = make_recipe(
            opened.header["recipe"], load_problem_of(opened).problem, opened.header["params"]
        )
        for known in opened.fold(recipe).recipe.elites():
            evaluation = known.evaluation
            row = {
                "id": known.candidate.id,
                "fitness": evaluation.fitness,
                "measures": dict(evaluation.measures),
                **evaluation.artifacts,
                **known.candidate.genome,
            }
            emit(json.dumps(row, ensure_ascii=False))
    finally:
        opened.close()
