"""Programs as mutations make them."""

import pytest

from evoengine.operators import Mutate
from evoengine.operators.source import Source, parse_source, splice
from evoengine.problem import Problem
from evoengine.rng import stream
from evoengine.types import Candidate, Evaluation, Known


def source(text) -> Source:
    found = parse_source("main.py", text)
    assert found is not None
    return found


def every(mutation, text, draws=150):
    """Give all the texts that a mutation was seen to make of one."""
    here = source(text)
    made = {splice(text, mutation(here, stream(seed, 0, "vary"))) for seed in range(draws)}
    return made - {text}


def offspring(genome, seed=0, operator=Mutate(), **kwargs):  # noqa: B008 - frozen
    parent = Known(Candidate("seed-0", genome, ""), Evaluation("seed-0", "ok", 1.0))
    conversation = operator(Problem("p", (genome,), **kwargs), [parent], [], stream(seed, 0, "vary"))
    with pytest.raises(StopIteration) as stop:
        next(conversation)
    return stop.value.value
