"""The simulated model as an evaluator's task model, without an engine."""

from collections.abc import Sequence

from evoengine.effects import Generated, Question
from evoengine.llm.simulated import answer


def ask_simulated(questions: Sequence[Question]) -> Sequence[Generated]:
    """Answer an evaluator's questions at once, for the `ask` of `run_trial`. Nothing is metered."""
    return [Generated((answer(question.request.messages[-1].content),)) for question in questions]
