"""The command serve in a process of its own."""

import os
import socket
import subprocess
import sys
import tomllib

import pytest


@pytest.fixture
def port():
    """Give a port that is free, with the next one: below those that the system hands out."""
    candidates = iter(range(20_000 + os.getpid() % 5_000 * 2, 32_000, 2))
    return next(port for port in candidates if not listens(port) and not listens(port + 1))


def start(*args):
    command = [sys.executable, "-m", "evoengine", "serve", *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def read_tables(process, number):
    lines = []
    while sum("concurrency" in line for line in lines) < number:
        lines.append(process.stdout.readline())
        assert lines[-1], process.stderr.read()
    return tomllib.loads("".join(lines))["models"]
