"""Kill -9 at random moments: ``python -m benchmarks.crash [RUNS]`` (200 by default, half of them in each order)."""

import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from evoengine.testing.crash import crash_and_resume, uninterrupted


def main() -> None:
    """Crash, resume, count; exit with 1 when a promise was broken."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rng = random.Random(1)
    faults: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        reference = uninterrupted(Path(folder))
        for order in ("proposal", "completion"):
            left: list[int] = []
            for _ in range(runs // 2):
                crash = crash_and_resume(Path(folder), order, rng, reference)
                left.append(crash.events_at_kill)
                faults.update(f"{order}: {fault}" for fault in crash.faults)
            good = runs // 2 - sum(n for fault, n in faults.items() if fault.startswith(order))
            left.sort()
            print(
                f"{order:10}  {good} of {runs // 2} kept every promise;"
                f" events in the log at the kill: {left[0]} to {left[-1]}, median {left[len(left) // 2]}"
            )
    for fault, count in faults.items():
        print(f"BROKEN {count} x {fault}")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
