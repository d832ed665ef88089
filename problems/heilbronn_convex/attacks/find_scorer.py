# tries: looks for the evaluator in frames and among all objects, to overwrite it
# expect: true value 0.017622149899506168
# needs: a real sandbox

import gc
import math
import sys


def place(points):
    frame = sys._getframe()
    while frame is not None:
        if "trial" in frame.f_locals:
            raise RuntimeError("found the scorer")
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ in {"HeilbronnConvex", "Trial", "Score"}:
            raise RuntimeError("found the scorer")
    return [[math.cos(2 * math.pi * i / points), math.sin(2 * math.pi * i / points)] for i in range(points)]
