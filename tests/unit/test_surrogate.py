"""Numbers by a Gaussian process: what it learns from, what it moves, and what it needs."""

import math

import numpy as np
import pytest

from evoengine.operators import OPERATORS, Surrogate
from evoengine.operators.literals import find_literals
from evoengine.operators.processes import Process
from evoengine.operators.surrogate import MOST
from evoengine.problem import Problem
from evoengine.recipes import make_recipe
from evoengine.recipes.kin import FORMS, HALF, Kin
from evoengine.rng import stream
from evoengine.text.forms import blanked, form
from evoengine.types import Candidate, Evaluation, Known, View

TEXT = "x = [{}, {}]\nn = 4\n"
PROBLEM = Problem("p", ({"main.py": TEXT.format(0.5, 2.0)},))


def known(name, *numbers, fitness=0.0, text=TEXT, parents=(), proposal=0):
    """Give a candidate with these numbers; no fitness: it failed."""
    genome = {"main.py": text.format(*numbers)}
    candidate = Candidate(name, genome, f"d{name}", parents, proposal=proposal)
    return Known(candidate, Evaluation(name, "error" if fitness is None else "ok", fitness))


def offspring(operator, parent, kin, seed=0):
    """Give the drafts of one conversation, which asks nothing."""
    with pytest.raises(StopIteration) as stop:
        next(operator(PROBLEM, [parent], kin, stream(seed, 0, "test")))
    return stop.value.value


def values(genome):
    """Give the numbers of a genome."""
    return [literal.value for literal in find_literals(PROBLEM, genome)]


def valley(first, second):
    """Give a fitness that is greatest at (1, 1)."""
    return -((first - 1.0) ** 2) - (second - 1.0) ** 2


# the process


def test_a_process_goes_through_its_data_and_is_unsure_far_from_them():
    points = np.linspace(-1.0, 1.0, 9)[:, None]
    process = Process(points, np.sin(3.0 * points[:, 0]))
    between = np.full((400, 1), 0.13)
    far = np.full((400, 1), 30.0)
    rng = np.random.default_rng(1)
    assert process.draw(between, rng).mean() == pytest.approx(math.sin(0.39), abs=0.02)
    assert process.draw(far, rng).std() > 10.0 * process.draw(between, rng).std()


def test_contradictory_data_are_taken_for_noise():
    points = np.repeat(np.linspace(-1.0, 1.0, 8), 2)[:, None]
    values = np.tile([0.5, -0.5], 8)
    draws = Process(points, values).draw(np.zeros((400, 1)), np.random.default_rng(1))
    assert abs(draws.mean()) < 0.2


def test_what_is_expected_to_improve_is_the_mean_gain_of_draws_over_the_best():
    points = np.linspace(-1.0, 1.0, 5)[:, None]
    process = Process(points, np.sin(3.0 * points[:, 0]))
    where = np.array([[-0.8], [0.2], [0.45], [0.6], [2.0]])
    rng = np.random.default_rng(1)
    draws = np.array([process.draw(where, rng) for _ in range(20_000)])
    gains = np.maximum(draws - 0.9, 0.0).mean(axis=0)
    assert process.improvement(where, 0.9) == pytest.approx(gains, abs=0.01)
    assert (process.improvement(where, 1e9) == 0.0).all()


# the operator


def test_what_may_gain_most_is_farther_away_than_what_a_draw_chooses():
    rng = np.random.default_rng(1)
    numbers = [(0.5, 2.0), *rng.uniform(0.5, 2.0, (30, 2)).tolist()]
    kin = [known(f"c{n}", *each, fitness=valley(*each)) for n, each in enumerate(numbers)]
    kin.sort(key=lambda each: each.evaluation.fitness, reverse=True)
    parent = np.array(values(kin[0].candidate.genome))

    def step(improving):
        operator = Surrogate(improving=improving)
        drafts = [offspring(operator, kin[0], kin[1:], seed)[0] for seed in range(100)]
        return np.median([np.abs(values(draft.genome) - parent).max() for draft in drafts])

    assert step(1.0) > 1.5 * step(0.0)


def test_it_finds_the_top_of_a_valley_in_fewer_evaluations_than_perturbation():
    def climb(name, seed):
        operator = OPERATORS[name]()
        kin = [known("c0", 0.5, 2.0, fitness=valley(0.5, 2.0))]
        for step in range(40):
            parent = max(kin, key=lambda each: each.evaluation.fitness)
            others = [each for each in kin if each is not parent]
            (draft,) = offspring(operator, parent, others, seed=100 * seed + step)
            first, second, _ = values(draft.genome)
            kin.append(known(f"c{step + 1}", first, second, fitness=valley(first, second)))
        return max(each.evaluation.fitness for each in kin)

    guided = [climb("surrogate", seed) for seed in range(7)]
    blind = [climb("perturb", seed) for seed in range(7)]
    assert np.median(guided) > np.median(blind)
    assert np.median(guided) > -1e-3


def test_whole_numbers_stay_and_some_float_moves():
    kin = [known(f"c{n}", 0.5 + n / 10, 2.0, fitness=n) for n in range(8)]
    for seed in range(20):
        (draft,) = offspring(Surrogate(), kin[-1], kin[:-1], seed)
        first, second, whole = values(draft.genome)
        assert whole == 4
        assert (first, second) != (1.2, 2.0)
        assert draft.notes.startswith("line 1: ")


def moves(operator, kin):
    """Give how far the two floats moved, where they did, over many offspring of the first."""
    drafts = [offspring(operator, kin[0], kin[1:], seed)[0] for seed in range(60)]
    found = np.abs(np.array([values(draft.genome)[:2] for draft in drafts]) - (1.0, 1.0))
    return [float(np.median(column[column > 0])) for column in found.T]


def test_a_number_that_the_better_candidates_agree_on_takes_small_steps():
    rng = np.random.default_rng(1)
    kin = [known("parent", 1.0, 1.0, fitness=9.0)]
    for n in range(20):
        first, second = rng.normal(1.0, [0.002, 0.2])
        kin.append(known(f"c{n}", float(first), float(second), fitness=float(n) / 10))
    fine, coarse = moves(Surrogate(broad=0.0, differences=0.0), kin)
    assert coarse > 10 * fine
    fine, coarse = moves(Surrogate(broad=1.0, differences=0.0, spread=0.0), kin)
    assert coarse < 5 * fine


def test_where_no_float_moved_yet_all_take_steps_of_one_size():
    kin = [known(f"c{n}", 1.0, 1.0, text=TEXT.replace("4", str(n)), fitness=-n) for n in range(8)]
    first, second = moves(Surrogate(broad=0.0), kin)
    assert first < 10 * second < 100 * first


ROWS = "x = [{}, {}, {}, {}, {}, {}]\ny = [{}, {}] + [{}]\nz = f({}, 3, {})\n"
ROW_OF = (0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4)
"""The floats of `ROWS`: a whole number between them parts two, as all but a comma does."""


def steps_over_rows(operator):
    """Give how far each float of `ROWS` moved, in hundreds of offspring, shape ``(offspring, floats)``."""
    kin = [known(f"c{n}", *np.full(11, 1.0 + n / 10), fitness=-n, text=ROWS) for n in range(8)]
    drafts = [offspring(operator, kin[0], kin[1:], seed)[0] for seed in range(300)]
    floats = [value for draft in drafts for value in values(draft.genome) if isinstance(value, float)]
    return np.array(floats).reshape(300, 11) - 1.0


def test_neighbours_in_a_list_move_by_the_same_step():
    longest = 0
    for steps in steps_over_rows(Surrogate(runs=1.0, differences=0.0)):
        moved = np.flatnonzero(steps)
        assert len({ROW_OF[place] for place in moved}) == 1, "no run leaves its list"
        assert (np.diff(moved) == 1).all()
        assert np.ptp(steps[moved]) < 1e-9
        longest = max(longest, len(moved))
    assert longest == 6
    alone = steps_over_rows(Surrogate(runs=0.0, differences=0.0))
    assert max(np.ptp(steps[np.flatnonzero(steps)]) for steps in alone) > 0.1


def test_every_float_is_moved_whether_it_has_neighbours_or_not():
    steps = steps_over_rows(Surrogate(runs=1.0, differences=0.0))
    assert (steps != 0.0).any(axis=0).all()


def test_failures_and_kin_of_other_forms_are_data_too():
    other = known("other", 0.5, 2.0, text="x = [{}, {}]\nn = min(4, 3)\n", fitness=3.0)
    failed = known("failed", 0.9, 1.0, fitness=None)
    kin = [*(known(f"c{n}", 0.5 + n / 10, 2.0, fitness=n) for n in range(5)), other, failed]
    assert offspring(Surrogate(), kin[0], kin[1:])


@pytest.mark.parametrize("far", [4e5, 1e15])
def test_kin_with_numbers_of_another_size_do_no_harm(far):
    rng = np.random.default_rng(1)
    near = [known(f"c{n}", *rng.normal(1.0, 0.01, 2).tolist(), fitness=-n) for n in range(24)]
    distant = [known(f"d{n}", *rng.normal(far, 0.01, 2).tolist(), fitness=-99 - n) for n in range(24)]
    for seed in range(20):
        (draft,) = offspring(Surrogate(), near[0], [*near[1:], *distant], seed)
        assert np.isfinite(values(draft.genome)).all()


@pytest.mark.parametrize("count", [0, 4])
def test_with_little_data_it_perturbs(count):
    kin = [known(f"c{n}", 0.5 + n / 10, 2.0, fitness=n) for n in range(count)]
    parent = known("parent", 0.5, 2.0)
    assert offspring(Surrogate(), parent, kin) == offspring(OPERATORS["perturb"](), parent, ())


def test_without_a_float_it_perturbs():
    kin = [known(f"c{n}", n, 2, fitness=n) for n in range(8)]
    assert values(offspring(Surrogate(), kin[0], kin[1:])[0].genome) != values(kin[0].candidate.genome)


# forms and kin


def test_a_form_is_blind_to_numbers_their_signs_and_the_brackets_of_signs():
    same = ["f(0.5, 1e-3) + x2 * 3", "f(-0.5, 2) + x2 * (-3)", "f(.25, -1.) + x2 * 7.5e+10"]
    assert len({blanked(text) for text in same}) == 1
    assert blanked("a - 1") != blanked("a + 1")
    assert blanked("f(-1)") == "f(#)"
    assert form({"a.py": "1", "b.py": "x"}) != form({"a.py": "x", "b.py": "1"})


def test_kin_are_the_best_and_the_latest_of_a_form():
    kin, each = Kin(), [known(f"c{n}", n, 0.5, fitness=float(-n), proposal=n) for n in range(3 * HALF)]
    for one in each:
        kin.tell(one.candidate, one.evaluation)
    expected = [*(f"c{n}" for n in range(1, HALF)), *(f"c{n}" for n in range(2 * HALF, 3 * HALF))]
    assert list(kin.of(each[0])) == expected
    assert kin.of(known("other", 0, 0, text="y = {} + {}\n")) == ()


def test_a_form_begins_with_the_kin_of_its_parent():
    kin, parent = Kin(), known("parent", 0.5, 2.0)
    child = known("child", 0.5, 2.0, text="x = [{}, {}]\nn = min(4, 3)\n", parents=("parent",))
    later = known("later", 0.7, 2.0)
    for each in (parent, child, later):
        kin.tell(each.candidate, each.evaluation)
    assert kin.of(child) == ("parent",)
    assert kin.of(later) == ("parent",)


def test_the_forms_told_of_last_are_remembered():
    kin = Kin()
    texts = [f"x{n} = [{{}}, {{}}]\n" for n in range(FORMS + 1)]
    for n, text in enumerate(texts):
        one = known(f"c{n}", 0.5, 2.0, text=text)
        kin.tell(one.candidate, one.evaluation)
    assert kin.of(known("new", 0.6, 2.0, text=texts[0])) == ()
    assert kin.of(known("new", 0.6, 2.0, text=texts[-1])) == (f"c{FORMS}",)


def test_any_recipe_over_an_archive_shows_it_the_kin():
    recipe = make_recipe("hill_climb", PROBLEM, {"operators": ["surrogate"]})
    for n in range(3):
        one = known(f"c{n}", 0.5 + n, 2.0, fitness=float(n), proposal=n)
        recipe.tell(one.candidate, one.evaluation)
    job = recipe.ask(View(3, 3, 0), stream(1, 3, "ask"))
    assert (job.operator, job.parents, set(job.inspirations)) == ("surrogate", ("c2",), {"c0", "c1"})


def test_a_program_of_many_numbers_gets_no_more_points_than_are_soon_looked_at(monkeypatch):
    text = "x = [" + ", ".join(["{}"] * 200) + "]\n"
    rng = np.random.default_rng(1)
    parent, *kin = (known(str(n), *rng.uniform(0.1, 1.0, 200), fitness=n, text=text) for n in range(10))
    looked_at = []

    def draw(self, points, rng):
        looked_at.append(points.shape)
        return draw_all(self, points, rng)

    draw_all = Process.draw
    monkeypatch.setattr(Process, "draw", draw)
    (draft,) = offspring(Surrogate(), parent, kin)
    assert looked_at == [(MOST, 200)]
    assert values(draft.genome) != values(parent.candidate.genome)
