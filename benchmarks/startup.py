"""What the command line costs before it does anything: ``python -m benchmarks.startup``.

The figure is a ratio to an interpreter that does nothing, so that it means the same on every machine. The
minimum of several alternating runs is taken: noise only ever adds.
"""

import subprocess
import sys
import time

REPEATS = 15
LIMIT = 12.0

NOTHING = [sys.executable, "-c", "pass"]
HELP = [sys.executable, "-c", "from evoengine.cli import main; main()", "--help"]


def measure(command: list[str]) -> float:
    """Give the seconds that a command takes as a whole process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    pairs = [(measure(NOTHING), measure(HELP)) for _ in range(REPEATS)]
    nothing, shown = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
    ratio = shown / nothing
    print(
        f"python -c pass {1000 * nothing:.0f} ms, evoengine --help {1000 * shown:.0f} ms: {ratio:.1f} x (limit {LIMIT:g})"
    )
    sys.exit(ratio > LIMIT)


if __name__ == "__main__":
    main()
