# tries: looks for the simulation in frames and among all objects, to push the walker
# expect: true value 4.392695595558832
# needs: a real sandbox

import gc
import sys


def walker():
    frame = sys._getframe()
    while frame is not None:
        if "trial" in frame.f_locals or "creature" in frame.f_locals:
            raise RuntimeError("found the simulation")
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ in {"Walker", "Body", "Trial"}:
            raise RuntimeError("found the simulation")
    return {"joints": [[0.0, 0.0], [2.0, 0.0], [1.0, 1.5]],
            "muscles": [[0, 1, 0.3, 0.0], [1, 2, 0.3, 0.25], [0, 2, 0.0, 0.0]]}
