"""Records to JSON bodies and back."""

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.effects import Embed, Embedded, Generate, Generated, Message
from evoengine.encoding import (
    StoredGenome,
    decode_candidate,
    decode_evaluation,
    decode_job,
    decode_known,
    decode_messages,
    decode_reply,
    decode_usage,
    digest_request,
    encode_candidate,
    encode_evaluation,
    encode_job,
    encode_known,
    encode_reply,
    encode_usage,
    genome_of,
)
from evoengine.types import STATUSES, Candidate, Evaluation, Job, Known, Usage

TEXT = st.text(st.characters(codec=None), max_size=12)
NAME = st.text(min_size=1, max_size=6)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
COUNT = st.integers(0, 2**60)
NUMBERS = st.dictionaries(NAME, FINITE, max_size=3)
TEXTS = st.dictionaries(NAME, TEXT, max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAME, inner, max_size=2),
    max_leaves=4,
)

USAGES = st.builds(Usage, COUNT, COUNT, COUNT, COUNT, FINITE)
CANDIDATES = st.builds(
    Candidate,
    id=NAME,
    genome=TEXTS,
    digest=NAME,
    parents=st.lists(NAME, max_size=3).map(tuple),
    operator=NAME,
    model=TEXT,
    proposal=st.integers(-1, 2**40),
    island=st.integers(0, 50),
    notes=TEXT,
)
EVALUATIONS = st.builds(
    Evaluation,
    candidate=st.just(""),
    status=st.sampled_from(STATUSES),
    fitness=st.none() | FINITE,
    objectives=NUMBERS,
    measures=st.dictionaries(NAME, FINITE | TEXT, max_size=3),
    cases=NUMBERS,
    feedback=TEXT,
    artifacts=TEXTS,
    stage=st.integers(0, 5),
    repeats=st.integers(1, 9),
    deviation=st.floats(0, 1e6),
    exact=st.booleans(),
    wall_seconds=st.floats(0, 1e6),
    cpu_seconds=st.floats(0, 1e6),
    memory_mb=st.floats(0, 1e6),
    usage=USAGES,
    isolation=TEXT,
    scoring=st.sampled_from(["trusted", "untrusted"]),
)
JOBS = st.builds(
    Job,
    proposal=st.integers(0, 2**40),
    operator=NAME,
    parents=st.lists(NAME, max_size=3).map(tuple),
    inspirations=st.lists(NAME, max_size=3).map(tuple),
    cell=st.none() | st.lists(st.integers(0, 99), max_size=3).map(tuple),
    island=st.integers(0, 50),
    args=st.dictionaries(NAME, JSON, max_size=3),
)
GENERATED = st.builds(Generated, st.lists(TEXT, max_size=3).map(tuple), TEXT, USAGES)


def through_json(body):
    return json.loads(json.dumps(body, allow_nan=False))


@pytest.mark.parametrize(
    ("record", "strategy"),
    [(Candidate, CANDIDATES), (Evaluation, EVALUATIONS), (Job, JOBS), (Generated, GENERATED)],
)
def test_the_round_trips_below_are_of_every_field(record, strategy):
    drawn = []

    @settings(max_examples=1, database=None)
    @given(strategy)
    def draw(value):
        drawn.append(value)

    draw()
    assert {field.name for field in fields(drawn[0])} == {field.name for field in fields(record)}


@settings(max_examples=60)
@given(USAGES)
def test_usages(usage):
    assert decode_usage(through_json(encode_usage(usage))) == usage


@settings(max_examples=60)
@given(CANDIDATES)
def test_candidates(candidate):
    texts = {}
    body = through_json(encode_candidate(candidate, texts))
    assert decode_candidate(body, texts.__getitem__) == candidate


@settings(max_examples=100)
@given(EVALUATIONS)
def test_evaluations(evaluation):
    texts = {}
    body = through_json(encode_evaluation(evaluation, texts))
    assert decode_evaluation(body, "", texts.__getitem__) == evaluation


@settings(max_examples=30)
@given(CANDIDATES, EVALUATIONS)
def test_results_name_their_candidate_once(candidate, evaluation):
    texts = {}
    body = through_json(encode_known(Known(candidate, evaluation), texts))
    known = decode_known(body, texts.__getitem__)
    assert known.candidate == candidate
    assert known.evaluation.candidate == candidate.id
    assert "candidate" not in body["evaluation"]


@settings(max_examples=60)
@given(JOBS)
def test_jobs(job):
    assert decode_job(job.proposal, through_json(encode_job(job))) == job


@settings(max_examples=60)
@given(st.integers(0, 99), GENERATED | EVALUATIONS)
def test_replies(step, reply):
    texts = {}
    body = through_json(encode_reply(step, reply, texts))
    assert body["step"] == step
    assert decode_reply(body, texts.__getitem__) == reply


MESSAGES = st.lists(
    st.builds(Message, st.sampled_from(["system", "user", "assistant"]), TEXT), max_size=3
).map(tuple)


@settings(max_examples=40)
@given(MESSAGES, GENERATED)
def test_what_a_model_was_asked_is_kept_with_its_reply(messages, reply):
    texts = {}
    request = Generate(messages, n=2, temperature=0.5)
    body = through_json(encode_reply(0, reply, texts, request))
    assert decode_messages(body, texts.__getitem__) == messages
    assert decode_reply(body, texts.__getitem__) == reply
    assert body["request"] == digest_request(request)
    assert decode_messages(through_json(encode_reply(0, reply, {})), texts.__getitem__) == ()


def test_requests_that_differ_in_anything_have_different_digests():
    asked = (Message("user", "a"), Message("user", "b"))
    requests = [
        Generate(asked),
        Generate(asked[:1]),
        Generate((Message("user", "ab"),)),
        Generate((Message("system", "a"), Message("user", "b"))),
        *(
            replace(Generate(asked), **change)
            for change in ({"n": 2}, {"temperature": 0.0}, {"role": "reflect"})
        ),
    ]
    assert len({digest_request(request) for request in requests}) == len(requests)


def test_fields_at_their_defaults_take_no_room():
    candidate = Candidate("0-0", {"main.py": "x"}, "d0", operator="perturb")
    assert set(encode_candidate(candidate, {})) == {"id", "genome", "digest", "operator"}
    assert encode_evaluation(Evaluation("0-0", "error"), {}) == {
        "status": "error",
        "usage": [0, 0, 0, 0, 0.0],
    }
    assert encode_job(Job(0, "perturb")) == {"operator": "perturb", "parents": []}


def test_long_texts_lie_beside_the_body_once():
    texts = {}
    long = "x = 1\n" * 1000
    body = encode_candidate(Candidate("0-0", {"a.py": long, "b.py": long}, "d0"), texts)
    assert list(texts.values()) == [long]
    assert long not in json.dumps(body)


def test_a_stored_genome_is_fetched_when_it_is_read():
    fetched = []

    def fetch(digest):
        fetched.append(digest)
        return f"text of {digest}"

    genome = StoredGenome({"a.py": "d1", "b.py": "d2"}, fetch)
    assert (list(genome), len(genome), "a.py" in genome, fetched) == (["a.py", "b.py"], 2, True, ["d1"])
    assert genome == {"a.py": "text of d1", "b.py": "text of d2"}
    plain = genome_of(genome)
    assert type(plain) is dict
    assert plain == genome
    with pytest.raises(KeyError):
        genome["c.py"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=4), max_size=3))
def test_vectors_survive_to_the_last_bit(vectors):
    texts = {}
    reply = Embedded(tuple(map(tuple, vectors)), "m", Usage(calls=1))
    body = json.loads(json.dumps(encode_reply(4, reply, texts, Embed(("a", "b")))))
    assert decode_reply(body, texts.__getitem__) == reply
    assert body["request"] == digest_request(Embed(("a", "b"))) != digest_request(Embed(("a",)))
