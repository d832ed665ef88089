"""Scores on many cases beside the log's bodies."""

import gc
import json
import weakref
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_run import known as made
from made_run import make_run

from evoengine.archives import CaseFront
from evoengine.case_scores import INLINE, CaseScores, decode_cases, encode_cases
from evoengine.encoding import decode_evaluation, decode_known, encode_evaluation, encode_known
from evoengine.report import Run
from evoengine.rng import stream
from evoengine.testing.archives import insert, scored
from evoengine.types import Evaluation

NAMES = [f"case {number}" for number in range(INLINE + 1)]
FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(codec=None), max_size=3)


def many(offset=0.0):
    return {name: place + offset for place, name in enumerate(NAMES)}


def stored(cases):
    texts = {}
    return decode_cases(json.loads(json.dumps(encode_cases(cases, texts))), texts.__getitem__)


@settings(max_examples=20, deadline=None)
@given(st.dictionaries(TEXT, FINITE, max_size=4), st.booleans())
def test_scores_keep_every_bit_and_their_order(few, beside):
    cases = {**few, **many(0.1)} if beside else few
    again = stored(cases)
    assert isinstance(again, CaseScores) == beside
    assert again == cases
    assert [(name, score.hex()) for name, score in again.items()] == [
        (name, score.hex()) for name, score in cases.items()
    ]


def test_scores_can_be_stored_again():
    texts = {}
    digests = encode_cases(many(), texts)
    assert encode_cases(stored(many()), {}) == digests
    assert set(digests) == set(texts)


def test_a_case_without_a_score_is_no_key():
    scores = stored(many())
    assert (scores.get("other"), "other" in scores, len(scores)) == (None, False, len(NAMES))
    with pytest.raises(KeyError):
        scores["other"]
    with pytest.raises(ValueError, match="read-only"):
        scores.array[0] = 1.0


def test_candidates_share_the_names_of_their_cases_beside_small_bodies():
    texts = {}
    bodies = [encode_evaluation(Evaluation("", "ok", 0.0, cases=many(n)), texts) for n in range(3)]
    assert len(texts) == 4
    assert max(len(json.dumps(body)) for body in bodies) < 200
    first, second, _ = (decode_evaluation(body, "", texts.__getitem__).cases for body in bodies)
    assert first.names is second.names


def test_a_log_with_all_scores_in_its_bodies_is_read_as_ever():
    body = {"status": "ok", "usage": [0, 0, 0, 0, 0.0], "fitness": 0.0, "cases": many()}
    assert decode_evaluation(body, "", {}.__getitem__).cases == many()


def test_scores_are_fetched_when_they_are_read_and_what_gave_them_is_let_go():
    class Texts(dict):
        fetched = 0

        def __getitem__(self, digest):
            self.fetched += 1
            return super().__getitem__(digest)

    texts = Texts()
    digests = encode_cases(many(), texts)
    scores, gone = decode_cases(digests, texts.__getitem__), weakref.ref(texts)
    assert texts.fetched == 0
    assert (scores["case 7"], scores["case 9"]) == (7.0, 9.0)
    assert texts.fetched == 2
    del texts
    gc.collect()
    assert gone() is None
    assert scores == many()


def test_a_front_makes_the_same_of_stored_scores_in_any_order():
    rng = stream(0, 0, "cases")
    plain = [scored(n, 0.0, cases=dict(zip(NAMES, rng.random(len(NAMES)), strict=True))) for n in range(20)]
    texts = {}
    bodies = [encode_known(known, texts) for known in plain]
    front = CaseFront(NAMES)
    verdicts = [insert(front, known) for known in plain]
    for names in (NAMES, NAMES[::-1]):
        again = CaseFront(names)
        found = [insert(again, decode_known(body, texts.__getitem__)) for body in bodies]
        assert [replace(verdict, gain=0.0) for verdict in found] == [
            replace(verdict, gain=0.0) for verdict in verdicts
        ]
        assert [verdict.gain for verdict in found] == pytest.approx([verdict.gain for verdict in verdicts])
        assert again.frequencies.tolist() == front.frequencies.tolist()


def test_a_run_is_read_without_the_scores_that_nobody_looks_at(tmp_path):
    told = [made(f"{n}-0", value=n, parents=["seed-0"], proposal=n, operator="tune") for n in range(1, 3)]
    many_told = [replace(one, evaluation=replace(one.evaluation, cases=many())) for one in told]
    run = Run(make_run(tmp_path, told=many_told))
    fetched = []

    class Watched:
        def __init__(self, store):
            self.rows, self.result = store.rows, store.result
            self._text = store.text

        def text(self, digest):
            fetched.append(digest)
            return self._text(digest)

    store, run.store = run.store, Watched(run.store)
    best = run.best
    assert (best.candidate.id, fetched) == ("2-0", [])
    assert best.evaluation.cases == many()
    assert len(fetched) == 2
    store.close()
