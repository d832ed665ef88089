"""The recipes that grow data sets and collections of texts, each on a scripted conversation."""

import numpy as np
import pytest
from searching import PROBLEM, ask, number, possible, program, prompt, searched, task, tell

from evoengine.archives import Novelty
from evoengine.errors import ConfigError
from evoengine.operators.evolving import METHOD
from evoengine.problem import Measure, Problem
from evoengine.recipes import make_recipe
from evoengine.types import Candidate, Evaluation, Known


def rising(request, proposal, step):
    """Write ever greater numbers; nothing is equal to anything."""
    return "No." if request.role == "judge" else program(f"{proposal + 1}.5")


def test_qdaif_shows_elites_of_different_cells_as_a_series():
    search = searched("qdaif", {}, lambda request, proposal, step: program(f"{proposal * 10 + 5}.0"), 9)
    assert set(search.operators()) == {"series"}
    for job in search.jobs:
        assert len(set(job.parents)) == len(job.parents) <= 3
    assert len(search.jobs[-1].parents) == 3
    assert all("next one" in task(request) for request in search.requests)
    assert len(list(search.recipe.elites())) == 9


def test_qdaif_waits_for_a_seed_and_keeps_one_elite_a_cell():
    recipe = make_recipe("qdaif", PROBLEM, {"examples": 2})
    assert ask(recipe, 0) is None
    for n, fitness in enumerate((12.0, 14.0, 55.0)):
        tell(recipe, f"seed-{n}", fitness)
    assert possible(recipe, 0) == {"seed-1", "seed-2"}


def test_novelty_alone_ignores_the_fitness():
    recipe = make_recipe("novelty_search", PROBLEM, {"neighbours": 2, "operators": ["rewrite"]})
    for n, x in enumerate((90.0, 91.0, 92.0, 2.0)):
        tell(recipe, f"{n}-0", x)
    assert possible(recipe, 4) == {"3-0"}
    assert recipe.best() == "2-0"
    fit = make_recipe("novelty_search", PROBLEM, {"neighbours": 2, "fitness": 1.0, "operators": ["rewrite"]})
    for n, x in enumerate((90.0, 91.0, 92.0, 2.0)):
        tell(fit, f"{n}-0", x)
    assert possible(fit, 4) == {"2-0"}


def test_novelty_is_the_mean_distance_to_the_nearest_others():
    measures = (
        Measure("a", 0.0, 10.0, 5),
        Measure("b", edges=(0.0, 1.0, 4.0)),
        Measure("c", categories=("x", "y")),
    )
    problem = Problem("p", ({"t.md": ""},), measures=measures)
    novelty = Novelty(problem, 2)

    def known(a, b, c):
        return Known(
            Candidate(f"{a}{b}{c}", {"t.md": ""}, ""),
            Evaluation("", "ok", 0.0, measures={"a": a, "b": b, "c": c}),
        )

    members = [known(0.0, 0.0, "x"), known(10.0, 0.0, "x"), known(0.0, 4.0, "y")]
    assert Novelty(problem, 2).of([]).tolist() == []
    novelty.add(members[0])
    assert novelty.of(members[:1]).tolist() == [0.0]
    for member in members[1:]:
        novelty.add(member)
    first, second, third = 1.0, np.sqrt(3.0), np.sqrt(4.0)
    assert novelty.of(members) == pytest.approx(
        [(first + second) / 2, (first + third) / 2, (second + third) / 2]
    )


def test_without_measures_texts_are_compared():
    novelty = Novelty(Problem("p", ({"t.md": ""},)), 1)
    texts = ["red rose in rain", "red rose in snow", "nine grey wolves run"]
    members = [Known(Candidate(t, {"t.md": t}, t), Evaluation("", "ok", 0.0)) for t in texts]
    for member in members:
        novelty.add(member)
    assert np.argmax(novelty.of(members)) == 2


def test_evol_instruct_goes_on_with_the_last_of_a_line():
    search = searched("evol_instruct", {"breadth": 0.0}, rising, 6, window=1)
    assert set(search.operators()) == {"deepen"}
    assert [job.parents[0] for job in search.jobs] == ["seed-0", "0-0", "1-0", "2-0", "3-0", "4-0"]
    written = [request for request in search.requests if request.role == "mutate"]
    assert all("Make the parent a little harder" in task(request) for request in written)
    judged = [request for request in search.requests if request.role == "judge"]
    assert len(judged) == 6
    assert all(request.choices == ("yes", "no") for request in judged)
    assert len(list(search.recipe.elites())) == 7


def test_evol_instruct_begins_lines_in_breadth_and_they_take_turns():
    recipe = make_recipe("evol_instruct", PROBLEM, {"breadth": 1.0})
    assert ask(recipe, 0) is None
    tell(recipe, "seed-0", 1.0)
    assert ask(recipe, 0).operator == "broaden"
    tell(recipe, "0-0", 2.0, operator="broaden", parents=("seed-0",))
    tell(recipe, "1-0", 3.0, operator="deepen", parents=("seed-0",))
    assert [ask(recipe, n).parents[0] for n in (2, 3)] == ["1-0", "0-0"]
    tell(recipe, "2-0", None, operator="deepen", parents=("1-0",))
    assert ask(recipe, 4).parents == ("1-0",), "a failed offspring leaves its parent"
    tell(recipe, "3-0", 9.0, operator="deepen", parents=("seed-0",))
    assert {ask(recipe, n).parents[0] for n in range(4, 7)} == {"1-0", "0-0", "3-0"}


def test_what_asks_for_the_same_is_eliminated():
    def answer(request, proposal, step):
        return (
            ("Yes." if proposal == 1 else "no") if request.role == "judge" else program(f"{proposal + 1}.5")
        )

    search = searched("evol_instruct", {"breadth": 0.0}, answer, 3, window=1)
    assert [known.candidate.id for known in search.recipe.elites()] == ["seed-0", "0-0", "2-0", "3-0"]
    reasons = [event.body["reason"] for event in search.engine.store.events(("abandoned",))]
    assert reasons == ["eliminated"]


def test_auto_evol_keeps_the_method_that_fails_for_the_fewest():
    methods = iter(["It failed.\n---\nHalve it.", "It failed.\n---\nDouble it."])

    def answer(request, proposal, step):
        if request.role == "reflect":
            return next(methods)
        x = number({"main.py": prompt(request).rpartition("```python main.py")[2]})
        if "Double it." in task(request):
            return program(abs(x) * 2)
        if "Halve it." in task(request):
            return program(x - 10.0)
        return program(x + 1.0 if proposal < 3 else x - 1.0)

    search = searched("auto_evol", {"improve_every": 4, "tried_on": 1}, answer, 6, window=1)
    assert search.operators() == ["evolve_by"] * 3 + ["improve_method", "evolve_by", "evolve_by"]
    assert search.jobs[3].inspirations == ("0-0", "1-0", "2-0")
    assert search.told("3-0").candidate.notes == "Double it."
    assert [job.args.get("notes") for job in search.jobs[4:]] == ["3-0", "3-0"]
    assert all("Double it." in task(request) for request in search.requests[-2:])
    assert METHOD[:40] in task(search.requests[0])
    assert not search.asked("Double it.")[-1].messages[1].content.count("# Notes"), (
        "the method is the task itself"
    )


def test_auto_evol_gives_up_an_improvement_that_evolves_nothing():
    def answer(request, proposal, step):
        if request.role == "reflect":
            return "I see no way to improve it."
        return "I'm sorry." if proposal == 1 else program(f"{proposal}.5")

    search = searched("auto_evol", {"improve_every": 2, "tried_on": 2, "methods": 1}, answer, 2, window=1)
    reasons = [event.body["reason"] for event in search.engine.store.events(("abandoned",))]
    assert "eliminated" in reasons
    assert "notes" not in search.jobs[2].args


def test_instruction_fusion_fuses_two_once_there_are_two():
    search = searched("instruction_fusion", {}, rising, 5, window=1)
    assert search.operators() == ["deepen", "fuse", "fuse", "fuse", "fuse"]
    assert all(len(set(job.parents)) == 2 for job in search.jobs[1:])
    assert all("Fuse the two parents" in task(request) for request in search.requests[2:])
    assert ask(make_recipe("instruction_fusion", PROBLEM), 0) is None


def test_genetic_instruct_crosses_the_latest_members_over_or_mutates_one():
    recipe = make_recipe("genetic_instruct", PROBLEM, {"population": 2, "examples": 2})
    assert ask(recipe, 0) is None
    for n in range(4):
        tell(recipe, f"seed-{n}", float(n))
    jobs = [ask(recipe, n) for n in range(60)]
    assert {job.operator for job in jobs} == {"series", "deepen"}
    assert {len(job.parents) for job in jobs if job.operator == "series"} == {2}
    assert {len(job.parents) for job in jobs if job.operator == "deepen"} == {1}
    assert {name for job in jobs for name in job.parents} == {"seed-2", "seed-3"}
    search = searched("genetic_instruct", {"crossover": 0.0}, rising, 3)
    assert set(search.operators()) == {"deepen"}


def test_beams_explore_by_changed_instructions_and_the_best_take_them_all():
    def answer(request, proposal, step):
        return f"Way {proposal}." if request.role == "reflect" else program(f"{proposal}.5")

    params = {"beams": 3, "kept": 1, "explore": 1}
    search = searched("decoding_evolution", params, answer, 9)
    assert search.operators() == ["reinstruct", "rewrite", "rewrite"] * 3
    assert [job.parents[0] for job in search.jobs] == ["seed-0"] * 3 + ["2-0"] * 3 + ["5-0"] * 3
    assert "Find a great number." in search.asked("written by this instruction")[0].messages[1].content
    assert search.told("3-0").candidate.notes == "Way 3."


def test_a_beam_is_rewritten_by_the_instruction_that_led_to_it():
    recipe = make_recipe("decoding_evolution", PROBLEM, {"beams": 2, "kept": 1, "explore": 1})
    assert ask(recipe, 0) is None
    tell(recipe, "seed-0", 0.0)
    tell(recipe, "0-0", 5.0, operator="reinstruct", parents=("seed-0",), notes="Another way.")
    assert ask(recipe, 2, told=1) is None, "a round begins when the last has ended"
    tell(recipe, "1-0", 1.0, operator="rewrite", parents=("seed-0",))
    explore, rewrite = ask(recipe, 2), ask(recipe, 3, told=2)
    assert (explore.operator, explore.args) == ("reinstruct", {"notes": "0-0"})
    assert (rewrite.operator, rewrite.args) == ("rewrite", {"notes": "0-0"})
    tell(recipe, "2-0", 6.0, operator="rewrite", parents=("0-0",))
    tell(recipe, "3-0", 7.0, operator="rewrite", parents=("2-0",))
    assert ask(recipe, 4).args == {"notes": "0-0"}, "the instruction is inherited"


def test_an_instruction_that_was_not_given_ends_the_exploration():
    def answer(request, proposal, step):
        return "" if request.role == "reflect" else program(f"{proposal}.5")

    search = searched("decoding_evolution", {"beams": 2, "explore": 1, "kept": 1}, answer, 2)
    assert next(event.body["reason"] for event in search.engine.store.events(("abandoned",))) == "empty"


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("qdaif", {"examples": 0}),
        ("novelty_search", {"fitness": 1.5}),
        ("novelty_search", {"neighbours": 0}),
        ("evol_instruct", {"breadth": -0.1}),
        ("auto_evol", {"methods": 0}),
        ("genetic_instruct", {"crossover": 2.0}),
        ("decoding_evolution", {"kept": 9}),
    ],
)
def test_wrong_parameters_are_refused(name, params):
    with pytest.raises(ConfigError, match=name):
        make_recipe(name, PROBLEM, params)
