"""Conversations of the operators that ask a model, held by the engine."""

import asyncio
import time
from collections import deque
from dataclasses import replace

import pytest
from prompt_samples import FAILED, HELPER, MAIN, PARENT, PROBLEM

from evoengine.archives import PopulationArchive
from evoengine.effects import Embed, Embedded, Generated
from evoengine.engine import Engine
from evoengine.errors import RecipeError, RecipeStalledError
from evoengine.operators import Gaussian
from evoengine.operators.composed import Mended, RewriteThenTune
from evoengine.operators.model import Hints, with_hints
from evoengine.operators.model_operators import MODEL_OPERATORS
from evoengine.operators.novel import Novel
from evoengine.operators.reflect import Summarise
from evoengine.operators.repair import Repair
from evoengine.operators.research import Research
from evoengine.operators.rewrite import (
    Aim,
    Combine,
    CommonIdea,
    Edit,
    Explore,
    Modify,
    Reparameterise,
    Rewrite,
    Simplify,
)
from evoengine.operators.thoughts import Criticise, Strategise, Think
from evoengine.operators.tune import Tune
from evoengine.ports import Operator
from evoengine.recipes.base import ArchiveRecipe
from evoengine.rng import stream
from evoengine.stores import MemoryStore
from evoengine.testing.scripted import ScriptedExecutor, ScriptedLLM
from evoengine.types import Draft, Evaluation, Job, Known

SEED = {"main.py": MAIN, "helper.py": HELPER}
GOOD = [f"Scale {n}.\n```python main.py\n{MAIN.replace('0.5', n)}```" for n in ("0.6", "0.7", "0.8")]
EDIT = "Up.\n<<<<<<< SEARCH\nSCALE = 0.5\n=======\nSCALE = 0.9\n>>>>>>> REPLACE"
BROKEN = f"Break.\n```python main.py\n{MAIN.replace('0.5', 'None')}```"


def main(scale):
    return MAIN.replace("0.5", scale)


class OneProposal(ArchiveRecipe):
    """Proposes once, from the seeds in order: first the operator's parents, then inspirations."""

    def __init__(self, operator, **job):
        super().__init__(PROBLEM, PopulationArchive(9), ["rewrite"])
        self._operators["it"] = operator
        self.job = job
        self.known = []

    def ask(self, view, rng):
        if view.proposal or not self.known:
            return None
        ids = [known.candidate.id for known in self.known]
        arity = self._operators["it"].arity
        return Job(0, "it", tuple(ids[:arity]), tuple(ids[arity:]), **self.job)

    def tell(self, candidate, evaluation):
        self.known.append(Known(candidate, evaluation))
        return super().tell(candidate, evaluation)


def score(task):
    """The scale, or an error where it is no number."""
    scale = task.genome["main.py"].split("SCALE = ")[1].split("\n")[0].split(" ")[0]
    if scale == "None":
        return Evaluation("", "error", feedback="TypeError: the scale is None")
    return Evaluation(
        "", "ok", float(scale), {"length": -float(scale)}, {"spread": 0.1, "depth": 1.0, "style": "exact"}
    )


def hold(operator, *replies, seeds=(SEED,), evaluate=score, vectors=None, **job):
    """Hold the one conversation of an operator; give its candidates, the requests and the log."""
    script = deque(replies)

    def answer(request, proposal, step):
        reply = script.popleft()
        return reply if isinstance(reply, list) else [reply]

    recipe = OneProposal(operator, **job)
    recipe.seeds = lambda: [Draft(seed) for seed in seeds]
    llm, store = ScriptedLLM(answer, vectors=vectors), MemoryStore()
    executor = ScriptedExecutor(evaluate)
    engine = Engine(PROBLEM, recipe, store, executor, header={}, clock=time.monotonic, llm=llm)
    with pytest.raises(RecipeStalledError):
        asyncio.run(engine.run())
    assert not script, "not all replies were asked for"
    offspring = [known for known in recipe.known if known.candidate.operator != "seed"]
    abandoned = [event.body for event in store.events(("abandoned",))]
    return offspring, llm.requests, abandoned


def asked(request):
    """Give the task at the end of a prompt."""
    return request.messages[1].content.rpartition("# Your turn")[2]


# One parent, one question


def test_rewrite():
    (child,), (request,), _ = hold(Rewrite(), GOOD[0])
    assert child.candidate.genome == {"main.py": main("0.6"), "helper.py": HELPER}
    assert child.candidate.notes == "Scale 0.6."
    assert (child.candidate.model, child.candidate.operator) == ("scripted", "it")
    assert child.candidate.parents == ("seed-0",)
    assert child.evaluation.usage.calls == 1
    assert (request.role, request.n, request.temperature, request.model) == ("mutate", 1, None, "")
    assert "scores better" in asked(request)


def test_edit():
    (child,), (request,), _ = hold(Edit(), EDIT)
    assert child.candidate.genome["main.py"] == main("0.9")
    assert "<<<<<<< SEARCH main.py" in request.messages[0].content


def test_combine_takes_two_parents():
    seeds = [SEED, {**SEED, "main.py": main("0.55")}, {**SEED, "main.py": main("0.56")}]
    (child,), (request,), _ = hold(Combine(), GOOD[0], seeds=seeds)
    assert child.candidate.parents == ("seed-0", "seed-1")
    prompt = request.messages[1].content
    assert prompt.index("## Parent 1") < prompt.index("## Parent 2") < prompt.index("## Inspiration")


@pytest.mark.parametrize(
    ("operator", "word"),
    [
        (Explore(), "different"),
        (Simplify(), "less"),
        (Modify(), "different form"),
        (Reparameterise(), "parameters"),
    ],
)
def test_operators_differ_in_their_task(operator, word):
    (child,), (request,), _ = hold(operator, GOOD[1])
    assert child.candidate.genome["main.py"] == main("0.7")
    assert word in asked(request)


def test_aim_names_the_values_of_the_jobs_cell():
    (_,), (request,), _ = hold(Aim(), GOOD[0], cell=(2, 1, 0))
    assert "- spread: 0.5 to 0.75\n- depth: 1 to 10\n- style: greedy" in asked(request)


def test_aim_needs_a_cell():
    with pytest.raises(RecipeError, match="'aim' needs a job with a cell"):
        Aim()(PROBLEM, [PARENT], [], stream(0, 0, "vary"))


def test_hints_reach_the_request_and_the_prompt():
    hints = {"model": "strong", "temperature": 0.5, "notes": "seed-1"}
    seeds = [SEED, {**SEED, "main.py": main("0.55")}]
    (_,), (request,), _ = hold(Rewrite(), GOOD[0], seeds=seeds, args=hints)
    assert (request.model, request.temperature) == ("strong", 0.5)
    assert "learnt so far" not in request.messages[1].content  # a seed has no notes
    told = Rewrite().with_hints(Hints(notes="Up is good."))
    (request,) = requests_of(told, GOOD[0])
    assert "# What the search has learnt so far\n\nUp is good." in request.messages[1].content


def requests_of(operator, *replies):
    """Hold a conversation by hand; give what was asked."""
    conversation = operator(PROBLEM, [PARENT], [], stream(0, 0, "vary"))
    requests = [next(conversation)]
    for reply in replies:
        try:
            requests.append(conversation.send(Generated((reply,))))
        except StopIteration:
            return requests
        if isinstance(requests[-1], Embed):
            with pytest.raises(StopIteration):
                conversation.send(Embedded(()))
            return requests
    raise AssertionError("the conversation goes on")


def test_operators_without_a_use_for_hints_stay_as_they_are():
    operator = Gaussian()
    assert with_hints(operator, Hints(notes="x")) is operator


def test_several_samples_give_several_offspring_and_an_equal_one_counts_once():
    again = GOOD[0].replace("Scale 0.6.", "The same.")
    children, (request,), _ = hold(Rewrite(samples=4), [*GOOD[:2], again, "I can't."])
    assert request.n == 4
    assert [child.candidate.id for child in children] == ["0-0", "0-1"]


# Replies that cannot be used


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "empty"),
        ([], "empty"),
        ("I'm sorry, I can't.", "refused"),
        ("Increase the scale.", "no_code"),
        ("```python main.py\ndef f(:", "truncated"),
        (f"```python main.py\n{main('(')}```", "unparsable"),
        (f"```python main.py\n{MAIN}```", "unchanged"),
    ],
)
def test_a_reply_without_an_offspring_is_given_up_and_the_log_says_why(reply, reason):
    children, requests, (abandoned,) = hold(Rewrite(), reply)
    assert children == []
    assert len(requests) == 1
    assert abandoned["reason"] == reason
    assert abandoned["usage"][1] == 1


def test_reasons_of_several_samples_are_joined():
    _, _, (abandoned,) = hold(Rewrite(samples=3), ["", "I can't.", ""])
    assert abandoned["reason"] == "empty, refused"


def test_a_violation_is_fed_back_once():
    bad = f"```python main.py\n{main('0.6').replace('import helper', 'import os')}```"
    (child,), requests, _ = hold(Rewrite(), bad, GOOD[0])
    assert child.candidate.genome["main.py"] == main("0.6")
    assert child.evaluation.usage.calls == 2
    assert child.candidate.notes == "Scale 0.6. [after frozen]"
    said, complaint = requests[1].messages[2:]
    assert (said.role, said.content) == ("assistant", bad)
    assert complaint.role == "user"
    assert "outside the EVOLVE-BLOCK regions" in complaint.content
    assert requests[1].messages[:2] == requests[0].messages


def test_a_second_violation_is_not():
    bad = f"```python main.py\n{main('0.6').replace('import helper', 'import os')}```"
    children, requests, (abandoned,) = hold(Rewrite(), bad, bad)
    assert (children, len(requests), abandoned["reason"]) == ([], 2, "frozen")


def test_a_refused_edit_is_fed_back_with_the_reason():
    wrong = EDIT.replace("SCALE = 0.5", "SCALE = 5")
    (child,), requests, _ = hold(Edit(), wrong, EDIT)
    assert child.candidate.genome["main.py"] == main("0.9")
    assert "SEARCH lines are not there" in requests[1].messages[3].content


def test_a_usable_sample_makes_a_second_question_needless():
    wrong = EDIT.replace("SCALE = 0.5", "SCALE = 5")
    children, requests, _ = hold(Edit(samples=2), [wrong, EDIT])
    assert (len(children), len(requests)) == (1, 1)


# Repair


FAILING = [{**SEED, "main.py": main("None")}]


def test_repair_goes_on_until_the_candidate_works():
    (child,), requests, _ = hold(
        Repair(), BROKEN.replace("None", "None  # again\nX = 1"), GOOD[0], seeds=FAILING
    )
    assert child.evaluation.ok
    assert child.candidate.parents == ("seed-0",)
    assert "The parent failed (error)" in asked(requests[0])
    assert "TypeError: the scale is None" in requests[0].messages[1].content
    assert "X = 1" in requests[1].messages[1].content


def broken(n):
    return f"```python main.py\n{main(f'None{chr(10)}X = {n}')}```"


def test_repair_gives_up_after_its_tries():
    children, requests, (abandoned,) = hold(Repair(tries=2), broken(1), broken(2), seeds=FAILING)
    assert (children, len(requests), abandoned["reason"]) == ([], 2, "unrepaired")
    assert abandoned["usage"][0] == 2


def test_repair_gives_up_where_nothing_usable_is_said():
    assert hold(Repair(), "I can't.", seeds=FAILING)[2][0]["reason"] == "refused"


def test_repair_needs_a_parent_that_failed():
    with pytest.raises(RecipeError, match="'repair' needs a parent that failed"):
        next(Repair()(PROBLEM, [PARENT], [], stream(0, 0, "vary")))


# Words first


def test_reflect_asks_for_a_review_and_applies_it():
    (child,), (review, apply), _ = hold(MODEL_OPERATORS["reflect"](), "The scale is too low.", GOOD[2])
    assert (review.role, apply.role) == ("reflect", "mutate")
    assert "without code" in review.messages[0].content
    assert "A reviewer of the parent says:\n\nThe scale is too low." in asked(apply)
    assert child.candidate.notes == "The scale is too low."


@pytest.mark.parametrize("words", ["  ", []])
def test_reflect_and_summarise_give_up_without_words(words):
    for operator in (MODEL_OPERATORS["reflect"](), Summarise()):
        assert hold(operator, words)[2][0]["reason"] == "empty"


def test_reflect_keeps_the_reason_of_its_second_step():
    assert hold(MODEL_OPERATORS["reflect"](), "Too low.", "I can't.")[2][0]["reason"] == "refused"


def test_summarise_writes_notes_on_its_inspirations():
    seeds = [SEED, {**SEED, "main.py": main("None")}]
    (child,), (words, task), _ = hold(Summarise(), "- None fails.", GOOD[0], seeds=seeds)
    assert "seed-1 seed: status: error" in asked(words)
    assert "## Inspiration" not in words.messages[1].content
    assert "# What the search has learnt so far\n\n- None fails." in task.messages[1].content
    assert child.candidate.notes == "- None fails."
    assert child.candidate.genome["main.py"] == main("0.6")


def test_summarise_carries_notes_on():
    (words, task) = requests_of(
        Summarise().with_hints(Hints(notes="Old.")), "New.", GOOD[0].replace("SCALE = 0.6", "SCALE = 0.61")
    )
    assert "learnt so far\n\nOld." in words.messages[1].content
    assert "learnt so far\n\nNew." in task.messages[1].content
    assert "Old." not in task.messages[1].content


def test_notes_are_kept_when_no_offspring_comes_of_them():
    (child,), requests, _ = hold(Summarise(note_tokens=5), "x" * 100, "I can't.")
    assert child.candidate.genome == SEED
    assert child.candidate.notes.startswith("xxxx")
    assert len(child.candidate.notes) < 70
    assert child.evaluation.usage.evaluations == 0
    assert child.evaluation.usage.calls == len(requests) == 2


# Composed


def test_rewrite_then_tune_fits_the_numbers_of_the_new_structure():
    operator = RewriteThenTune(tune=Tune(evaluations=12))
    (child,), _, _ = hold(operator, GOOD[0])
    assert child.evaluation.fitness > 0.6
    assert child.candidate.notes.startswith("Scale 0.6.; ")
    assert child.candidate.model == "scripted"
    assert child.evaluation.usage.evaluations == 13, "the best of them is not evaluated again"


def test_what_cannot_be_tuned_or_fails_is_the_draft_as_it_is():
    flat = RewriteThenTune(tune=Tune(evaluations=3))
    (child,), _, _ = hold(flat, GOOD[0], evaluate=lambda task: Evaluation("", "ok", 1.0))
    assert child.candidate.genome["main.py"] == main("0.6")
    (child,), _, _ = hold(RewriteThenTune(), BROKEN)
    assert (child.evaluation.status, child.evaluation.usage.evaluations) == ("error", 1)
    assert hold(RewriteThenTune(), "I can't.")[2][0]["reason"] == "refused"


def test_rewrite_then_tune_passes_hints_on():
    operator = RewriteThenTune(first=Combine()).with_hints(Hints(model="strong"))
    assert operator.arity == 2
    conversation = operator(PROBLEM, [PARENT, FAILED], [], stream(0, 0, "vary"))
    assert next(conversation).model == "strong"


LONG = "\n".join(f"def helper_{n}(x):\n    return x * {n} + len(str(x))\n" for n in range(60))


def long(scale):
    return f"```python main.py\n{main(scale).replace('SCALE', LONG + chr(10) + 'SCALE', 1)}```"


def test_novel_asks_again_for_what_is_all_but_known():
    known = {**SEED, "main.py": main("0.55").replace("SCALE", LONG + "\nSCALE", 1)}
    (child,), requests, _ = hold(Novel(Rewrite(), threshold=0.95), long("0.56"), GOOD[0], seeds=[SEED, known])
    assert child.candidate.genome["main.py"] == main("0.6")
    assert "all but the same" not in requests[0].messages[1].content
    assert "all but the same" in requests[1].messages[1].content


def test_novel_gives_up_after_its_tries_and_complains_once_a_time():
    known = {**SEED, "main.py": main("0.55").replace("SCALE", LONG + "\nSCALE", 1)}
    replies = [long(scale) for scale in ("0.56", "0.57", "0.58")]
    children, requests, (abandoned,) = hold(Novel(Rewrite(), threshold=0.95), *replies, seeds=[SEED, known])
    assert (children, abandoned["reason"]) == ([], "not_novel")
    assert requests[2].messages[1].content.count("all but the same") == 1


def test_novel_also_compares_the_samples_of_one_reply():
    children, _, _ = hold(Novel(Rewrite(samples=3), threshold=0.95), [long("0.56"), long("0.57"), GOOD[0]])
    assert [child.candidate.genome["main.py"] for child in children] == [long("0.56")[18:-3], main("0.6")]


def test_novel_takes_after_its_operator():
    assert (Novel(Combine()).name, Novel(Combine()).arity) == ("combine", 2)
    assert hold(Novel(Rewrite()), "I can't.")[2][0]["reason"] == "refused"
    (request, *_) = requests_of(Novel(Rewrite()).with_hints(Hints(notes="Up.", model="m")), GOOD[0])
    assert request.model == "m"
    assert "Up." in request.messages[1].content


def scale_vector(text):
    """Give vectors that are alike where the scale is."""
    scale = float(text.split("SCALE = ")[1].split()[0])
    return [scale, 1.0 - scale]


def test_novel_compares_the_vectors_of_a_model_where_there_are_any():
    (child,), _, _ = hold(Novel(Rewrite(), cosine=0.95), GOOD[0], GOOD[2], vectors=scale_vector)
    assert child.candidate.genome["main.py"] == main("0.8")
    (child,), _, _ = hold(Novel(Rewrite(), cosine=0.95), GOOD[0])
    assert child.candidate.genome["main.py"] == main("0.6"), "the shingles differ enough"
    (child,), _, _ = hold(Novel(Rewrite()), GOOD[2], vectors=scale_vector)
    # one vector for the parent and one for the draft
    assert (child.evaluation.usage.calls, child.evaluation.usage.tokens_in) == (2, 30)


def test_vectors_that_are_nothing_tell_nothing_apart():
    children, _, _ = hold(Novel(Rewrite(), tries=1), GOOD[0], vectors=lambda _: [0.0, 0.0])
    assert children == []


def test_a_judge_may_keep_what_looks_alike():
    (child,), requests, _ = hold(
        Novel(Rewrite(), judge=True, tries=2),
        GOOD[0],
        "No.",
        GOOD[1],
        "**Yes**, it is.",
        vectors=lambda _: [1.0],
    )
    assert child.candidate.genome["main.py"] == main("0.7")
    assert [request.role for request in requests] == ["mutate", "judge", "mutate", "judge"]
    assert requests[1].temperature == 0.0
    assert "SCALE = 0.5" in requests[1].messages[0].content
    assert "SCALE = 0.6" in requests[1].messages[0].content


def test_mended_repairs_what_fails_and_takes_after_its_operator():
    (child,), requests, _ = hold(Mended(Rewrite()), BROKEN, GOOD[0])
    assert "The parent failed (error)" in asked(requests[1])
    assert child.candidate.notes == "Break.; Scale 0.6."
    assert child.evaluation.usage.evaluations == 2
    assert (Mended(Combine()).name, Mended(Combine()).arity) == ("combine", 2)
    (child,), requests, _ = hold(Mended(Rewrite()), GOOD[0])
    assert (len(requests), child.evaluation.usage.evaluations) == (1, 1)
    assert hold(Mended(Rewrite()), "I can't.")[2][0]["reason"] == "refused"
    conversation = Mended(Rewrite()).with_hints(Hints(model="m"))(PROBLEM, [PARENT], [], stream(0, 0, "vary"))
    assert next(conversation).model == "m"


# Thoughts


def test_several_notes_are_joined_and_empty_ones_left_out():
    notes = {"0-0": "A.", "1-0": "", "2-0": "B."}
    library = {
        name: Known(replace(PARENT.candidate, notes=said), PARENT.evaluation) for name, said in notes.items()
    }
    job = Job(3, "it", ("0-0",), args={"notes": list(notes)})
    assert Hints.of(job, library).notes == "A.\n\nB."
    assert Hints.of(replace(job, args={}), library).notes == ""


def test_ideas_are_shown_where_there_are_any():
    (request, *_) = requests_of(CommonIdea(ideas=True), GOOD[0])
    assert "- idea: Half the scale." in request.messages[1].content
    (request, *_) = requests_of(CommonIdea(), GOOD[0])
    assert "Half the scale" not in request.messages[1].content


@pytest.mark.parametrize(
    ("operator", "replies", "reason"),
    [
        (Strategise(), [""], "empty"),
        (Strategise(), ["1. Up.\n2. Down.", "I can't.", "I can't."], "refused"),
        (Think(), [""], "empty"),
        (Think(), ["Up.", "I can't."], "refused"),
        (Criticise(), ["**Stop**: no hope."], "stopped"),
        (Criticise(), ["Refine.", ""], "empty"),
        (Research(), [""], "empty"),
        (Research(), ["Why?", ""], "empty"),
        (Research(), ["Why?", "Up.", "I can't."], "refused"),
    ],
)
def test_a_conversation_without_words_or_offspring_is_given_up(operator, replies, reason):
    assert hold(operator, *replies)[2][0]["reason"] == reason


def test_strategise_gives_an_offspring_of_each_strategy_that_it_asked_for():
    children, requests, _ = hold(Strategise(strategies=2), "1. Up.\n2. Down.\n3. Left.", GOOD[0], "I can't.")
    assert [child.candidate.notes for child in children] == ["Up."]
    assert "Think of 2 strategies" in asked(requests[0])
    assert "Down." in asked(requests[2])


@pytest.mark.parametrize("replies", [[""], ["Down.", "I can't."]])
def test_a_thought_that_cannot_be_rethought_stays_as_it_was(replies):
    seeds = [{**SEED, "main.py": main("0.7")}]
    (child,), _, _ = hold(Think(), "Up.", GOOD[0], *replies, seeds=seeds)
    assert (child.candidate.notes, child.evaluation.fitness) == ("Up.", 0.6)


def test_a_lookup_of_ones_own_takes_the_place_of_bm25():
    _, requests, _ = hold(Research(lookup=lambda text, documents: [text.upper()]), "Why?", "Up.", GOOD[0])
    assert "WHY?" in asked(requests[1])


# The registry


@pytest.mark.parametrize("name", MODEL_OPERATORS)
def test_the_registry_gives_each_operator_its_name_and_few_parents(name):
    operator: Operator = MODEL_OPERATORS[name]()
    assert operator.name == name
    assert 1 <= operator.arity <= 4
    assert operator == MODEL_OPERATORS[name]()


def test_a_draft_that_breaks_the_frozen_text_is_logged_as_such():
    class Breaks:
        name, arity = "breaks", 1

        def __call__(self, problem, parents, inspirations, rng):
            yield from ()
            return [Draft({"main.py": "", "helper.py": HELPER})]

    assert hold(Breaks())[2][0]["reason"] == "frozen"
