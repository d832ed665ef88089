"""Every benchmark in turn: ``python -m benchmarks`` (about twenty minutes)."""

import subprocess
import sys

COMMANDS = (
    "startup",
    "archives",
    "cases",
    "engine",
    "sandbox",
    "crash",
    "models",
    "replicas",
    "noise",
    "judging",
    "coordinator",
    "ray",
)


def main() -> None:
    """Run each in a process of its own, so that none is measured with another's memory."""
    failed: list[str] = []
    for name in COMMANDS:
        print(f"\n== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode:
            failed.append(name)
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
