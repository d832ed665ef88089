"""The simulated model as an evaluator's models, without an engine."""

from collections.abc import Sequence

from evoengine.effects import Generated, Question
from evoengine.encoding import question_key
from evoengine.llm.calls import Call
from evoengine.llm.simulated import reply
from evoengine.rng import derive_seed


def ask_simulated(questions: Sequence[Question]) -> Sequence[Generated]:
    """Answer an evaluator's questions at once, for the `ask` of `run_trial`. Nothing is metered."""
    return list(map(_answer, questions))


def _answer(question: Question) -> Generated:
    request = question.request
    address = derive_seed(0, question_key(question))
    call = Call(
        request.messages, request.n, request.temperature, address, question.sample, choices=request.choices
    )
    given = reply(call)
    return Generated(given.texts, likelihoods=given.likelihoods)
