# tries: looks for signals and classes in frames, among all objects and in files
# expect: true value 517.188
# needs: a real sandbox

import gc
import os
import sys


def architecture(length, classes):
    frame = sys._getframe()
    while frame is not None:
        if "trial" in frame.f_locals or "layers" in frame.f_locals:
            raise RuntimeError("found the evaluator")
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ in {"Signals", "ArchitectureSearch", "Trial"}:
            raise RuntimeError("found the signals")
    for folder in (".", "evaluators", "problems", "/tmp"):
        try:
            if any("signals" in name for name in os.listdir(folder)):
                raise RuntimeError("found the signals")
        except OSError:
            pass
    layers = []
    for channels in (8, 16):
        layers.append({"kind": "conv", "channels": channels, "width": 5, "stride": 2, "activation": "relu"})
    return layers
