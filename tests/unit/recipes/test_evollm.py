"""EvoLLM: whole numbers, ranked generations, and a mean that a model gives in blocks."""

import json

import numpy as np
import pytest
from searching import ask, searched

from evoengine.errors import ConfigError
from evoengine.problem import Problem
from evoengine.recipes import make_recipe
from evoengine.types import Candidate, Evaluation, Job, Known

LINE = Problem("line", ({"x.json": "[0, 0, 0]"},), worst_fitness=-100.0)


def numbers(known):
    return json.loads(known.candidate.genome["x.json"])


def far(trial):
    """Score a vector by its sum, the higher the better; it fails beyond a sum of 8."""
    total = sum(json.loads(trial.genome["x.json"]))
    return Evaluation("", "ok", total, {"fitness": total}) if total < 8 else Evaluation("", "error")


def rising(request, proposal, step):
    """Answer with half of what is left to the top, 500 + 250 + ..., and name the block's length."""
    count = int(request.messages[0].content.partition("function of ")[2].split()[0])
    return "The series rises.\n" + ", ".join([str(1000 - 500 // 2**proposal)] * count)


def evollm(answer, candidates, **params):
    return searched("evollm", {"block": 2, **params}, answer, candidates, problem=LINE, evaluate=far)


def test_a_proposal_is_a_generation_around_the_mean_that_the_model_gave():
    search = evollm(rising, 15, sigma=0.01)
    assert [job.parents for job in search.jobs] == [
        ("seed-0", "seed-0"),
        ("0-0", "seed-0"),
        ("1-0", "seed-0"),
    ]
    assert numbers(search.told("0-0")) == [0.0, 0.0, 0.0]
    assert numbers(search.told("1-0")) == pytest.approx([1.5, 1.5, 1.5])
    assert numbers(search.told("2-0")) == pytest.approx([2.25, 2.25, 2.25])
    samples = np.array([numbers(search.told(f"2-{n}")) for n in range(1, 5)])
    assert 0.0 < np.abs(samples - 2.25).max() < 0.05


def test_coordinates_are_asked_for_in_blocks_and_shown_as_whole_numbers():
    search = evollm(rising, 10)
    first, second = search.requests
    assert "of 2 whole numbers from 0 to 1000" in first.messages[0].content
    assert "of 1 whole numbers" in second.messages[0].content
    rows = first.messages[1].content.partition("```text\n")[2].partition("\n```")[0].splitlines()
    shown = {known: search.told(f"0-{known}") for known in range(5)}
    expected = sorted((known.evaluation.fitness, numbers(known)) for known in shown.values())
    assert [float(row.partition(";")[2]) for row in rows] == pytest.approx(
        [fitness for fitness, _ in expected], rel=1e-4
    )
    assert [int(row.partition(",")[0]) for row in rows] == [round((x[0] + 3) * 1000 / 6) for _, x in expected]


def test_generations_and_members_go_from_the_least_to_the_most_fit():
    recipe = make_recipe("evollm", LINE, {"generations": 2, "members": 2})
    assert ask(recipe, 0) is None
    recipe.tell(Candidate("seed-0", LINE.seeds[0], "d"), Evaluation("seed-0", "ok", 0.0))
    for proposal, fitnesses in enumerate(((9.0, 1.0, 2.0), (3.0, None, 4.0, 2.0), (1.0, 0.0, 2.5))):
        for n, fitness in enumerate(fitnesses):
            name = f"{proposal}-{n}"
            candidate = Candidate(name, LINE.seeds[0], name, operator="next_mean", proposal=proposal)
            recipe.tell(candidate, Evaluation(name, "ok" if fitness is not None else "error", fitness))
    assert ask(recipe, 3, in_flight=1) is None
    job = ask(recipe, 3)
    assert job == Job(3, "next_mean", ("2-0", "seed-0"), ("1-2", "1-0", "2-2", "2-0"))
    seed = Known(Candidate("seed-0", LINE.seeds[0], "d"), Evaluation("seed-0", "ok", 0.0))
    library = {"seed-0": seed}
    for name, fitness in (("2-0", 1.0), ("2-2", 2.5), ("1-0", 3.0), ("1-2", 4.0)):
        genome = {"x.json": json.dumps([fitness / 2] * 3)}
        candidate = Candidate(name, genome, name, proposal=int(name[0]))
        library[name] = Known(candidate, Evaluation(name, "ok", fitness))
    request = next(recipe.vary(job, library, np.random.default_rng(0)))
    rows = [row.partition("; ")[2] for row in request.messages[1].content.splitlines() if ";" in row]
    assert rows == ["1", "2.5", "3", "4"]
    assert "To reach 5.375," in request.messages[1].content


@pytest.mark.parametrize(
    "answer", ["", "I cannot.", "1, 2, 3, 4, 5", "5000, 1", "-4, 3", "0.5, 0.5", "500, 500\n\nI am sure."]
)
def test_what_is_no_mean_keeps_the_last_one(answer):
    def either(request, proposal, step):
        return rising(request, proposal, step) if proposal == 1 else answer

    search = evollm(either, 15)
    assert numbers(search.told("2-0")) == numbers(search.told("1-0")) == pytest.approx([1.5] * 3)


def test_samples_stay_within_reach_and_what_fails_is_not_shown():
    search = evollm(rising, 30, sigma=5.0)
    vectors = [numbers(known) for n in range(6) for known in (search.told(f"{n}-{k}") for k in range(5))]
    assert np.abs(vectors).max() <= 3.0
    failed = {f"{n}-{k}" for n in range(6) for k in range(5) if not search.told(f"{n}-{k}").evaluation.ok}
    assert failed
    assert not failed & {name for job in search.jobs for name in job.inspirations}


def test_wrong_parameters_and_genomes_without_numbers_are_refused():
    with pytest.raises(ConfigError, match="block"):
        make_recipe("evollm", LINE, {"sigma": 0.0})
    with pytest.raises(ConfigError, match="no numbers to move"):
        make_recipe("evollm", Problem("poem", ({"poem.md": "An old pond."},)))
