"""R1 to R3 under SIGKILL at random moments. `python -m benchmarks.crash` does it 200 times."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from evoengine.recipes import RECIPES
from evoengine.testing.crash import crash_and_resume, uninterrupted


def test_every_recipe_keeps_every_promise_when_it_is_killed_and_resumed():
    script = Path(__file__).with_name("recipe_crashes.py")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == list(RECIPES)
    assert [row for row in rows if len(row) > 2] == []
    assert sum(int(row[1]) for row in rows) > len(rows), "too few kills fell into a running search"


@pytest.mark.slow
@pytest.mark.parametrize("order", ["proposal", "completion"])
def test_a_killed_and_resumed_run_keeps_every_promise(order, tmp_path):
    reference = uninterrupted(tmp_path)
    rng = random.Random(order)
    crashes = [crash_and_resume(tmp_path, order, rng, reference) for _ in range(10)]
    assert [crash.faults for crash in crashes] == [[]] * 10
    assert any(0 < crash.events_at_kill < 400 for crash in crashes), "no kill fell into a running search"
