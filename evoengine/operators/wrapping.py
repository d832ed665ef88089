"""What operators around another operator have in common."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evoengine.effects import Conversation
from evoengine.operators.model import Hinted, Hints, with_hints
from evoengine.ports import Operator
from evoengine.problem import Problem
from evoengine.types import Known


@dataclass(frozen=True, slots=True)
class Wrapping(Hinted):
    """An operator that is credited under the name of the one inside, takes as many parents, and hands hints on.

    Parameters
    ----------
    operator
        The one inside.
    """

    operator: Operator

    @property
    def name(self) -> str:
        """The operator's own."""
        return self.operator.name

    @property
    def arity(self) -> int:
        """The operator's own."""
        return self.operator.arity

    def with_hints(self, hints: Hints) -> Operator:
        return replace(self, operator=with_hints(self.operator, hints))

    @abstractmethod
    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation: ...
