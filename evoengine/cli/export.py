"""The command export."""

import json
from typing import get_args

import click

from evoengine.cli.opening import open_run
from evoengine.cli.output import note, run_argument
from evoengine.errors import ConfigError
from evoengine.report import Form, training_data


@click.command("export")
@run_argument
@click.option("--format", "form", type=click.Choice(get_args(Form)), default="jsonl", show_default=True)
@click.option("-o", "--output", metavar="FILE", default="-", help="Where to; by default standard output.")
def export_command(run: str, form: Form, output: str) -> None:
    """Write what models were asked and answered, as training data.

    One JSON object a line. sft: conversations whose reply made an offspring fitter than its parents. dpo: for
    the same parents, a reply that made a fitter offspring and one that made a less fit one. jsonl: every exchange.
    The candidates themselves, such as an evolved data set, are what `evoengine elites` prints.
    """
    opened = open_run(run)
    number = 0
    try:
        with click.open_file(output, "w", encoding="utf-8") as file:
            for line in training_data(opened, form):
                file.write(f"{json.dumps(line, ensure_ascii=False)}\n")
                number += 1
    except OSError as error:
        raise ConfigError(
            f"{output}: cannot be written ({error.strerror})", cure="name another file with -o"
        ) from None
    note(f"{number} lines of {opened.name}")
