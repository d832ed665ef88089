"""The command that makes a problem folder."""

import re
from pathlib import Path

import click

from evoengine.cli.output import emit, note
from evoengine.errors import ConfigError

TEMPLATES = {
    "function": "a Python function, whose result is scored",
    "vector": "a list of numbers",
    "prompt": "a prompt for a language model, scored on cases in a file",
}
_FOLDER = Path(__file__).parent / "templates"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@click.command("new")
@click.argument("name", type=click.Path(path_type=Path))
@click.option(
    "--template",
    type=click.Choice(list(TEMPLATES)),
    default="function",
    show_default=True,
    help="What evolves: " + "; ".join(f"{name}: {what}" for name, what in TEMPLATES.items()) + ".",
)
def new_command(name: Path, template: str) -> None:
    """Make a problem folder that runs at once."""
    if not _NAME.fullmatch(name.name):
        raise ConfigError(
            f"{name.name!r} cannot be a problem's name",
            cure="use letters, digits, _ and -, beginning with a letter",
        )
    if name.exists():
        raise ConfigError(f"{name} exists already", cure="choose another name")
    try:
        name.mkdir(parents=True)
        for source in sorted((_FOLDER / template).iterdir()):
            text = source.read_text("utf-8").replace("{{name}}", name.name)
            (name / source.name.removesuffix(".in")).write_text(text, "utf-8")
    except OSError as error:
        raise ConfigError(
            f"{name}: cannot be written: {error.strerror}", cure="choose another place"
        ) from None
    emit(str(name))
    spec = name if name.is_absolute() else f"./{name}"
    model = " --model MODEL" if template == "prompt" else ""
    note(f"next: evoengine check {spec}{model}, then evoengine run {spec}{model} --candidates 500")
