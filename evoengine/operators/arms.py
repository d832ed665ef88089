"""What is chosen for a proposal: an operator, and where it asks a model, which one and at what temperature."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np

from evoengine.types import Usage

_BY = "by "


@dataclass(frozen=True, slots=True)
class Arm:
    """An operator with a model, a temperature and instructions; what is left empty or None is not chosen here.

    A job's operator is the arm's `name`, so that its candidates can be credited from the log alone, and
    the job's `args` hold the arm's `hints`.

    Attributes
    ----------
    instructions
        The id of the candidate in whose notes they are.
    """

    operator: str
    model: str = ""
    temperature: float | None = None
    instructions: str = ""

    @property
    def name(self) -> str:
        """What its proposals are credited under, such as ``rewrite(small, 0.7, by 12-0)``."""
        degrees = "" if self.temperature is None else f"{self.temperature:g}"
        source = f"{_BY}{self.instructions}" if self.instructions else ""
        given = ", ".join(part for part in (self.model, degrees, source) if part)
        return f"{self.operator}({given})" if given else self.operator

    @property
    def hints(self) -> Mapping[str, Any]:
        """What a job of this arm carries in its `args`."""
        fields = {"model": self.model, "temperature": self.temperature, "instructions": self.instructions}
        return {name: value for name, value in fields.items() if value not in ("", None)}

    @classmethod
    def parse(cls, name: str) -> Self:
        """Undo `name`; a last part that is a number is a temperature, never a model."""
        operator, parenthesis, rest = name.partition("(")
        parts = rest.removesuffix(")").split(", ") if parenthesis else []
        instructions = parts.pop().removeprefix(_BY) if parts and parts[-1].startswith(_BY) else ""
        temperature = None
        if parts and _is_number(parts[-1]):
            temperature = float(parts.pop())
        return cls(operator.strip(), ", ".join(parts), temperature, instructions)


class Chooser(Protocol):
    """Chooses among arms by name. Its state is a fold of `credit`; `choose` changes nothing."""

    def credit(self, name: str, gain: float, usage: Usage) -> None:
        """Fold in what one proposal of an arm gained, never negative, and what it spent. Raises `KeyError`."""
        ...

    def choose(self, rng: np.random.Generator, able: Iterable[str] | None = None) -> str:
        """Give one of the arms that are `able`, by default of all."""
        ...

    def state(self) -> Mapping[str, Mapping[str, float]]:
        """Give, by arm, the figures that decide."""
        ...


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()
