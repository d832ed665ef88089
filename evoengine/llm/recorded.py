"""The answers of a recorded run, given again."""

from collections.abc import Mapping
from typing import Any

from evoengine.effects import Embed, Embedded, Generate, Generated, Reply
from evoengine.encoding import decode_reply, digest_request
from evoengine.errors import ModelError
from evoengine.ports import Store
from evoengine.rng import derive_seed


class RecordedLLM:
    """Answers from the ``replied`` and ``answered`` events of a log, and asks nobody.

    An operator's is found by proposal and step, and given only if what is asked is what was asked then;
    an evaluator's by its question, whose digest stands in the place of the proposal.
    With the answers comes their recorded usage, so that the log of the replay equals the recorded one.

    Parameters
    ----------
    store
        The recorded run, open for reading as long as this is used.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._bodies: dict[tuple[int, int], Mapping[str, Any]] = {
            (event.proposal, event.body["step"]): event.body
            for event in store.events(("replied",))
            if event.proposal is not None and "evaluation" not in event.body
        }
        self._answers: dict[int, Mapping[str, Any]] = {
            derive_seed(0, event.body["key"]): event.body for event in store.events(("answered",))
        }

    def __len__(self) -> int:
        return len(self._bodies)

    async def generate(self, request: Generate, *, proposal: int, step: int) -> Generated:
        """Give the recorded answer. Raises `ModelError` as `embed` does."""
        reply = self._find(request, proposal, step)
        assert isinstance(reply, Generated)
        return reply

    async def embed(self, request: Embed, *, proposal: int, step: int) -> Embedded:
        """Give the recorded vectors.

        Raises
        ------
        ModelError
            The run has recorded no answer for this proposal and step, or one to another request.
        """
        reply = self._find(request, proposal, step)
        assert isinstance(reply, Embedded)
        return reply

    def _find(self, request: Generate | Embed, proposal: int, step: int) -> Reply:
        body = self._answers.get(proposal) or self._bodies.get((proposal, step))
        if body is None:
            raise ModelError(
                f"the recorded run holds no reply for proposal {proposal}, step {step}",
                cure="replay with the same problem, recipe, seed and order, and no more candidates than it has",
            )
        if body.get("request", digest := digest_request(request)) != digest:
            raise ModelError(
                f"proposal {proposal}, step {step} asks something else than the recorded run did",
                cure="replay with the same problem, recipe, parameters, seed and order, and the same version",
            )
        return decode_reply(body, self._store.text)
