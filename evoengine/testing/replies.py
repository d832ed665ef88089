"""Scripted replies to the prompts of the shipped operators."""

import re
from collections.abc import Sequence

import numpy as np

from evoengine.effects import Generate
from evoengine.prompts import fenced
from evoengine.text import blocks

_NUMBER = re.compile(r"-?\d+\.\d+")


def shifted_numbers(request: Generate, proposal: int, step: int, *, size: float = 0.2) -> Sequence[str]:
    """Answer as a model would that can only shift a parent's decimal numbers; for a `ScriptedLLM`.

    It is the same for the same proposal and step, keeps to the format that the prompt asks for, declines
    one time in twenty, and says the same sentence whenever it is asked for words. `size` is the
    standard deviation of a shift.
    """
    if request.role != "mutate":
        return ["Larger numbers have scored better."] * request.n
    system, user = request.messages[0].content, request.messages[1].content
    parent = next(block for block in blocks(user) if not block.info.endswith("untrusted"))
    rng = np.random.default_rng([proposal, step])
    replies: list[str] = []
    for _ in range(request.n):
        text = _NUMBER.sub(lambda match: f"{float(match[0]) + rng.normal(0.0, size):.4f}", parent.text)
        if rng.random() < 0.05:
            replies.append("I'm sorry, but I can't help with that.")
        elif "<<<<<<< SEARCH" in system:
            replies.append(f"Shift.\n<<<<<<< SEARCH\n{parent.text}=======\n{text}>>>>>>> REPLACE\n")
        else:
            replies.append(f"Shift the numbers.\n\n{fenced(text, parent.info)}\n")
    return replies
