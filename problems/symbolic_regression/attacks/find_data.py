# tries: looks for the accelerations in frames and among all objects
# expect: true value -0.045843134197
# needs: a real sandbox

import gc
import sys


def accelerations():
    frame = sys._getframe()
    while frame is not None:
        if "train" in frame.f_locals:
            return frame.f_locals["train"]
        frame = frame.f_back
    return next((thing for thing in gc.get_objects() if type(thing).__name__ in {"Points", "Oscillator"}), None)


FOUND = accelerations()


def equation(x, v, t, params):
    if FOUND is not None:
        raise RuntimeError("found the accelerations")
    return params[0] * x + params[1] * v + params[2]
