import json
import re

import numpy as np
import pytest

from evoengine.operators.literals import (
    Perturb,
    choose_literals,
    describe,
    find_literals,
    jittered,
    least_scale,
    perturbed,
    scale_of,
    write_literals,
)
from evoengine.problem import Problem
from evoengine.rng import stream
from evoengine.types import Candidate, Evaluation, Known


def known(genome, fitness=1.0):
    return Known(Candidate("seed-0", genome, ""), Evaluation("seed-0", "ok", fitness))


def offspring(operator, *genomes, seed=0, problem=None):
    problem = problem or Problem("p", (genomes[0],))
    conversation = operator(problem, [known(genome) for genome in genomes], [], stream(seed, 0, "vary"))
    with pytest.raises(StopIteration) as stop:
        next(conversation)
    return stop.value.value


def literals(text, name="main.py", **kwargs):
    return find_literals(Problem("p", ({name: text},), **kwargs), {name: text})


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("x = 1 + 2.5", [1, 2.5]),
        ("x = -1.5", [-1.5]),
        ("x = - 3", [-3]),
        ("x = --3", [-3]),
        ("x = -( 3 )", [-3]),
        ("x = +3", [3]),
        ("x = 1e-3 * 0x10 + 1_000", [0.001, 16, 1000]),
        ("x = -2 ** 2", [2, 2]),
        ("x = (-2) ** 2", [-2, 2]),
        ("x = True, None, 'a', 1j, ...", []),
        ("x = 1e999 + 10**300 + 123456789012345678901234567890", [10, 300]),
        ("x = f'{1}' + '2'", []),
        ("x: t[4] = 5", [5]),
        ("match x:\n    case 1: y = 2", [2]),
        ("def f(a=1, *, b=-2): return a[3:-4]", [1, -2, 3, -4]),
        ("x = )", []),
    ],
)
def test_numbers_are_found_with_their_sign(text, values):
    found = literals(text)
    assert [literal.value for literal in found] == values
    assert [type(literal.value) for literal in found] == [type(value) for value in values]


def test_a_sign_outside_the_region_is_not_the_numbers():
    text = "x = (-\n# EVOLVE-BLOCK-START\n1.5\n# EVOLVE-BLOCK-END\n)"
    (literal,) = literals(text)
    assert (literal.value, literal.line) == (1.5, 3)
    assert write_literals({"main.py": text}, {literal: -2.5})["main.py"] == text.replace("1.5", "(-2.5)")


def test_floats_are_chosen_before_integers_and_indices():
    weights = [literal.weight for literal in literals("x = a[0] + a[1:2] + 3 + 0.5")]
    assert weights == [0.02, 0.02, 0.02, 0.1, 1.0]


@pytest.mark.parametrize(
    ("text", "value", "wanted"),
    [
        ("x = 0.5", -1.5, "x = -1.5"),
        ("x = a * 0.5", -1.5, "x = a * (-1.5)"),
        ("x = 2 ** y", -3, "x = (-3) ** y"),
        ("x = a * -0.5", 1.5, "x = a * 1.5"),
        ("x = -0.5 * a", -1.5, "x = -1.5 * a"),
        ("x = 7", 7.6, "x = 8"),
        ("x = a - (-( 3 )) * b", 5, "x = a - (5) * b"),
        ("x = 1_000", -5, "x = -5"),
        ("x = 0xFF  # mask", 3, "x = 3  # mask"),
        ("x = 1 .real", -1, "x = (-1) .real"),
        ("f(1)", -1, "f(-1)"),
    ],
)
def test_a_number_is_written_in_its_place(text, value, wanted):
    (literal,) = literals(text)
    assert write_literals({"main.py": text}, {literal: value}) == {"main.py": wanted}


def test_json_stays_json():
    genome = {"vector.json": '{"a": [0.5, -1.25e0, 3],\n "b": true}'}
    found = find_literals(Problem("p", (genome,)), genome)
    assert [literal.value for literal in found] == [0.5, -1.25, 3]
    text = write_literals(genome, dict.fromkeys(found, -7.5))["vector.json"]
    assert text == '{"a": [-7.5, -7.5, -8],\n "b": true}'
    assert json.loads(text) == {"a": [-7.5, -7.5, -8], "b": True}


def test_literals_of_several_files():
    genome = {"a.py": "x = 1.5", "b.py": "y = 2.5", "c.md": "3.5"}
    problem = Problem("p", (genome,), evolvable=("a.py", "b.py", "c.md"))
    found = find_literals(problem, genome)
    assert write_literals(genome, {found[0]: 0.5, found[1]: 0.25}) == {
        "a.py": "x = 0.5",
        "b.py": "y = 0.25",
        "c.md": "3.5",
    }
    assert describe(dict.fromkeys(found, 9.0)) == "line 1: 1.5 -> 9.0, line 1: 2.5 -> 9.0"


def test_a_long_description_is_cut():
    found = literals("x = 1, 2, 3, 4, 5")
    assert describe(dict.fromkeys(found, 9)).endswith("3 -> 9, ...")


def test_choosing_keeps_the_order_and_the_bound():
    found = literals("x = 0.5, 1.5, 2.5, 3.5")
    chosen = choose_literals(found, 3, stream(0, 0, "x"))
    assert len(chosen) == 3
    assert [x.start for x in chosen] == sorted(x.start for x in chosen)
    assert choose_literals(found, 9, stream(0, 0, "x")) == found


def test_steps_follow_the_size_of_the_number():
    big, small, zero, whole, nought = literals("x = 1000.0, 0.001, 0.0, 100, 0")
    steps = [
        {x: abs(value - x.value) for x, value in perturbed([x], stream(seed, 0, "x"), 0.01, 0.01).items()}
        for seed in range(200)
        for x in (big, small, zero, whole, nought)
    ]

    def mean(literal):
        return np.mean([step[literal] for step in steps if literal in step])

    assert 5 < mean(big) < 12
    assert 5e-6 < mean(small) < 12e-6
    assert 0.005 < mean(zero) < 0.012
    assert 1 <= mean(whole) < 2
    assert mean(nought) == 1


def test_a_float_is_written_with_the_digits_of_its_step():
    text = perturbed(literals("x = 0.5"), stream(1, 0, "x"), 1e-4, 1e-4)
    assert all(len(repr(value)) <= 10 for value in text.values())


def test_the_smallest_float_there_is():
    assert all(np.isfinite(v) for v in perturbed(literals("x = 5e-324"), stream(0, 0, "x")).values())


PROGRAM = "# keep   this\nx = [ 0.3,0.7 ]   # and this\nn = 26\n"


def test_perturbing_changes_one_to_three_numbers_and_nothing_else():
    counts = set()
    for seed in range(60):
        (draft,) = offspring(Perturb(), {"main.py": PROGRAM}, seed=seed)
        text = draft.genome["main.py"]
        numbers = re.findall(r"-?\d[\d.e-]*", text)
        counts.add(sum(a != b for a, b in zip(numbers, ["0.3", "0.7", "26"], strict=True)))
        assert re.sub(r"-?\d[\d.e-]*", "#", text) == re.sub(r"\d[\d.]*", "#", PROGRAM)
        assert draft.notes.startswith("line ")
    assert counts == {1, 2, 3}


@pytest.mark.parametrize(
    "genome", [{"main.py": "x = y"}, {"main.py": "x = ("}, {"prompt.md": "1.5"}, {"a.json": "{"}, {}]
)
def test_without_numbers_there_is_no_offspring(genome):
    assert offspring(Perturb(), genome, problem=Problem("p", (genome,))) == ()


def test_equal_streams_give_equal_offspring():
    assert offspring(Perturb(), {"main.py": PROGRAM}) == offspring(Perturb(), {"main.py": PROGRAM})
    assert offspring(Perturb(), {"main.py": PROGRAM}) != offspring(Perturb(), {"main.py": PROGRAM}, seed=1)


def test_jittering_a_piece_of_code():
    assert jittered("f(x)", stream(0, 0, "x")) == "f(x)"
    assert jittered("f(", stream(0, 0, "x")) == "f("
    assert re.fullmatch(r"f\(-?[\d.]+\)", jittered("f(0.5)", stream(0, 0, "x")))


def test_small_floats_mostly_move_as_far_as_the_median_one():
    found = literals("x = [0.01, 0.5, 0.5, 7]")
    drawn = [least_scale(found, stream(seed, 0, "vary")) for seed in range(200)]
    assert set(drawn) == {0.0, 0.5}
    assert drawn.count(0.5) / 200 == pytest.approx(0.75, abs=0.1)
    assert [scale_of(literal, 0.5) for literal in found] == [0.5, 0.5, 0.5, 7.0]
    assert least_scale(literals("x = [3, 0.0]"), stream(0, 0, "vary")) == 0.0
