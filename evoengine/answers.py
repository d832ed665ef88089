"""What evaluators ask models, and what a run remembers of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from evoengine.effects import Generated, Question
from evoengine.encoding import decode_reply, question_key
from evoengine.journal import Journal
from evoengine.ports import LLM, Ask, Store
from evoengine.replay import State
from evoengine.rng import derive_seed
from evoengine.types import Usage


class Answers:
    """Answers evaluators' questions through the models of a run, each question of one sample once.

    An answer is in the log before an evaluator sees it. Equal questions, of whatever candidates, share it;
    so an evaluation that is done again after a kill asks for nothing that was paid.
    """

    def __init__(self, store: Store, journal: Journal, state: State, llm: LLM | None) -> None:
        self._store = store
        self._journal = journal
        self._state = state
        self._llm = llm
        self._under_way: dict[str, asyncio.Future[Generated]] = {}

    def of(self, proposal: int | None) -> Ask | None:
        """Give the way to ask for the evaluator of a proposal, or of a seed (None); None without models."""
        if self._llm is None:
            return None

        async def ask(questions: Sequence[Question]) -> Sequence[Generated]:
            asking = (self._answer(proposal, question) for question in questions)
            answers = await asyncio.gather(*asking, return_exceptions=True)
            # Only when all are settled: what was paid beside a failure is in the log as well.
            for answer in answers:
                if isinstance(answer, BaseException):
                    raise answer
            return [answer for answer in answers if isinstance(answer, Generated)]

        return ask

    async def drop(self) -> None:
        """Give up what is under way, once nobody waits for it any more."""
        paying = list(self._under_way.values())
        for task in paying:
            task.cancel()
        await asyncio.gather(*paying, return_exceptions=True)

    async def _answer(self, proposal: int | None, question: Question) -> Generated:
        key = question_key(question)
        known = self._store.answer(key)
        if known is not None:
            reply = decode_reply(known, self._store.text)
            assert isinstance(reply, Generated)
            return replace(reply, usage=Usage())
        waiting = self._under_way.get(key)
        if waiting is None:
            waiting = self._under_way[key] = asyncio.ensure_future(self._pay(proposal, key, question))
            waiting.add_done_callback(lambda _: self._under_way.pop(key))
        return replace(await asyncio.shield(waiting), usage=Usage())

    async def _pay(self, proposal: int | None, key: str, question: Question) -> Generated:
        assert self._llm is not None
        # The address of its randomness is the question itself: it does not depend on who asks first.
        reply = await self._llm.generate(question.request, proposal=derive_seed(0, key), step=question.sample)
        body = self._journal.answer(proposal, key, reply)
        self._journal.commit()
        self._state.answer(body)
        return reply
