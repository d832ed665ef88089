"""What an evaluator has of a trial: the candidate, its calls and what they used."""

import pytest
from judged import GENOME, judged

from evoengine.errors import SandboxError
from evoengine.evaluation import Score
from evoengine.ports import TrialUsage
from evoengine.problem import Problem
from evoengine.testing.inline import InlineSandbox


def test_a_trial_gives_the_genome_the_cases_and_the_seed():
    problem = Problem("cased", (GENOME,), main="main.py", cases=("a", "b", "c"))
    seen = []

    def evaluate(trial):
        seen.append((trial.text("main.py"), dict(trial.genome), trial.cases, trial.seed))
        with pytest.raises(KeyError):
            trial.text("absent.py")
        return 1.0

    assert judged(evaluate, problem, seed=5).ok
    assert judged(evaluate, problem, cases=("c",)).ok
    assert seen == [(GENOME["main.py"], GENOME, ("a", "b", "c"), 5), (GENOME["main.py"], GENOME, ("c",), 0)]


def test_a_trial_calls_maps_and_drives_the_candidate():
    def evaluate(trial):
        step = trial.drive("value")
        return (
            trial.call("value", 3, seconds=1.0) + sum(trial.map("value", [(1,), (2,)], fresh=True)) + step(10)
        )

    assert judged(evaluate).fitness == 6 + 2 + 4 + 20


class Measuring(InlineSandbox):
    """Counts what is opened and finished, and says what it used."""

    def __init__(self):
        self.opened = self.finished = 0

    def open(self, genome, main, limits):
        self.opened += 1
        session = super().open(genome, main, limits)
        session.finish = self.finish
        return session

    def finish(self):
        self.finished += 1
        return TrialUsage(2.0, 1.5, 30.0, "printed")


def test_what_the_candidate_used_is_measured_by_the_sandbox():
    sandbox = Measuring()
    evaluation = judged(lambda trial: trial.call("value"), sandbox=sandbox)
    assert (evaluation.wall_seconds, evaluation.cpu_seconds, evaluation.memory_mb) == (2.0, 1.5, 30.0)
    assert evaluation.artifacts == {"output": "printed"}
    assert (sandbox.opened, sandbox.finished) == (1, 1)
    own = judged(
        lambda trial: trial.call("value") and Score(1.0, artifacts={"output": "mine"}), sandbox=sandbox
    )
    assert own.artifacts == {"output": "mine"}


def test_an_evaluator_may_ask_what_was_used():
    evaluation = judged(lambda trial: trial.call("value") + trial.usage.wall_seconds, sandbox=Measuring())
    assert evaluation.fitness == 4.0


def test_a_process_starts_only_when_the_candidate_is_called():
    sandbox = Measuring()
    evaluation = judged(lambda trial: float(len(trial.text("main.py"))), sandbox=sandbox)
    assert (evaluation.ok, evaluation.wall_seconds, sandbox.opened, sandbox.finished) == (True, 0.0, 0, 0)


def test_a_sandbox_that_cannot_be_had_is_not_the_evaluators_mistake():
    class Broken(InlineSandbox):
        def open(self, genome, main, limits):
            raise SandboxError("a slot did not start", cure="run `evoengine doctor`")

    evaluation = judged(lambda trial: trial.call("value"), sandbox=Broken())
    assert (evaluation.status, evaluation.fitness) == ("sandbox_failure", None)
    assert evaluation.feedback == "a slot did not start; run `evoengine doctor`"
