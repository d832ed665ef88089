"""Which model a request goes to, and which of its replicas."""

from collections.abc import Sequence

import numpy as np

from evoengine.effects import Generate, Message
from evoengine.errors import ModelError
from evoengine.llm.member import Member
from evoengine.rng import digest_text

_PREFIX = 512
"""Characters of the second message that tell one prompt's family from another: there the parent begins."""


def rank(members: Sequence[Member], request: Generate, rng: np.random.Generator) -> list[Member]:
    """Order the models for a request: the one that it names, then the others of its role.

    These by a weighted draw without replacement, sorted by exponential variates divided by weights
    (Efraimidis and Spirakis 2006, algorithm A-Res, in logarithms). Replicas stand where the first of them
    was drawn, in the order of `prefer`: which model is asked depends on the stream alone, which of its
    replicas answers on their load as well.

    Raises `ModelError` where there is none.
    """
    named = [member for member in members if member.spec.name == request.model]
    if request.model and not named:
        raise _none(members, f"is called {request.model!r}")
    able = named + [m for m in members if request.role in m.spec.roles and m not in named]
    if not able:
        raise _none(members, f"serves the role {request.role!r}")
    keys = [rng.exponential() / member.spec.weight for member in able]
    order: list[int] = np.lexsort((keys, [member not in named for member in able])).tolist()
    drawn = [able[index] for index in order]
    ranking: list[Member] = []
    for member in drawn:
        if member not in ranking:
            ranking += prefer(replicas(drawn, member), request.messages)
    return ranking


def replicas(members: Sequence[Member], member: Member) -> list[Member]:
    """Give the endpoints of a member's model that differ in nothing that an answer depends on, itself included."""
    return [other for other in members if other.spec.replicates(member.spec)]


def prefer(members: Sequence[Member], messages: Sequence[Message]) -> list[Member]:
    """Order replicas: prompts of one family keep to one of them as long as it has room.

    So its prefix cache holds what they have in common. The order is by rendezvous hashing (Thaler and
    Ravishankar 1998, "Using name-based mappings to increase hit rates"): when a replica comes or goes, only
    the families that were its own move. Where none has room, the least loaded comes first.
    """
    if len(members) < 2:
        return list(members)
    family = "/".join([*(m.content for m in messages[:1]), *(m.content[:_PREFIX] for m in messages[1:2])])
    hashes = {id(m): digest_text(f"{m.spec.base_url}\n{family}") for m in members}
    order = sorted(members, key=lambda member: hashes[id(member)])
    # All that have room are equal, and the sort keeps them in the order of their hashes.
    return sorted(order, key=lambda member: int(member.gate.load))


def _none(members: Sequence[Member], wish: str) -> ModelError:
    known = "; ".join(f"{m.spec.name} for {', '.join(m.spec.roles)}" for m in members)
    return ModelError(f"no model {wish}", cure=f"change the models; there are {known or 'none'}")
