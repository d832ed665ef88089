import json

import pytest

from evoengine.effects import Evaluate, Generate, Generated, Message
from evoengine.errors import RecipeError
from evoengine.operators import Memetic, Tune, evaluate, generate, offer
from evoengine.problem import Problem
from evoengine.rng import stream
from evoengine.types import Candidate, Draft, Evaluation, Known


def known(genome, fitness):
    status = "error" if fitness is None else "ok"
    return Known(Candidate("seed-0", genome, ""), Evaluation("seed-0", status, fitness))


def hold(operator, genome, fitness, score, seed=0):
    """Hold a conversation; give the drafts and the genomes that were evaluated."""
    asked = []
    conversation = operator(Problem("p", (genome,)), [known(genome, fitness)], [], stream(seed, 0, "vary"))
    try:
        effect = next(conversation)
        while True:
            assert isinstance(effect, Evaluate)
            asked.append(dict(effect.genome))
            value = score(effect.genome)
            effect = conversation.send(Evaluation("", "error" if value is None else "ok", value))
    except StopIteration as stop:
        return stop.value, asked


def sphere(genome):
    """Score a vector by its distance to (1, -2, 3), higher is better."""
    x = json.loads(genome["x.json"])
    return -sum((a - b) ** 2 for a, b in zip(x, (1, -2, 3), strict=True))


START = {"x.json": "[1.5, -1.5, 2.0]"}


def test_tuning_climbs():
    gains = []
    for seed in range(6):
        drafts, asked = hold(Tune(evaluations=60, patience=9), START, sphere(START), sphere, seed)
        assert len(asked) == 60
        assert all(sphere(drafts[0].genome) >= sphere(genome) for genome in asked)
        gains.append(sphere(drafts[0].genome))
    assert sorted(gains)[3] > -0.3  # it begins at -1.5


def test_tuning_a_program_keeps_its_form():
    genome = {"main.py": "def f():\n    return 0.5  # half\n", "lib.md": "9.5"}
    drafts, _ = hold(Tune(evaluations=12), genome, 0.5, lambda g: float(g["main.py"].split()[3]))
    text = drafts[0].genome["main.py"]
    assert float(text.split()[3]) > 0.5
    assert text == f"def f():\n    return {text.split()[3]}  # half\n"
    assert drafts[0].genome["lib.md"] == "9.5"
    assert drafts[0].notes.startswith("line 2: 0.5 -> ")


def test_integers_stay_integers():
    genome = {"main.py": "n = 100\n"}
    _, asked = hold(Tune(evaluations=20, patience=9), genome, 0.0, lambda _: 0.0)
    assert len(asked) == 20
    assert all(int(g["main.py"].split()[2]) > 0 for g in asked)


def test_what_is_no_better_than_the_parent_is_not_offered():
    assert hold(Tune(evaluations=10), START, sphere(START), lambda _: sphere(START))[0] == ()


def test_failures_are_survived():
    drafts, asked = hold(Tune(evaluations=30, patience=9), START, sphere(START), lambda _: None)
    assert (drafts, len(asked)) == ((), 30)


def test_tuning_ends_after_generations_without_progress():
    """A generation of three numbers has seven genomes."""
    _, asked = hold(Tune(patience=2), START, 0.0, lambda _: -1.0)
    assert len(asked) == 14
    _, asked = hold(Tune(evaluations=40, patience=2), START, sphere(START), sphere)
    assert len(asked) > 14


def test_small_floats_move_on_the_scale_of_the_others():
    genome = {"x.json": "[0.001, 10.0, 10.0]"}
    moves = [
        max(
            abs(json.loads(g["x.json"])[0] - 0.001) for g in hold(Tune(patience=9), genome, 0.0, len, seed)[1]
        )
        for seed in range(8)
    ]
    assert sum(move > 0.1 for move in moves) >= 4
    assert sum(move < 0.01 for move in moves) >= 1


def test_a_failed_parent_is_bettered_by_any_score():
    assert len(hold(Tune(evaluations=5), START, None, sphere)[0]) == 1


def test_only_so_many_numbers_are_tuned():
    genome = {"x.json": json.dumps([0.5] * 40)}
    _, asked = hold(Tune(evaluations=3, literals=4), genome, 0.0, lambda _: 0.0)
    for each in asked:
        assert sum(value != 0.5 for value in json.loads(each["x.json"])) == 4


def test_nothing_to_tune():
    assert hold(Tune(), {"main.py": "x = y\n"}, 0.0, sphere) == ((), [])
    assert hold(Tune(), {"prompt.md": "1 2 3"}, 0.0, sphere) == ((), [])


@pytest.mark.parametrize("operator", [Tune(evaluations=15), Memetic()])
def test_a_conversation_is_repeated_exactly(operator):
    genome = {"main.py": "def f(x):\n    return x * 0.5 + 2.0\n"}

    def score(g):
        return float(len(g["main.py"]))

    assert hold(operator, genome, 1.0, score) == hold(operator, genome, 1.0, score)


LINE = {"main.py": "def f(x):\n    y = 0.25 * x\n    return y + 1.5\n"}


def value(genome):
    """Score a program by f(1), at most 9; it fails where it gives no number."""
    names = {}
    try:
        exec(genome["main.py"], names)
        return min(float(names["f"](1.0)), 9.0)
    except (ArithmeticError, NameError, TypeError, ValueError):
        return None


def test_memetic_climbs_on_a_mutant():
    found = 0
    for seed in range(30):
        drafts, asked = hold(Memetic(evaluations=12, patience=5), LINE, value(LINE), value, seed)
        assert len(asked) <= 12
        for draft in drafts:
            found += 1
            assert value(draft.genome) > value(LINE)
            assert value(draft.genome) == max(v for g in asked if (v := value(g)) is not None)
            assert ": main.py, line " in draft.notes
    assert found >= 5


def test_memetic_gives_up_on_a_mutant_that_fails():
    drafts, asked = hold(Memetic(), LINE, 1.0, lambda _: None)
    assert (drafts, len(asked)) == ((), 1)


def test_memetic_loses_patience():
    drafts, asked = hold(Memetic(evaluations=50, patience=4), LINE, 0.5, lambda _: 0.5)
    assert (drafts, len(asked)) == ((), 5)


def test_memetic_gives_a_mutant_below_its_parent_a_third_of_its_patience():
    drafts, asked = hold(Memetic(evaluations=50, patience=9), LINE, 1.0, lambda _: 0.5)
    assert (drafts, len(asked)) == ((), 4)


def test_memetic_without_numbers_or_program():
    text = {"main.py": "def f(x, y):\n    return x if x else y\n"}
    for seed in range(20):
        drafts, asked = hold(Memetic(), text, None, lambda _: 0.5, seed)
        assert len(drafts) == 1
        assert len(asked) <= 40
    assert hold(Memetic(), {"prompt.md": "x"}, 0.0, value) == ((), [])


def test_steps_check_the_kind_of_their_reply():
    asking = evaluate({"a.py": ""}, ("case",), 1)
    assert next(asking) == Evaluate({"a.py": ""}, ("case",), 1)
    with pytest.raises(RecipeError, match="the reply to Evaluate must be Evaluation, not Generated"):
        asking.send(Generated(("x",)))
    asking = generate(Message("user", "hello"), n=2, temperature=0.5, role="repair")
    assert next(asking) == Generate((Message("user", "hello"),), 2, 0.5, "repair")
    with pytest.raises(RecipeError, match="the reply to Generate must be Generated, not Evaluation"):
        asking.send(Evaluation("", "ok", 1.0))


def test_steps_give_their_reply():
    for asking, reply in (
        (evaluate({}), Evaluation("", "ok", 1.0)),
        (generate(Message("user", "x")), Generated(("y",))),
    ):
        next(asking)
        with pytest.raises(StopIteration) as stop:
            asking.send(reply)
        assert stop.value.value == reply


def test_offering_asks_nothing():
    with pytest.raises(StopIteration) as stop:
        next(offer(Draft({}), Draft({"a": "b"})))
    assert stop.value.value == (Draft({}), Draft({"a": "b"}))
