"""R1 to R3 under SIGKILL at random moments. `python -m benchmarks.crash` does it 200 times."""

import random

import pytest

from evoengine.testing.crash import crash_and_resume, uninterrupted


@pytest.mark.slow
@pytest.mark.parametrize("order", ["proposal", "completion"])
def test_a_killed_and_resumed_run_keeps_every_promise(order, tmp_path):
    reference = uninterrupted(tmp_path)
    rng = random.Random(order)
    crashes = [crash_and_resume(tmp_path, order, rng, reference) for _ in range(10)]
    assert [crash.faults for crash in crashes] == [[]] * 10
    assert any(0 < crash.events_at_kill < 400 for crash in crashes), "no kill fell into a running search"
