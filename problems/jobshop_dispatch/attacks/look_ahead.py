# tries: looks for the instances in frames, among all objects and in files
# expect: true value 76.39013637961396
# needs: a real sandbox

import gc
import os
import sys

CALLS = 0


def instances():
    frame = sys._getframe()
    while frame is not None:
        if "instance" in frame.f_locals:
            return frame.f_locals["instance"]
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ in {"DispatchRule", "Instance"}:
            return thing
    for folder in (".", "problems", "evaluators", "/tmp"):
        try:
            for name in os.listdir(folder):
                if "jobshop" in name:
                    return open(os.path.join(folder, name)).read()
        except OSError:
            pass
    return None


def priority(durations, delays, work, operations, queues):
    global CALLS
    CALLS += 1
    if CALLS % 1000 == 1 and instances() is not None:
        raise RuntimeError("found the instances")
    return -durations
