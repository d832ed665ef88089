"""From a candidate and an evaluator to an evaluation."""

import math

import numpy as np
import pytest
from judged import GENOME, judged

from evoengine.errors import CandidateFailure
from evoengine.evaluation import FEEDBACK_LIMIT, Invalid, Score, as_evaluator
from evoengine.problem import Measure, Objective, Problem


@pytest.mark.parametrize(
    "score",
    [
        2,
        2.0,
        np.float32(2.0),
        np.int64(2),
        np.array(2.0),
        Score(2),
        Score(np.float64(2.0)),
        Score(objectives={"fitness": 2}),
    ],
)
def test_a_number_of_any_kind_is_a_fitness(score):
    evaluation = judged(lambda trial: score)
    assert (evaluation.status, evaluation.fitness, evaluation.objectives) == ("ok", 2.0, {"fitness": 2.0})
    assert type(evaluation.fitness) is type(evaluation.objectives["fitness"]) is float
    assert (evaluation.isolation, evaluation.candidate, evaluation.stage) == ("inline", "", 0)


@pytest.mark.parametrize(
    "score", [True, np.True_, "2", None, [2.0], np.array([1.0, 2.0]), 10**400, 2j, Score(True)]
)
def test_what_is_no_number_is_the_evaluators_mistake(score):
    evaluation = judged(lambda trial: score)
    assert (evaluation.status, evaluation.fitness) == ("evaluator_error", None)
    assert "Traceback" in evaluation.feedback


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, np.float64("nan")])
@pytest.mark.parametrize(
    "score",
    [
        lambda x: x,
        Score,
        lambda x: Score(1.0, objectives={"cost": x}),
        lambda x: Score(1.0, cases={"a": x}),
        lambda x: Score(1.0, measures={"size": x}),
    ],
)
def test_a_number_that_is_not_finite_makes_a_candidate_invalid(number, score):
    problem = Problem(
        "sized", (GENOME,), measures=(Measure("size", 0.0, 1.0, 4),) if "size" in repr(score(1.0)) else ()
    )
    evaluation = judged(lambda trial: score(number), problem)
    assert (evaluation.status, evaluation.fitness) == ("invalid", None)
    assert "the score is" in evaluation.feedback


def test_a_score_has_a_fitness_or_the_first_objective():
    evaluation = judged(lambda trial: Score(objectives={"other": 1.0}))
    assert evaluation.status == "evaluator_error"
    assert "neither a fitness nor the objective 'fitness'" in evaluation.feedback


def test_fitness_is_higher_is_better_whatever_the_objectives_direction():
    problem = Problem("cost", (GENOME,), objectives=(Objective("cost", "min", "s"), Objective("size", "min")))
    from_objective = judged(lambda trial: Score(objectives={"cost": 3.0, "size": 7}), problem)
    assert (from_objective.fitness, from_objective.objectives) == (-3.0, {"cost": 3.0, "size": 7.0})
    from_fitness = judged(lambda trial: -3.0, problem)
    assert (from_fitness.fitness, from_fitness.objectives) == (-3.0, {"cost": 3.0})
    both = judged(lambda trial: Score(5.0, objectives={"cost": 3.0}), problem)
    assert (both.fitness, both.objectives) == (5.0, {"cost": 3.0})


MEASURED = Problem(
    "measured", (GENOME,), measures=(Measure("size", 0.0, 1.0, 4), Measure("hue", categories=("red", "blue")))
)


def test_measures_are_taken_as_declared_and_others_left_out():
    measures = {"hue": "red", "size": np.int64(3), "more": 1.0}
    assert judged(lambda trial: Score(1.0, measures=measures), MEASURED).measures == {
        "size": 3.0,
        "hue": "red",
    }


@pytest.mark.parametrize(
    ("measures", "words"),
    [
        ({"hue": "red"}, "lacks the measure 'size'"),
        ({"size": 1.0, "hue": "green"}, "'green', not one of red, blue"),
        ({"size": "large", "hue": "red"}, "not str"),
        ({"size": True, "hue": "red"}, "not bool"),
    ],
)
def test_a_measure_that_is_missing_or_wrong_is_the_evaluators_mistake(measures, words):
    evaluation = judged(lambda trial: Score(1.0, measures=measures), MEASURED)
    assert evaluation.status == "evaluator_error"
    assert words in evaluation.feedback


@pytest.mark.parametrize(
    "score",
    [
        Score(1.0, feedback=3),
        Score(1.0, feedback=None),
        Score(1.0, artifacts={"picture": b"png"}),
        Score(1.0, cases={"a": "x"}),
    ],
)
def test_a_score_with_fields_of_another_type_is_the_evaluators_mistake(score):
    evaluation = judged(lambda trial: score)
    assert evaluation.status == "evaluator_error"
    assert "must be" in evaluation.feedback


def test_everything_an_evaluator_says_is_kept():
    said = Score(1.0, cases={"a": np.float32(0.5)}, feedback="good", artifacts={"log": "x"}, exact=True)
    evaluation = judged(lambda trial: said)
    assert (evaluation.cases, evaluation.feedback) == ({"a": 0.5}, "good")
    assert (evaluation.artifacts, evaluation.exact) == ({"log": "x"}, True)


STAGED = Problem("staged", (GENOME,), stages=(1.0, 10.0), measures=(Measure("size", 0.0, 1.0, 4),))


class Cascade:
    """Yields its scores, and notes how far it came and that it was closed."""

    def __init__(self, *scores):
        self.scores = scores
        self.reached = -1
        self.closed = False

    def evaluate(self, trial):
        try:
            for score in self.scores:
                self.reached += 1
                yield score
        finally:
            self.closed = True


WHOLE = Score(99.0, measures={"size": 0.5})


def test_a_cascade_goes_on_while_its_thresholds_are_reached():
    cascade = Cascade(Score(1.0), Score(10.0), Score(0.0), WHOLE)
    evaluation = judged(cascade, STAGED)
    assert (evaluation.status, evaluation.fitness, evaluation.stage) == ("ok", 99.0, 3)
    assert cascade.closed


@pytest.mark.parametrize(("scores", "stage"), [((0.5,), 0), ((1.0, 9.5), 1)])
def test_a_cascade_ends_where_a_threshold_is_missed(scores, stage):
    cascade = Cascade(*[Score(score, feedback="too slow") for score in scores], WHOLE)
    evaluation = judged(cascade, STAGED)
    assert (evaluation.status, evaluation.fitness, evaluation.stage) == ("pruned", None, stage)
    assert evaluation.feedback == (
        f"stage {stage} gave {scores[-1]:g}, below its threshold of {STAGED.stages[stage]:g}\ntoo slow"
    )
    assert (cascade.reached, cascade.closed) == (stage, True)


def test_a_cascade_can_be_asked_for_one_of_its_stages():
    cascade = Cascade(Score(2.0), Score(3.0), WHOLE)
    evaluation = judged(cascade, STAGED, stage=1)
    assert (evaluation.status, evaluation.fitness, evaluation.stage, evaluation.measures) == (
        "ok",
        3.0,
        1,
        {},
    )
    assert (cascade.reached, cascade.closed) == (1, True)
    assert judged(Cascade(Score(0.0), WHOLE), STAGED, stage=1).status == "pruned"
    assert judged(Cascade(Score(2.0), WHOLE), STAGED, stage=7).fitness == 99.0


def test_only_the_last_stage_needs_every_measure():
    assert judged(Cascade(Score(2.0), Score(30.0)), STAGED).status == "evaluator_error"
    partial = judged(Cascade(Score(2.0, measures={"size": "wrong"})), STAGED, stage=0)
    assert partial.status == "evaluator_error"


def test_a_cascade_of_no_stage_is_the_evaluators_mistake():
    evaluation = judged(Cascade())
    assert evaluation.status == "evaluator_error"
    assert "yielded no Score" in evaluation.feedback


def test_a_refusal_becomes_the_status_and_the_feedback():
    def refuse(trial):
        raise Invalid("circles 3 and 7 overlap")

    evaluation = judged(refuse)
    assert (evaluation.status, evaluation.feedback, evaluation.fitness) == (
        "invalid",
        "circles 3 and 7 overlap",
        None,
    )


def test_a_candidates_failure_passes_through_the_evaluator():
    evaluation = judged(lambda trial: trial.call("broken"))
    assert evaluation.status == "error"
    assert "KeyError: 'lost'" in evaluation.feedback
    assert judged(lambda trial: trial.call("absent")).status == "error"


def test_a_later_stage_may_fail_too():
    def evaluate(trial):
        yield Score(2.0)
        raise CandidateFailure("timeout", "too long")

    assert judged(evaluate, STAGED).status == "timeout"


def test_an_exception_of_the_evaluator_is_its_own_and_comes_with_its_traceback():
    def evaluate(trial):
        return trial.call("value") / 0

    evaluation = judged(evaluate)
    assert (evaluation.status, evaluation.fitness) == ("evaluator_error", None)
    assert "test_evaluation.py" in evaluation.feedback
    assert "ZeroDivisionError" in evaluation.feedback


def test_long_feedback_loses_its_middle():
    text = "".join(chr(97 + i % 26) for i in range(FEEDBACK_LIMIT + 5000))
    feedback = judged(lambda trial: Score(1.0, feedback=text)).feedback
    assert feedback.startswith(text[: FEEDBACK_LIMIT // 2] + "\n")
    assert feedback.endswith("\n" + text[-FEEDBACK_LIMIT // 2 :])
    assert "... 5000 characters cut ..." in feedback
    exact = "x" * FEEDBACK_LIMIT
    assert judged(lambda trial: Score(1.0, feedback=exact)).feedback == exact


def test_an_evaluator_is_a_function_or_an_object_that_evaluates():
    cascade = Cascade(WHOLE)
    assert as_evaluator(cascade) is cascade
    assert as_evaluator(lambda trial: 3.0).evaluate(None) == 3.0
    with pytest.raises(TypeError, match="not int"):
        as_evaluator(3)
