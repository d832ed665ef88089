"""A slot whose engine is gone ends without a word."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from evoengine.sandbox import process, wire

PROGRAM = Path(process.__file__).with_name("slot.py")


def ended(setup):
    """Send a slot its setup, if any, hang up at once, and give its exit status and what it said."""
    control, theirs = socket.socketpair()
    with theirs:
        slot = subprocess.Popen(
            [sys.executable, "-s", "-P", "-B", str(PROGRAM), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stderr=subprocess.PIPE,
            text=True,
        )
    if setup is not None:
        control.sendall(wire.frame(b"S", json.dumps(setup).encode()))
    control.close()
    return slot.communicate(timeout=60)[1], slot.returncode


@pytest.mark.parametrize("preload", [[], ["no_such_module"]])
def test_an_engine_that_leaves_before_the_answer_is_not_an_error(preload):
    setup = {"preload": preload, "level": "subprocess", "processes": False, "devices": [[], [], []]}
    assert ended(setup) == ("", 0)


def test_an_engine_that_leaves_before_it_says_anything_is_not_an_error():
    assert ended(None) == ("", 0)
