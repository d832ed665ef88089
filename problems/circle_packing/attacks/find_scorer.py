# tries: looks for the evaluator in frames and among all objects, to overwrite it
# expect: true value 0.26
# needs: a real sandbox

import gc
import sys


def pack(circles):
    frame = sys._getframe()
    while frame is not None:
        if "trial" in frame.f_locals:
            raise RuntimeError("found the scorer")
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ in {"UnitSquare", "Trial", "Score"}:
            raise RuntimeError("found the scorer")
    return [[(i + 0.5) / circles, 0.5, 0.01] for i in range(circles)]
