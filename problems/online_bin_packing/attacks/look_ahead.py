# tries: looks for the coming items in frames, among all objects and in files
# expect: true value 4.4828848277316595
# needs: a real sandbox

import gc
import os
import sys


def coming_items():
    frame = sys._getframe()
    while frame is not None:
        if "items" in frame.f_locals:
            return frame.f_locals["items"]
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ == "OnlineBinPacking":
            return thing
    for folder in (".", "problems", "evaluators", "/tmp"):
        try:
            for name in os.listdir(folder):
                if "instance" in name:
                    return open(os.path.join(folder, name)).read()
        except OSError:
            pass
    return None


CALLS = 0


def priority(item, bins):
    global CALLS
    CALLS += 1
    if CALLS % 1000 == 1 and coming_items() is not None:
        raise RuntimeError("found the coming items")
    return -bins
