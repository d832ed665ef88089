"""Whole searches whose evaluator asks a judge, through evaluator processes and a scripted model."""

from evoengine.api import search
from evoengine.config import load_problem
from evoengine.recipes import make_recipe

MODEL = """
WORDS = "river stone lamp winter orchard gull thread copper morning harbour button moth".split()


def answer(messages, n, proposal, step):
    text = messages[-1]["content"]
    if "Answer with one" in text:
        # Long poems are bright, and the judge is in two minds about everything else.
        return ["yes" if ("bright" in text and len(text) > 330) or proposal % 2 else "no"] * n
    if "# Your turn" not in text:
        return ["Because light is scattered by air, and blue light most."] * n
    words = [WORDS[(proposal + i * i) % 12] for i in range(4 + proposal)]
    file = "poem.md" if "poem.md" in text else "instruction.md"
    return [f"As asked.\\n```markdown {file}\\n{' '.join(words)} {proposal}\\n```"] * n
"""


def searched(tmp_path, problem, recipe, candidates):
    model = tmp_path / "model.py"
    model.write_text(MODEL)
    return search(
        problem,
        out=tmp_path / "run",
        recipe=recipe,
        model=[f"scripted:{model}"],
        candidates=candidates,
        slots=1,
    )


def test_poems_are_judged_noisily_and_no_question_is_paid_twice(tmp_path):
    run = searched(tmp_path, "qd_text", "qdaif", 4)
    assert run.stopped == "candidates", "what a final check asks comes behind the end of the search"
    assert run.last_digest == run.fold(make_recipe("qdaif", load_problem("qd_text").problem, {})).digest()
    keys = [event.body["key"] for event in run.store.events(("answered",))]
    assert len(keys) == len(set(keys)) > 4 * 5
    seeds = [known for known in run if known.candidate.operator == "seed"]
    assert {known.evaluation.repeats for known in seeds} == {3}
    assert max(known.evaluation.deviation for known in seeds) > 0.0
    assert {known.candidate.operator for known in run} >= {"seed", "series"}
    assert run.checks()


def test_a_data_set_of_instructions_has_its_responses(tmp_path):
    run = searched(tmp_path, "instructions", "evol_instruct", 3)
    evolved = [
        known for known in run if known.candidate.operator in {"deepen", "broaden"} and known.evaluation.ok
    ]
    assert evolved
    for known in evolved:
        assert known.evaluation.artifacts["response"].startswith("Because light")
