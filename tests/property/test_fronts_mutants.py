"""Defects planted in the fronts, the novelty archives and the nearest neighbours: the checks must catch each."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from evoengine.archives import cases, dominance, members, nearest, novelty, pareto, pareto_grid, rows
from tests.property import front_checks, novelty_checks
from tests.property.test_archives_mutants import SYMPTOMS, planted

FRONTS = (rows, members, dominance, pareto)
GRIDS = (*FRONTS, pareto_grid)
CASES = (rows, members, dominance, cases)
NOVELTY = (rows, members, nearest, novelty)

MUTANTS = {
    "dominance is strict everywhere": (FRONTS, dominance, "reduce(points >= goals", "reduce(points > goals"),
    "the dominated stay": (FRONTS, dominance, "reduce(points <= goals", "reduce(points < goals"),
    "an equal counts as dominated": (FRONTS, pareto, " & (points > goals).any(axis=1)", ""),
    "a goal to minimise is crowded by its sign": (FRONTS, dominance, "extent > 0.0", "extent > 1e9"),
    "the ends of a front are not lonely": (
        FRONTS,
        dominance,
        "order[[0, -1]]] = np.inf",
        "order[[0]]] = np.inf",
    ),
    "the loneliest leaves": (FRONTS, dominance, "np.argmin(crowding", "np.argmax(crowding"),
    "members with a gap leave in the wrong order": (
        FRONTS,
        members,
        "sorted(places, reverse=True)",
        "sorted(places)",
    ),
    "the last member loses its place": (
        FRONTS,
        members,
        "self._places[last.candidate.digest] = place\n",
        "pass\n",
    ),
    "a row stays behind": (FRONTS, rows, "self._data[place] = self._data[self._count]", "pass"),
    "a table forgets on growing": (
        NOVELTY,
        rows,
        "grown[: self._count] = self._data",
        "grown[: self._count] = 0 * self._data",
    ),
    "a capped front overflows": (FRONTS, pareto, "0 < self.capacity < len", "0 < self.capacity + 1 < len"),
    "a rank too few": (FRONTS, pareto, "max(initial=-1.0)) + 1", "max(initial=-0.0))"),
    "those dominated by a newcomer keep their rank": (FRONTS, pareto, "self._push_down(rank)\n", "pass\n"),
    "only the first rank is pushed down": (FRONTS, pareto, "while len(moving):", "if len(moving):"),
    "the ranks are stale after a re-evaluation": (FRONTS, pareto, "def _settle", "def _unsettled"),
    "a full population sheds of any rank": (
        FRONTS,
        pareto,
        "self.ranks == self.ranks.max()",
        "self.ranks >= 0",
    ),
    "a member stays though its cell's front let it go": (
        GRIDS,
        pareto_grid,
        "if leaver.candidate.id in verdict.evicted:",
        "if False:",
    ),
    "a re-evaluated member stays though it fell": (
        FRONTS,
        members,
        "        self.discard(known",
        "        str(known",
    ),
    "a tie for a case goes to the earlier alone": (
        CASES,
        cases,
        "scores >= self._tops), scores",
        "scores > self._tops), scores",
    ),
    "the best of a case is stale": (CASES, cases, "self._tops[raises] = scores[raises]", "pass"),
    "who is beaten on a case still holds it": (
        CASES,
        cases,
        "&= ~self._pack(raises)",
        "&= ~self._pack(~raises & raises)",
    ),
    "who holds nothing stays": (CASES, cases, " | ~held[within].any(axis=1)", ""),
    "who is dominated stays while it ties": (
        CASES,
        cases,
        "dominance.covered(self._rows.view[within], scores) | ~held",
        "~held",
    ),
    "the dominated enter if they tie": (CASES, cases, "if not raised:", "if False:"),
    "a rival needs to hold nothing": (
        CASES,
        cases,
        "(holds & ~self._held.view)",
        "(holds & self._held.view)",
    ),
    "the bits are in another order than the members": (
        CASES,
        cases,
        "self._held.remove(place)",
        "self._held.remove(0)",
    ),
    "the cases of a fallen member are nobody's": (CASES, cases, "def _settle", "def _unsettled"),
    "the gain is a sum": (CASES, cases, "np.mean(np.maximum", "np.sum(np.maximum"),
    "the nearest is the farthest": (
        NOVELTY,
        novelty,
        "place = int(distances.argmin())",
        "place = int(distances.argmax())",
    ),
    "novelty is of squares": (
        NOVELTY,
        novelty,
        "np.sqrt(np.partition(distances, k - 1)[:k])",
        "np.partition(distances, k - 1)[:k]",
    ),
    "one neighbour too many": (
        NOVELTY,
        novelty,
        "k = min(self.neighbours, ",
        "k = min(self.neighbours + 1, ",
    ),
    "a tie in fitness replaces": (NOVELTY, novelty, "gain <= 0.0", "gain < 0.0"),
    "a distance of one measure only": (NOVELTY, nearest, "distances += difference", "distances = difference"),
    "equals count as fitter": (NOVELTY, novelty, "self._width] > worth])", "self._width] >= worth])"),
    "nobody hears of a fitter newcomer": (
        NOVELTY,
        novelty,
        "self._width] < worth)",
        "self._width] < -np.inf)",
    ),
    "whoever has left is still feared": (
        NOVELTY,
        novelty,
        "np.flatnonzero(bereft)",
        "np.flatnonzero(bereft & False)",
    ),
    "the most novel leaves": (NOVELTY, novelty, "np.argmin(self.scores", "np.argmax(self.scores"),
}


def is_caught(module) -> bool:
    """Whether some check fails for a class of the module: with few examples already, or with many."""
    return any(
        fails(check, getattr(module, name), strategies, examples)
        for examples in (5, 250)
        for check, name, strategies in front_checks.CHECKS + novelty_checks.CHECKS
        if hasattr(module, name)
    )


def fails(check, kind, strategies, examples) -> bool:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    @given(st.tuples(*strategies))
    def run(drawn):
        check(kind, *drawn)

    try:
        run()
    except SYMPTOMS:
        return True
    return False


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_defect_is_caught(name):
    chain, *defect = MUTANTS[name]
    assert is_caught(planted(*defect, chain))


@pytest.mark.parametrize("chain", [GRIDS, CASES, NOVELTY], ids=["fronts", "cases", "novelty"])
def test_without_a_defect_they_pass(chain):
    assert not is_caught(planted(rows, "The rows, shape", "The rows, shape", chain))
