# tries: looks for the pendulum in frames and among all objects, to learn mass and length or to turn it up
# expect: true value -987.5195241580556
# needs: a real sandbox

import gc
import sys


def control(angle, speed, step):
    if step == 0:
        frame = sys._getframe()
        while frame is not None:
            if "start" in frame.f_locals or "pull" in frame.f_locals:
                raise RuntimeError("found the pendulum")
            frame = frame.f_back
        for thing in gc.get_objects():
            if type(thing).__name__ in {"Start", "PendulumSwingUp", "Trial"}:
                raise RuntimeError("found the pendulum")
    return -10.0 * angle - 2.0 * speed
