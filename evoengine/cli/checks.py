"""Commands that check: a problem, a run's log."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import click

from evoengine.api import run_blocking, settled
from evoengine.budget import Budget
from evoengine.cli.opening import load_problem_of, open_run
from evoengine.cli.output import emit, emit_json, json_option, run_argument
from evoengine.config import LoadedProblem, load_problem, placed, resolve
from evoengine.effects import Generated, Question
from evoengine.encoding import question_key
from evoengine.errors import ConfigError, EvaluatorError, StoreDamagedError
from evoengine.evaluation import run_trial
from evoengine.executors import blocking
from evoengine.llm import ModelPool, ModelSpec
from evoengine.ports import Ask, Sandbox, Task
from evoengine.problem import Problem
from evoengine.recipes import make_recipe
from evoengine.report import Run
from evoengine.report.formats import brief, number
from evoengine.rng import derive_seed, digest_text
from evoengine.sandbox import open_sandbox, weakest_accepted
from evoengine.text import genome_digest
from evoengine.trial import Asking
from evoengine.types import Evaluation, Genome, Usage

Evaluate: TypeAlias = Callable[[Problem, Genome], Evaluation]

REPEATS = 3
HANG_SECONDS = 1.0

_BROKEN = "def (\n"
_HANGING = "while True:\n    pass\n"
_CRASHING = "import os\nos.abort()\n"
_LYING = {
    "nan": "def {entry}(*args, **options):\n    return float('nan')\n",
    "nothing": "def {entry}(*args, **options):\n    return None\n",
    "empty": "def {entry}(*args, **options):\n    return []\n",
    "huge": "def {entry}(*args, **options):\n    return 1e308\n",
}


@click.command("check")
@click.argument("problem")
@click.option(
    "--model", multiple=True, metavar="MODEL", help="A model that the evaluator may ask; it is paid."
)
@json_option
def check_command(problem: str, model: tuple[str, ...], as_json: bool) -> None:
    """Try a problem's evaluator before anything is spent.

    It scores the seeds, broken candidates and lying ones. The seeds must be valid, and nothing that is broken or lies may be; an evaluator that raises on it would
    raise in the middle of a run.
    """
    config = settled(resolve(flags={"problem": problem, "model": list(model) or None})[0])
    loaded = load_problem(problem, overrides=config.overrides)
    at_least = weakest_accepted(config.isolation, loaded.problem.min_isolation)
    sandbox = open_sandbox(
        preload=loaded.problem.preload,
        at_least=at_least,
        processes=loaded.problem.processes,
        devices=loaded.problem.devices,
    )
    try:
        specs = [table.spec() for table in config.models]
        rows = run_blocking(lambda: _try(loaded, sandbox, specs))
    finally:
        sandbox.close()
    if as_json:
        emit_json(rows)
    else:
        emit("\n".join(f"{'ok  ' if row['passed'] else 'BAD '} {row['what']}: {row['came']}" for row in rows))
    bad = [row for row in rows if not row["passed"]]
    if bad:
        raise EvaluatorError(
            f"{len(bad)} of {len(rows)} checks failed; the first: {bad[0]['what']}: {bad[0]['came']}\n"
            f"{bad[0]['feedback']}".rstrip(),
            cure=f"mend the evaluator or the seed of {loaded.spec}",
        )


async def _try(loaded: LoadedProblem, sandbox: Sandbox, specs: Sequence[ModelSpec]) -> list[dict[str, Any]]:
    """Make the checks on a thread, while this one asks what an evaluator asks models."""
    async with AsyncExitStack() as stack:
        ask = None
        if specs:
            pool = await stack.enter_async_context(ModelPool(specs))
            pool.begin(0, Budget, Usage())
            ask = blocking(_once(pool))
        evaluate = partial(_evaluate, loaded, sandbox, ask)
        return await asyncio.to_thread(lambda: [*_try_seeds(loaded, evaluate), *_try_bad(loaded, evaluate)])


def _once(pool: ModelPool) -> Ask:
    """Give a way to ask in which equal questions are paid once, as in a run."""
    known: dict[str, asyncio.Task[Generated]] = {}

    async def ask(questions: Sequence[Question]) -> Sequence[Generated]:
        for question in questions:
            key = question_key(question)
            if key not in known:
                asked = pool.generate(question.request, proposal=derive_seed(0, key), step=question.sample)
                known[key] = asyncio.ensure_future(asked)
        return await asyncio.gather(*(known[question_key(question)] for question in questions))

    return ask


def _try_seeds(loaded: LoadedProblem, evaluate: Evaluate) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for n, seed in enumerate(loaded.problem.seeds):
        found = [evaluate(loaded.problem, seed) for _ in range(REPEATS)]
        agree = len({(e.status, e.fitness, tuple(sorted(e.measures.items()))) for e in found}) == 1
        came = f"{found[0].status}, fitness {number(found[0].fitness, 9)} in {brief(found[0].wall_seconds)}"
        alike = f"{REPEATS} of {REPEATS} identical" if agree else "not the same each time"
        hint = "" if agree or loaded.problem.noisy else "; say noisy = true or remove the randomness"
        passed = found[0].ok and (agree or loaded.problem.noisy)
        rows.append(_row(f"seed {n}", f"{came}, {alike}{hint}", found[0], passed=passed))
    return rows


def _try_bad(loaded: LoadedProblem, evaluate: Evaluate) -> list[dict[str, Any]]:
    problem = loaded.problem
    if not problem.main.endswith(".py"):
        return []
    limits = replace(problem.limits, wall_seconds=min(HANG_SECONDS, problem.limits.wall_seconds))
    quick = replace(problem, limits=limits)
    sources = {"broken candidate": _BROKEN, "hanging candidate": _HANGING, "crashing candidate": _CRASHING}
    if problem.entry:
        sources |= {
            f"lying candidate ({lie})": text.format(entry=problem.entry) for lie, text in _LYING.items()
        }
    rows: list[dict[str, Any]] = []
    for what, source in sources.items():
        evaluation = evaluate(quick, {**problem.seeds[0], problem.main: source})
        passed = evaluation.status not in {"ok", "evaluator_error"}
        rows.append(_row(what, evaluation.status, evaluation, passed=passed))
    return rows


def _evaluate(
    loaded: LoadedProblem, sandbox: Sandbox, ask: Asking | None, problem: Problem, genome: Genome
) -> Evaluation:
    evaluator = loaded.evaluator()
    try:
        return run_trial(evaluator, problem, sandbox, Task(genome), ask)
    except ConfigError as error:
        raise placed(error, loaded.spec) from None


def _row(what: str, came: str, evaluation: Evaluation, *, passed: bool) -> dict[str, Any]:
    return {
        "what": what,
        "passed": passed,
        "came": came,
        "status": evaluation.status,
        "feedback": "" if passed else evaluation.feedback,
    }


@click.command("verify")
@run_argument
@json_option
def verify_command(run: str, as_json: bool) -> None:
    """Check that a run's log is whole and folds to what it says."""
    opened = open_run(run)
    faults = [*opened.store.check(), *_text_faults(opened)]
    # A log that lacks something cannot be relied on to fold at all.
    digest, said = "" if faults else _folded(opened), opened.last_digest
    if digest and said and said != digest:
        faults.append(f"the log folds to {digest}, but the run ended at {said}")
    if as_json:
        emit_json({"name": opened.name, "digest": digest, "candidates": opened.candidates, "faults": faults})
    if faults:
        raise StoreDamagedError(
            f"{opened.store.path}: {len(faults)} faults; the first: {faults[0]}",
            cure="restore a copy; what can be read can still be shown",
        )
    if not as_json:
        emit(f"ok  {opened.name}: {opened.candidates} candidates, state {digest}")


def _folded(run: Run) -> str:
    recipe = make_recipe(run.header["recipe"], load_problem_of(run).problem, run.header["params"])
    return run.fold(recipe).digest()


def _text_faults(run: Run) -> list[str]:
    faults: list[str] = []
    for known in run:
        try:
            # Scores that lie beside the log's bodies are all there or all missing.
            texts, _ = dict(known.candidate.genome), len(known.evaluation.cases)
        except KeyError as error:
            faults.append(f"candidate {known.candidate.id}: its text {error} is missing")
            continue
        if genome_digest(texts) != known.candidate.digest:
            faults.append(f"candidate {known.candidate.id}: its texts do not have its digest")
    return faults + [
        f"the text {digest} has another digest" for digest, text in run.texts() if digest_text(text) != digest
    ]
