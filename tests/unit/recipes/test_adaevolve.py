"""AdaEvolve: exploration, budget and paradigm follow what was gained lately."""

import math

import pytest
from searching import PROBLEM, ask, possible, program, prompt, searched, task, tell

from evoengine.archives import Islands, PopulationArchive
from evoengine.errors import ConfigError
from evoengine.recipes import make_recipe
from evoengine.recipes.productivity import PAUSE, Productivity
from evoengine.testing.archives import insert, scored

REWRITE = {"edit_format": "rewrite", "migrate_every": 0}


def accounts(count=2, *, most=2, window=10, least=0.12, migrate_every=0):
    islands = Islands(lambda: PopulationArchive(20), count, migrate_every=migrate_every)
    gains = Productivity(islands, most, window, least)

    def fold(number, fitness, island=0, operator="rewrite"):
        status = "ok" if fitness is not None else "error"
        known = scored(number, fitness, island=island, operator=operator, status=status)
        insert(islands, known)
        gains.tell(known.candidate, known.evaluation)

    fold(-1, 1.0, operator="seed")
    return gains, fold, islands


# The accounts


def test_exploration_shrinks_with_what_was_gained_and_comes_back():
    gains, fold, _ = accounts()
    assert gains.exploration(0, 0.15, 0.5) == 0.5
    fold(0, 1.5)
    signal = 0.1 * 0.5**2
    assert gains.exploration(0, 0.15, 0.5) == pytest.approx(0.15 + 0.35 / (1 + math.sqrt(signal)))
    fold(1, None)
    assert gains.exploration(0, 0.15, 0.5) == pytest.approx(0.15 + 0.35 / (1 + math.sqrt(0.9 * signal)))
    assert gains.exploration(1, 0.15, 0.5) == 0.5


def test_a_rise_is_capped_where_the_best_was_nothing():
    gains, fold, _ = accounts()
    fold(0, 1000.0)
    assert gains.exploration(0, 0.0, 1.0) == pytest.approx(1 / (1 + math.sqrt(0.1)))


def test_the_island_that_gains_is_due_and_the_others_are_not_forgotten():
    gains, fold, _ = accounts()
    assert gains.due() == 0
    fold(0, 2.0)
    assert gains.due() == 1, "no island is left unvisited"
    fold(1, 0.5, island=1)
    assert gains.due() == 0
    turns = []
    for n in range(2, 30):
        turns.append(gains.due())
        fold(n, 0.1 + n / 1000, island=turns[-1])
    assert set(turns) == {0, 1}


def test_a_reward_is_relative_to_the_best_of_all_islands():
    gains, fold, islands = accounts()
    fold(0, 100.0)
    fold(1, 2.0, island=1)
    fold(2, 0.0)
    fold(3, 0.0, island=1)
    # Both islands doubled or more, but the second only gained a hundredth of the best of all.
    assert islands.island(1).best().evaluation.fitness == 2.0
    assert gains.due() == 0


def test_migrants_raise_the_signal_but_earn_no_reward():
    gains, fold, _ = accounts(migrate_every=2)
    fold(0, 2.0)
    assert gains.exploration(1, 0.0, 1.0) < 1.0
    assert gains.due() == 1
    fold(1, 0.1, island=1)
    assert gains.due() == 0


def test_a_search_is_stalled_after_a_window_without_rises_until_the_paradigm_changes():
    gains, fold, _ = accounts(window=4, least=0.3)
    for n, fitness in enumerate((2.0, 1.0, None, 1.5)):
        assert not gains.stalled
        fold(n, fitness)
    assert gains.stalled
    fold(4, 3.0)
    assert gains.stalled, "1 of 4 is less than 0.3"
    fold(5, 3.5)
    assert not gains.stalled
    for n in range(6, 10):
        fold(n, 0.0)
    assert gains.stalled
    fold(10, 0.0, operator="strategise")
    assert not gains.stalled


def test_a_new_island_comes_where_hardly_anything_rises():
    gains, fold, islands = accounts(1, most=2)
    for n in range(PAUSE - 2):
        fold(n, n / 100)
    assert islands.count == 1
    fold(50, 0.5)
    assert islands.count == 2
    assert [known.candidate.proposal for known in islands.island(1).elites()] == [-1, 50, 27, 26, 25]
    assert gains.due() == 1
    for n in range(100, 100 + 2 * PAUSE):
        fold(n, 0.0, island=1)
    assert islands.count == 2


def test_no_island_comes_while_candidates_rise():
    _, fold, islands = accounts(1, most=2)
    for n in range(2 * PAUSE):
        fold(n, float(n + 2) if n % 20 == 0 else 0.0)
    assert islands.count == 1


# The recipe


def stalling(request, proposal, step):
    if request.role == "reflect":
        return f"1. Twice {proposal}.\n2. Thrice {proposal}.\n3. Half {proposal}."
    if "Twice" in task(request):
        return [program(f"7.{proposal}"), program(f"8.{proposal}")]
    return [program(f"-{2 + sample}.{proposal}{step}") for sample in range(request.n)]


def test_in_a_stall_three_strategies_are_carried_out_twice_on_the_best():
    search = searched("adaevolve", {**REWRITE, "window": 5}, stalling, 30, window=1)
    changes = [job for job in search.jobs if job.operator == "strategise"]
    first, second = changes[:2]
    assert (first.proposal % 5, first.parents, first.args) == (0, ("seed-0",), {"notes": []})
    drafts = [search.told(f"{first.proposal}-{n}").candidate for n in range(6)]
    p = first.proposal
    assert [d.notes for d in drafts] == [f"{w} {p}." for w in ("Twice", "Thrice", "Half") for _ in range(2)]
    assert second.parents == (f"{p}-1",)
    assert second.args["notes"] == [draft.id for draft in drafts]
    question = search.asked("Think of 3 strategies")[1]
    assert f"Thrice {p}." in prompt(question)


def test_an_island_explores_any_member_or_refines_its_best_quarter():
    for exploration, operator, expected in (
        ([1.0, 1.0], "explore", {f"{n}-0" for n in range(8)} | {"seed-0"}),
        ([0.0, 0.0], "rewrite", {"7-0", "6-0"}),
    ):
        recipe = make_recipe("adaevolve", PROBLEM, {**REWRITE, "islands": 1, "exploration": exploration})
        tell(recipe, "seed-0", -1.0)
        for n in range(8):
            tell(recipe, f"{n}-0", float(n), operator="rewrite")
        job = ask(recipe, 9)
        assert job.operator == operator
        assert possible(recipe, 9) == expected
        assert not set(job.parents) & set(job.inspirations)
        assert set(job.inspirations) <= expected


def test_the_proposal_goes_to_the_island_that_is_due():
    recipe = make_recipe("adaevolve", PROBLEM, REWRITE)
    tell(recipe, "seed-0", 1.0)
    assert ask(recipe, 0).island == 0
    tell(recipe, "0-0", 0.5, operator="rewrite")
    assert ask(recipe, 1).island == 1


@pytest.mark.parametrize(
    "params",
    [{"window": 0}, {"exploration": [0.1]}, {"islands": 0}, {"population": 0}, {"migrate_every": -1}],
)
def test_wrong_parameters_are_refused(params):
    with pytest.raises(ConfigError, match="adaevolve"):
        make_recipe("adaevolve", PROBLEM, params)
