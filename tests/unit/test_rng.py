"""Addressed randomness and digests."""

import subprocess
import sys

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.rng import derive_seed, digest_text, digest_texts, stream

PURPOSES = st.sampled_from(["ask", "vary", "migrate"])
TEXTS = st.text(st.characters(codec=None), max_size=20)


@settings(max_examples=50)
@given(st.integers(), st.integers(-1), PURPOSES)
def test_a_stream_is_a_function_of_its_address(seed, proposal, purpose):
    first, second = (stream(seed, proposal, purpose) for _ in range(2))
    assert first.random(5).tolist() == second.random(5).tolist()


@settings(max_examples=50)
@given(
    st.tuples(st.integers(0, 30), st.integers(-1, 30), PURPOSES),
    st.tuples(st.integers(0, 30), st.integers(-1, 30), PURPOSES),
)
def test_two_addresses_share_no_numbers(one, other):
    numbers = set(stream(*one).random(50)) & set(stream(*other).random(50))
    assert bool(numbers) == (one == other)


def test_streams_are_the_same_in_every_version_and_on_every_machine():
    assert stream(7, 3, "ask").bit_generator.random_raw(2).tolist() == [
        4057390716735407359,
        6153361198865834819,
    ]
    assert derive_seed(7, "d0", 3) == 2772492576935109219
    assert digest_text("print('ä')") == "a0b5c4d1800fe489ed7efaa2f74a6d86"


def test_the_numbers_of_neighbouring_addresses_are_uncorrelated():
    table = np.array([stream(0, proposal, "ask").random(200) for proposal in range(100)])
    correlations = np.corrcoef(table)[~np.eye(100, dtype=bool)]
    assert abs(table.mean() - 0.5) < 0.01
    assert abs(correlations.mean()) < 0.01
    assert abs(correlations).max() < 0.4


@settings(max_examples=100)
@given(TEXTS, TEXTS)
def test_equal_texts_and_only_they_have_equal_digests(one, other):
    assert (digest_text(one) == digest_text(other)) == (one == other)
    assert len(digest_text(one)) == 32


@settings(max_examples=100)
@given(st.dictionaries(TEXTS, TEXTS, max_size=4), st.dictionaries(TEXTS, TEXTS, max_size=4), st.randoms())
def test_a_digest_of_named_texts_depends_on_names_and_texts_and_on_no_order(one, other, random):
    names = list(one)
    random.shuffle(names)
    assert digest_texts({name: one[name] for name in names}) == digest_texts(one)
    assert (digest_texts(one) == digest_texts(other)) == (one == other)


def test_a_name_and_its_text_do_not_run_together():
    assert digest_texts({"ab": "c"}) != digest_texts({"a": "bc"})
    assert digest_texts({"a": "", "b": ""}) != digest_texts({"a": "b"})


@settings(max_examples=50)
@given(st.integers(), st.lists(st.text(max_size=5) | st.integers(), max_size=3))
def test_a_derived_seed_has_63_bits_and_depends_on_its_address(seed, address):
    value = derive_seed(seed, *address)
    assert 0 <= value < 2**63
    assert value == derive_seed(seed, *address) != derive_seed(seed + 1, *address)


def test_nothing_depends_on_the_hash_seed_of_the_process():
    script = "from evoengine.rng import *; print(derive_seed(1, 'a'), digest_texts({'b': 'x', 'a': 'y'}))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert outputs == {f"{derive_seed(1, 'a')} {digest_texts({'b': 'x', 'a': 'y'})}\n".encode()}
