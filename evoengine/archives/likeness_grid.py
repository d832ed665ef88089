"""A grid whose axes are learnt while it is filled."""

from collections.abc import Mapping
from dataclasses import replace

from evoengine.archives.delegating import Delegating
from evoengine.archives.grid import GridArchive
from evoengine.archives.likeness import HELD_OUT_EVERY, Floats, Likeness, features, learn
from evoengine.preferences import Preference
from evoengine.types import Candidate, Evaluation, Known, Verdict


class LikenessGrid(Delegating):
    """The fittest of every cell of a `Likeness`, a grid whose measures are learnt from judgments.

    After every `learn_every` judgments a projection is learnt from all of them. It takes over if its
    accuracy on those held out is at least `accuracy` and that of the one in force; then every candidate
    inserted so far is placed anew, in the order of insertion: the archive is what it would be had the
    projection been there from the beginning.

    Parameters
    ----------
    axes, bins
        How many axes, with how many bins each.
    offset
        Of the QD score: a fitness that no valid candidate falls below.
    learn_every
        At least `HELD_OUT_EVERY`, or else `ValueError`, as for fewer than one axis.
    """

    def __init__(self, axes: int, bins: int, *, offset: float, learn_every: int, accuracy: float) -> None:
        if axes < 1 or learn_every < HELD_OUT_EVERY:
            raise ValueError(
                f"axes must be at least 1 and learn_every {HELD_OUT_EVERY}, not {axes} and {learn_every}"
            )
        self.likeness = Likeness.random(axes)
        self._axes, self._bins, self._offset = axes, bins, offset
        self._every, self._accuracy = learn_every, accuracy
        self._inserted: list[Known] = []
        self._texts: dict[str, Floats] = {}
        self._judgments: list[Preference] = []
        super().__init__(self._empty())

    def learn(self, judgment: Preference | None) -> None:
        """Take in a judgment; none, a tie, or one about unknown candidates teaches nothing."""
        if judgment is None or judgment.tie:
            return
        if not self._texts.keys() >= {judgment.better, judgment.worse, judgment.reference}:
            return
        self._judgments.append(judgment)
        if len(self._judgments) % self._every == 0:
            learnt = learn(self._judgments, self._texts, self._axes)
            if learnt.accuracy >= max(self._accuracy, self.likeness.accuracy):
                self.likeness = learnt
                self._held = self._empty()
                for known in self._inserted:
                    text = self._texts[known.candidate.id]
                    self._held.insert(known.candidate, self._placed(known.evaluation, text))

    def insert(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Judge a candidate in the cell of its text; an elite's evaluation holds the place of it as measures.

        Raises `ValueError` as a `GridArchive` does; nothing changes then.
        """
        if not evaluation.ok:
            return Verdict("rejected")
        text = features(candidate.genome)
        verdict = self._held.insert(candidate, self._placed(evaluation, text))
        self._texts[candidate.id] = text
        self._inserted.append(Known(candidate, evaluation))
        return verdict

    def stats(self) -> Mapping[str, float]:
        """Give the grid's figures, how many judgments there are, and the accuracy on those held out."""
        learnt = {"judgments": float(len(self._judgments)), "accuracy": self.likeness.accuracy}
        return {**super().stats(), **learnt}

    def _empty(self) -> GridArchive:
        return GridArchive(self.likeness.measures(self._bins), offset=self._offset)

    def _placed(self, evaluation: Evaluation, text: Floats) -> Evaluation:
        return replace(evaluation, measures={**evaluation.measures, **self.likeness.place(text)})
