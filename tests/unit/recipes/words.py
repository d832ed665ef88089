"""A search for prompts, whose cases are words that a prompt must hold."""

from dataclasses import replace

from searching import searched

from evoengine.problem import Objective, Problem
from evoengine.types import Candidate, Evaluation, Known

CASES = ("train-a", "train-b", "train-c", "train-d", "validation-e", "validation-f")
PROMPTS = Problem(
    "words",
    ({"prompt.md": "Say x.\n"},),
    statement="Write a prompt that holds words.",
    objectives=(Objective("share"),),
    cases=CASES,
)
PAIR = replace(PROMPTS, seeds=({"one.md": "Say x.\n", "two.md": "Say y.\n"},))


def score(task):
    words = set(" ".join(task.genome.values()).split())
    names = task.cases or CASES
    cases = {name: float(name[-1] in words) for name in names}
    missing = [name for name in names if not cases[name] and name.startswith("train")]
    feedback = f"missing: {', '.join(missing)}" if missing else ""
    share = sum(cases.values()) / len(names)
    return Evaluation("", "ok", share, {"share": share}, cases=cases, feedback=feedback)


def writes(*texts, name="prompt.md"):
    """Write the text of a proposal, or the last, each different."""

    def answer(request, proposal, step):
        if request.role != "mutate":
            return f"{request.role} {proposal}"
        return f"Try.\n```markdown {name}\n{texts[min(proposal, len(texts) - 1)]} no{proposal}\n```"

    return answer


def search(name, params, answer, candidates, *, problem=PROMPTS, **settings):
    return searched(name, params, answer, candidates, problem=problem, evaluate=score, **settings)


def known(name, text, fitness=0.5, **cases):
    genome = {"prompt.md": text} if isinstance(text, str) else text
    return Known(Candidate(name, genome, text), Evaluation(name, "ok", fitness, cases=cases))
