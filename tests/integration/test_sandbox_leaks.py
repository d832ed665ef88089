"""After many evaluations nothing is left behind. `benchmarks/sandbox.py --leaks` is the long form, of 10,000."""

import sys

import pytest

from benchmarks import sandbox as benchmark
from evoengine.sandbox import open_sandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is counted in /proc")
GROWTH_KB = 1500
"""That a leak of 5 kB an evaluation would exceed."""


@pytest.mark.parametrize("level", [None, "subprocess"])
def test_mixed_evaluations_leave_nothing_and_memory_is_flat(level, monkeypatch):
    monkeypatch.setattr(benchmark, "WARM_UP", 60)
    slot = open_sandbox(level=level)
    try:
        before, after = benchmark.mixed(slot, 300)
    finally:
        slot.close()
    for name in ("resident kB", "resident kB of the slot"):
        assert after.pop(name) < before.pop(name) + GROWTH_KB
    # Other programs use these too.
    for name in ("temporary files", "shared memory"):
        del before[name], after[name]
    # What other tests left to the collector may go meanwhile.
    assert {name: count for name, count in after.items() if count > before[name]} == {}
