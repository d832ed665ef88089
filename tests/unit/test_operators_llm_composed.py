"""Operators that mend, tune or weigh what was written."""

import pytest
from conversations import BROKEN, GOOD, SEED, asked, hold, main, requests_of
from prompt_samples import FAILED, PARENT, PROBLEM

from evoengine.errors import RecipeError
from evoengine.operators.composed import Mended, RewriteThenTune
from evoengine.operators.model import Hints
from evoengine.operators.novel import Novel
from evoengine.operators.repair import Repair
from evoengine.operators.rewrite import (
    Combine,
    Rewrite,
)
from evoengine.operators.tune import Tune
from evoengine.rng import stream
from evoengine.types import Evaluation

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
