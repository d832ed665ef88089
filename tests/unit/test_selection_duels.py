"""The dueling bandit: what preferences teach it, and whom it has compared."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.preferences import Preference
from evoengine.selection import Duels
from evoengine.types import Candidate, Evaluation, Known


def known(name, text):
    return Known(Candidate(name, {"t.md": text}, name), Evaluation(name, "ok", 0.0))


def test_duels_learn_which_words_are_worth_something_and_rank_texts_never_compared():
    rng = np.random.default_rng(1)
    duels = Duels(1.0)
    words = ["sun", "tree", "river", "cloud", "house", "stone"]
    texts = [known(f"{n}", " ".join(rng.permutation(words)[:4])) for n in range(40)]
    for text in texts:
        duels.add(text)
    for _ in range(80):
        a, b = duels.pair(texts[:30], rng)
        good = ["sun" in one.candidate.genome["t.md"].split() for one in (a, b)]
        better, worse = (a, b) if good[0] >= good[1] else (b, a)
        duels.learn(Preference(better.candidate.id, worse.candidate.id, tie=good[0] == good[1]))
    unseen = {True: [], False: []}
    for text in texts[30:]:
        unseen["sun" in text.candidate.genome["t.md"].split()].append(duels.worth(text.candidate.id))
    assert np.mean(unseen[True]) > np.mean(unseen[False]) + 0.5
    assert "sun" in next(t for t in texts if t.candidate.id == duels.best(texts)).candidate.genome["t.md"]


def test_a_preference_of_likeness_is_no_duel():
    duels = Duels(1.0)
    for name in ("a", "b"):
        duels.add(known(name, name))
    duels.learn(Preference("a", "b", "b"))
    assert len(duels) == 0


def test_a_preference_about_somebody_unknown_teaches_nothing():
    duels = Duels(1.0)
    duels.add(known("a", "a"))
    duels.learn(Preference("a", "nobody"))
    assert len(duels) == 0
    assert duels.worth("a") == 0.0


def test_without_candidates_there_is_no_best():
    assert Duels(1.0).best([]) is None


def test_a_negative_exploration_is_refused():
    with pytest.raises(ValueError, match="exploration"):
        Duels(-1.0)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), max_size=12), st.integers(0, 99)
)
def test_a_pair_is_two_different_members_of_which_one_is_worth_most(told, seed):
    duels = Duels(1.0)
    texts = [known(f"{n}", word) for n, word in enumerate(["sun", "moon", "tree", "river", "stone"])]
    for text in texts:
        duels.add(text)
    for better, worse, tie in told:
        duels.learn(Preference(f"{better}", f"{worse}", tie=tie))
    assert len(duels) == len(told)
    pair = [text.candidate.id for text in duels.pair(texts, np.random.default_rng(seed))]
    worths = [duels.worth(text.candidate.id) for text in texts]
    assert len(set(pair)) == 2
    assert max(map(duels.worth, pair)) == pytest.approx(max(worths))
