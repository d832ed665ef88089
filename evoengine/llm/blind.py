"""A simulated model that changes numbers and understands nothing: what a search is worth without insight."""

from collections.abc import Sequence

import numpy as np

from evoengine.effects import Message
from evoengine.llm.calls import Call, Completion
from evoengine.llm.meter import estimate
from evoengine.operators import Perturb
from evoengine.problem import Problem
from evoengine.prompts import fenced
from evoengine.rng import stream
from evoengine.text import blocks
from evoengine.types import Candidate, Evaluation, Genome, Known

WORDS = "Simulated: the numbers decide. 0.5"
"""The answer wherever words, a number or a judgment are asked for."""

_PARENT = "\n## Parent"
_FROZEN = " (may not change)"
_EDIT, _FENCE = "<<<<<<< SEARCH", "```"


class BlindModel:
    """Answers with the parent that it is shown, one to three of whose numbers `Perturb` has changed.

    It is a simulation: two methods that are run with it differ in what they select, vary and keep, and
    not in what a model makes of a prompt. It answers in the form that the prompt asks for, whole files or
    one SEARCH/REPLACE edit a file. Of several parents the first is changed; without the heading of a
    parent, the program shown last. Equal calls have equal answers.

    Parameters
    ----------
    seed
        With the proposal and the step it decides what changes.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    async def complete(self, call: Call) -> Completion:
        """Answer a call; tokens are estimated."""
        texts = self.answer(call.messages, call.n, call.proposal, call.step)
        return Completion(texts, estimate(call.messages, texts))

    def answer(self, messages: Sequence[Message], n: int, proposal: int, step: int) -> tuple[str, ...]:
        """Give the texts that answer a prompt."""
        system, user = messages[0].content, messages[min(1, len(messages) - 1)].content
        form = system.partition("# Reply")[2]
        genome = _shown(user)
        if not genome or (_EDIT not in form and _FENCE not in form):
            return (WORDS,) * n
        problem = Problem("shown", (genome,))
        parent = Known(Candidate("shown", genome, ""), Evaluation("shown", "ok"))
        rng = stream(self._seed, proposal, f"blind/{step}")
        write = _edits if _EDIT in form else _files
        return tuple(write(genome, _changed(problem, parent, rng)) for _ in range(n))


def _changed(problem: Problem, parent: Known, rng: np.random.Generator) -> Genome:
    """Give the parent with other numbers; as it is where it has none."""
    try:
        next(Perturb()(problem, [parent], (), rng))
    except StopIteration as stop:
        return stop.value[0].genome if stop.value else parent.candidate.genome
    raise AssertionError("the operator 'perturb' asks nothing")


def _shown(user: str) -> Genome:
    """Give the files of the first parent that a prompt shows, or of the last program where it names none."""
    heading = user.find(_PARENT)
    found: dict[str, str] = {}
    for block in blocks(user[max(0, heading) :]):
        language, _, name = block.info.partition(" ")
        if not name or language == "text" or name.endswith(_FROZEN):
            continue
        if heading >= 0 and name in found:
            break
        found[name] = block.text
    return found


def _files(before: Genome, after: Genome) -> str:
    changed = [fenced(after[name], f"{name}") for name in after if after[name] != before[name]]
    return "\n\n".join(("Change some numbers.", *changed))


def _edits(before: Genome, after: Genome) -> str:
    changed = [
        f"<<<<<<< SEARCH {name}\n{before[name]}=======\n{after[name]}>>>>>>> REPLACE"
        for name in after
        if after[name] != before[name]
    ]
    return "\n\n".join(("Change some numbers.", *changed))
