"""Task families of reasoning-gym as cases for prompts: ``data = "evaluators.reasoning_tasks:leg_counting"``.

Needs the extra `reasoning-gym`: https://github.com/open-thought/reasoning-gym.
"""

import importlib
from typing import Any

import numpy as np

from evaluators.prompt_data import Case, Generator
from evoengine.errors import ConfigError


def family(name: str, **config: Any) -> Generator:
    """Give the generator of one of reasoning-gym's families, whose answers its own scorer scores.

    Parameters
    ----------
    config
        How difficult it is, in reasoning-gym's words: ``family("leg_counting", min_animals=8)``.

    Raises
    ------
    ConfigError
        The package is not there, it has no such family, or the family takes no such `config`.
    """
    try:
        gym = importlib.import_module("reasoning_gym")
    except ImportError as error:
        raise ConfigError(
            f"the cases of {name!r} come from reasoning-gym, and {error.name} is not installed",
            cure="pip install 'evoengine[reasoning-gym]'",
        ) from None
    try:
        gym.create_dataset(name, size=1, seed=0, **config)
    except (ValueError, TypeError, AssertionError) as error:
        raise ConfigError(
            f"reasoning-gym cannot make cases of {name!r}: {error}",
            cure="its GALLERY.md names the families, and what each takes",
        ) from None

    def generate(rng: np.random.Generator) -> Case:
        dataset = gym.create_dataset(name, size=1, seed=int(rng.integers(2**31)), **config)
        entry = dataset[0]
        return Case(
            {"question": str(entry["question"])},
            str(entry["answer"]),
            score=lambda said: float(dataset.score_answer(said, entry)),
        )

    return generate


def __getattr__(name: str) -> Generator:
    """Give the family of that name as it comes. Raises as `family`."""
    if name.startswith("__"):
        raise AttributeError(name)
    return family(name)
