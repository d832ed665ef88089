"""Runs every attack on the ground it finds itself on, and prints one JSON object for each: what came of it, what is wrong.

``python ground.py NAME run.py LEVEL`` or ``python ground.py NAME run.py programs``
"""

import json
import os
import sys
from pathlib import Path

from evoengine.sandbox import open_sandbox
from evoengine.sandbox.abuse import Ground, Outcome, ProgramGround, descendants

sys.path.insert(0, str(Path(__file__).parent))
from cases import CASES
from programs import PROGRAMS


def main() -> None:
    level, *wanted = sys.argv[1:]
    programs = level == "programs"
    slot = open_sandbox(processes=True) if programs else open_sandbox(level=level)
    ground = (ProgramGround if programs else Ground)(slot, lambda: slot.pid)
    cases = PROGRAMS if programs else CASES
    for outcome in ground.try_all([case for case in cases if not wanted or case.name in wanted]):
        say(outcome)
    ground.close()
    left = descendants(os.getpid())
    say(Outcome("closing", "ok", (f"processes left: {left}",) if left else ()))


def say(outcome: Outcome) -> None:
    line = {"case": outcome.name, "status": outcome.status, "wrong": outcome.wrong}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
