"""A slot without confinement, and sessions of one candidate in it."""

import pytest

from evoengine.errors import CandidateFailure
from evoengine.problem import Limits
from evoengine.sandbox import open_sandbox

LIMITS = Limits(wall_seconds=5.0)
MAIN = """
import numpy as np
import helper
from package import inner
from package.sub.leaf import LEAF

count = 0

def add(x, y):
    return x + y

def double(array):
    return {"array": array * 2, "more": [np.arange(3), (np.float32(1.5), None)]}

def both():
    return [helper.NAME, inner.NAME, LEAF, __name__]

def counted():
    global count
    count += 1
    return count

def fail(message="no"):
    raise ValueError(message)

def shout(n):
    print("x" * n)
    return n

def wait(seconds):
    import time
    time.sleep(seconds)

def state(x):
    return {"x": x}

def same(x):
    return x

def scalar(x):
    return np.float64(x) / 2

def remote():
    return helper.fail()
"""
FILES = {
    "main.py": MAIN,
    "helper.py": "NAME = 'helper'\ndef fail():\n    return 1 / 0\n",
    "package/__init__.py": "",
    "package/inner.py": "import candidate\nNAME = 'inner'\n",
    "package/sub/leaf.py": "LEAF = 'leaf'\n",
    "notes.md": "no code",
}


@pytest.fixture(scope="module")
def slot():
    slot = open_sandbox(level="subprocess")
    yield slot
    slot.close()


@pytest.fixture
def session(slot):
    session = slot.open(FILES, "main.py", LIMITS)
    yield session
    session.finish()


def status(call, *args, **kwargs):
    with pytest.raises(CandidateFailure) as caught:
        call(*args, **kwargs)
    return caught.value.status
