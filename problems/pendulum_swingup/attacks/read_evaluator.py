# tries: reads the evaluator and its held-out episodes from files
# expect: true value -987.5195241580556
# needs: a real sandbox

import os

FOUND = []
for folder in (".", "evaluators", "problems", "/home", "/tmp"):
    try:
        FOUND += [os.path.join(folder, name) for name in os.listdir(folder) if "pendulum" in name]
    except OSError:
        pass
for name in FOUND:
    raise RuntimeError(f"found {name}")


def control(angle, speed, step):
    return -10.0 * angle - 2.0 * speed
