"""The group of commands, and the one place where an error becomes a message and an exit code."""

import difflib
import importlib
import sys
import traceback
from collections.abc import Mapping

import click

from evoengine.errors import EvoengineError

INTERRUPTED = 130
BUG = 1

SECTIONS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "Search": {
        "run": ("running", "Search for a better candidate."),
        "resume": ("running", "Go on with a run exactly where it ended."),
        "compare": (
            "compare",
            "Search with several recipes at equal cost on the same seeds, and compare them.",
        ),
        "demo": ("demo", "Pack circles for a minute, without a key or a network."),
    },
    "Take part": {
        "prefer": (
            "steering",
            "Say which of two candidates is better, or more like a third, again and again.",
        ),
        "hint": (
            "steering",
            'Tell the models of a run something: every prompt says it from now on, until another hint; "" ends it.',
        ),
        "inject": (
            "steering",
            "Bring a candidate of your own into a run, evaluated as the next proposal.",
        ),
    },
    "Look": {
        "list": ("runs", "List the runs, the latest first."),
        "status": ("runs", "Show how a run stands."),
        "stats": ("runs", "Show a run's figures: statuses, operators, models, arms, improvements."),
        "top": ("candidates", "List the fittest candidates."),
        "failures": ("runs", "Group what went wrong by its cause, the most common first."),
        "archive": ("runs", "Draw the best fitness found in each cell of two measures."),
        "show": ("candidates", "Show a candidate."),
        "prompt": ("models", "Show what models were asked for a candidate, and what they answered."),
        "diff": ("candidates", "Show what changed from one candidate to another."),
        "lineage": ("candidates", "Show where a candidate comes from, or what came of it."),
        "elites": ("elites", "Print the candidates that a run's archive holds, as JSON lines."),
        "best": ("candidates", "Print the best candidate's source, or save it."),
        "export": ("export", "Write what models were asked and answered, as training data."),
    },
    "Prepare and check": {
        "rescore": (
            "revising",
            "Evaluate the fittest candidates anew, on randomness that the search has not seen.",
        ),
        "rebin": (
            "revising",
            "Lay other axes under a run's archive, made of measures that its candidates have.",
        ),
        "new": ("new", "Make a problem folder that runs at once."),
        "check": ("checks", "Try a problem's evaluator before anything is spent."),
        "verify": ("checks", "Check that a run's log is whole and folds to what it says."),
        "doctor": (
            "doctor",
            "Say what this machine offers: isolation and why no more of it, processors, versions, settings.",
        ),
        "models": ("models", "List the models that the settings name, and try them."),
        "serve": (
            "serve",
            "Serve a model with vLLM, here or with --ray on a cluster.",
        ),
        "recipes": ("settings", "List the search methods and their parameters."),
        "config": ("settings", "Show the settings and where each comes from."),
    },
}
"""Every command by section: the module of `evoengine.cli` that holds it, and its line in the help."""

_MODULES = {name: module for section in SECTIONS.values() for name, (module, _) in section.items()}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called, and none for ``--help``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of the help."""
        del ctx
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None where there is none of that name."""
        del ctx
        if cmd_name not in _MODULES:
            return None
        module = importlib.import_module(f"evoengine.cli.{_MODULES[cmd_name]}")
        return getattr(module, f"{cmd_name}_command")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or say which name comes closest."""
        if args and args[0] not in _MODULES and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], _MODULES, n=1)
            cure = f"Did you mean {close[0]!r}?" if close else "`evoengine --help` lists them."
            raise click.UsageError(f"There is no command {args[0]!r}. {cure}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections."""
        del ctx
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, line) for name, (_, line) in commands.items()])


HELP = """Evolve programs and other texts towards a measured goal.

\b
  evoengine demo                     see it work
  evoengine new my_problem           make a problem of your own
  evoengine run ./my_problem         search

RUN is a run's name, the beginning of it, a path, or `last`. Data goes to standard output, everything else to
standard error. Exit codes: 0 done, 1 bug, 2 usage or configuration, 3 evaluator or sandbox, 4 model,
5 no valid candidate, 130 interrupted.
"""


@click.group(cls=LazyGroup, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="evoengine", message="evoengine %(version)s")
def evoengine() -> None:
    """Hold the commands."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(_run())


def _run() -> int:
    try:
        result = evoengine.main(standalone_mode=False)
    except EvoengineError as error:
        click.echo(f"error: {error}", err=True)
        if error.cure:
            click.echo(f"  cure: {error.cure}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except Exception:  # noqa: BLE001 - the last boundary: whatever arrives here is a bug
        traceback.print_exc()
        click.echo("\nThis is a bug in evoengine; the log of a run is whole all the same.", err=True)
        click.echo("  cure: report it with the lines above and the output of `evoengine doctor`", err=True)
        return BUG
    return result if isinstance(result, int) else 0
