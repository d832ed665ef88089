"""A grid whose measures are learnt from judgments of likeness."""

import numpy as np
import pytest

from evoengine.archives import GridArchive, Likeness, LikenessGrid
from evoengine.archives.likeness import features, learn
from evoengine.preferences import Preference
from evoengine.testing.archives import ArchiveContract, insert, scored, state


def placed(number, fitness, status="ok"):
    """Make a candidate with the measures that nobody's teaching gives it."""
    known = scored(number, fitness, status=status)
    measures = Likeness.random(2).place(features(known.candidate.genome))
    return scored(number, fitness, measures, status=status)


class TestLikenessGridContract(ArchiveContract):
    def make(self):
        return grid()

    def known(self, number, fitness, status="ok"):
        return placed(number, fitness, status)


def grid(**options):
    return LikenessGrid(2, 10, **{"offset": 0.0, "learn_every": 5, "accuracy": 0.0, **options})


def test_a_projection_learns_what_judges_look_at_and_says_how_well():
    rng = np.random.default_rng(3)
    kinds = {"red": "red", "blue": "blue"}
    noise = [f"w{n}" for n in range(12)]
    texts, kind = {}, {}
    for n in range(60):
        kind[str(n)] = "red" if n % 2 else "blue"
        texts[str(n)] = features({"t.md": " ".join([kinds[kind[str(n)]], *rng.permutation(noise)[:5]])})
    judgments = []
    while len(judgments) < 200:
        ref, a, b = (str(n) for n in rng.choice(60, 3, replace=False))
        if (kind[a] == kind[ref]) != (kind[b] == kind[ref]):
            judgments.append(Preference(*((a, b) if kind[a] == kind[ref] else (b, a)), ref))
    learnt = learn(judgments, texts, 2)
    assert learnt.accuracy > 0.8
    shuffled = [Preference(*(rng.permutation([j.better, j.worse])), j.reference) for j in judgments]
    assert learn(shuffled, texts, 2).accuracy < 0.75
    z = {name: np.array(list(learnt.place(x).values())) for name, x in texts.items()}
    assert all((z[name] >= learnt.low - 1e-9).all() and (z[name] <= learnt.high + 1e-9).all() for name in z)


def test_a_new_projection_puts_everybody_where_they_would_be_had_it_been_there_from_the_beginning():
    archive = grid()
    told = [placed(number, float(number % 5)) for number in range(12)]
    for known in told[:8]:
        insert(archive, known)
    before = archive.likeness
    for n in range(5):
        archive.learn(Preference(f"{n + 1}-0", f"{n + 2}-0", f"{n}-0"))
    assert archive.likeness is not before
    for known in told[8:]:
        insert(archive, known)
    fresh = GridArchive(archive.likeness.measures(10))
    for known in told:
        place = archive.likeness.place(features(known.candidate.genome))
        insert(fresh, scored(known.candidate.proposal, known.evaluation.fitness, place))
    assert list(archive) == list(fresh)
    assert archive.best() == fresh.best()
    assert archive.stats() == {**fresh.stats(), "judgments": 5.0, "accuracy": archive.likeness.accuracy}


def test_what_says_nothing_of_likeness_teaches_nothing():
    archive = grid()
    for number in range(3):
        insert(archive, placed(number, 1.0))
    for judgment in (
        None,
        Preference("0-0", "1-0", "2-0", tie=True),
        Preference("0-0", "1-0", "nobody"),
        Preference("0-0", "1-0"),
    ):
        archive.learn(judgment)
    assert archive.stats()["judgments"] == 0.0


def test_a_refused_candidate_is_not_placed_anew_either():
    archive = grid()
    for number in range(7):
        insert(archive, placed(number, 1.0))
    before = state(archive)
    with pytest.raises(ValueError, match="7-0"):
        insert(archive, placed(7, float("nan")))
    assert state(archive) == before
    for n in range(5):
        archive.learn(Preference(f"{n + 1}-0", f"{n + 2}-0", f"{n}-0"))
    assert archive.stats()["judgments"] == 5.0


@pytest.mark.parametrize("options", [{"learn_every": 4}, {"axes": 0}])
def test_wrong_options_are_refused(options):
    with pytest.raises(ValueError, match="axes must be at least 1 and learn_every 5"):
        LikenessGrid(
            options.get("axes", 2), 10, offset=0.0, learn_every=options.get("learn_every", 5), accuracy=0.5
        )
