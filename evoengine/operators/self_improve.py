"""An improver of programs, put to work on itself."""

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evoengine.effects import Conversation, Effect, GaveUp, Message, Reply
from evoengine.operators.base import evaluate, generate
from evoengine.operators.replies import ReplyError, read_rewrite
from evoengine.operators.rewrite import Rewrite
from evoengine.problem import Problem
from evoengine.prompts import fenced
from evoengine.types import Draft, Genome, Known

TRANSCRIPT = "transcript.json"
"""The file by which a genome says that it is an improver; empty but while a round of it is run."""


@dataclass(frozen=True, slots=True)
class SelfImprove(Rewrite):
    """Run the parent, an improver, on its own text, with models and evaluations at its call.

    Zelikman, Lorch, Mackey & Kalai 2023, "Self-taught optimizer (STOP)", algorithm 1. Round after round the
    parent is evaluated with a record of what it was answered so far in `TRANSCRIPT`; its evaluator runs it
    in the sandbox and gives its next request as the artifact ``request``: texts to ask a model, programs to
    be evaluated, or the improved program. The answers are made here, within the budgets. Any other parent is improved as
    by the paper's first improver: rewrites are evaluated, and the best is the draft.

    Parameters
    ----------
    samples
        Texts of one request to a model, and rewrites.
    calls, scores
        Requests to a model, and programs evaluated.
    """

    samples: int = 6
    calls: int = 4
    scores: int = 25
    name = "self_improve"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        if TRANSCRIPT not in parents[0].candidate.genome:
            return self._best_of_rewrites(problem, parents, inspirations, rng)
        return self._run(problem, parents[0])

    def _best_of_rewrites(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        drafts = yield from Rewrite.__call__(self, problem, parents, inspirations, rng)
        worth: list[float] = []
        for draft in drafts:
            worth += [(yield from self._worth(draft.genome))]
        return [drafts[int(np.argmax(worth))]] if drafts else drafts

    def _run(self, problem: Problem, parent: Known) -> Conversation:
        genome, answers = parent.candidate.genome, list[Any]()
        budgets = {"calls": self.calls, "samples": self.samples, "scores": self.scores}
        left = dict(budgets)
        while True:
            record = {
                "program": genome[problem.main],
                "about": problem.statement,
                "budgets": budgets,
                "answers": answers,
            }
            run = yield from evaluate({**genome, TRANSCRIPT: json.dumps(record)})
            request = json.loads(run.artifacts.get("request", "{}"))
            if "done" in request:
                return self._draft(problem, parent, request["done"])
            left["calls"] -= "ask" in request
            left["scores"] -= max(1, len(request["score"])) if "score" in request else 0
            if not request or min(left.values()) < 0 or len(request.get("ask", ())) > self.samples:
                return GaveUp("overspent" if request else "failed")
            if "ask" in request:
                answers.append((yield from self._asked(request)))
            else:
                values: list[float] = []
                for program in request["score"]:
                    values += [(yield from self._scored(problem, parent, program))]
                answers.append(values)

    def _asked(self, request: dict[str, Any]) -> Generator[Effect, Reply, list[str]]:
        """Ask a model each text, equal ones together as samples."""
        texts: list[str] = request["ask"]
        system = (Message("system", request["expertise"]),) if request["expertise"] else ()
        given: dict[str, list[str]] = {}
        for text in dict.fromkeys(texts):
            messages = (*system, Message("user", text))
            reply = yield from generate(
                *messages, n=texts.count(text), temperature=request["temperature"], model=self.hints.model
            )
            given[text] = list(reply.texts)
        return [given[text].pop(0) if given[text] else "" for text in texts]

    def _scored(self, problem: Problem, parent: Known, program: str) -> Generator[Effect, Reply, float]:
        """Give the fitness of a program in the place of the parent's, 0 for one that fails."""
        read = _read(problem, parent.candidate.genome, program)
        if isinstance(read, str):
            return (parent.evaluation.fitness or 0.0) if read == "unchanged" else 0.0
        return max(0.0, (yield from self._worth(read)))

    def _worth(self, genome: Genome) -> Generator[Effect, Reply, float]:
        evaluation = yield from evaluate(genome)
        return -np.inf if evaluation.fitness is None else evaluation.fitness

    def _draft(self, problem: Problem, parent: Known, program: str) -> Sequence[Draft]:
        read = _read(problem, parent.candidate.genome, program)
        return GaveUp(read) if isinstance(read, str) else [Draft(read)]


def _read(problem: Problem, genome: Genome, program: str) -> Genome | str:
    """Give the genome with another program, or in a word why it cannot be."""
    try:
        return read_rewrite(problem, genome, fenced(program, f"python {problem.main}"))
    except ReplyError as error:
        return error.kind
