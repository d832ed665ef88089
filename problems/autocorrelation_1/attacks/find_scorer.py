# tries: looks for the evaluator in frames and among all objects, to overwrite it
# expect: true value 2.0
# needs: a real sandbox

import gc
import sys


def heights():
    frame = sys._getframe()
    while frame is not None:
        if "trial" in frame.f_locals:
            raise RuntimeError("found the scorer")
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ in {"AutocorrelationPeak", "Trial", "Score"}:
            raise RuntimeError("found the scorer")
    return [1.0] * 20
