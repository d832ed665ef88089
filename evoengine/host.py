"""The evaluator process: trusted user code, a sandbox slot, and no secrets.

Started by an executor as ``python -m evoengine.host SPEC OVERRIDES ISOLATION [PROCESSOR] FD``.
"""

import ctypes
import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from evoengine.config import load_problem, placed
from evoengine.effects import Generated, Question
from evoengine.encoding import Texts, decode_answer, decode_task, encode_evaluation, encode_question
from evoengine.errors import ConfigError, EvoengineError
from evoengine.evaluation import run_trial
from evoengine.sandbox import affinity, open_sandbox, weakest_accepted

_PR_SET_PDEATHSIG = 1
SPARE = "spare"
"""Stands for the last processor of whatever machine this is."""


def main() -> None:
    """Answer tasks until the control socket is closed."""
    spec, overrides, isolation, *processor, descriptor = sys.argv[1:]
    if processor:
        affinity.follow(affinity.spare() if processor[0] == SPARE else int(processor[0]))
    if sys.platform == "linux":
        # A killed engine takes its evaluators with it, even one that is deep in a computation.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    control = socket.socket(fileno=int(descriptor))
    os.set_inheritable(control.fileno(), False)
    # What the evaluator prints is for people; data to stdout is the command line's alone.
    os.dup2(2, 1)
    try:
        loaded = load_problem(spec, overrides=json.loads(overrides))
        evaluator = loaded.evaluator()
        at_least = weakest_accepted(isolation or None, loaded.problem.min_isolation)
        sandbox = open_sandbox(
            preload=loaded.problem.preload,
            at_least=at_least,
            processes=loaded.problem.processes,
            devices=loaded.problem.devices,
        )
    except EvoengineError as error:
        _send(control, _refusal(error))
        return
    try:
        _send(control, {"ready": True, "isolation": sandbox.level, "digest": loaded.digest})
        while (message := _receive(control)) is not None:
            texts: Texts = {}
            task, ask = decode_task(message), partial(_ask, control)
            try:
                evaluation = run_trial(evaluator, loaded.problem, sandbox, task, ask)
            except ConfigError as error:
                _send(control, _refusal(placed(error, loaded.spec)))
            else:
                _send(control, {"evaluation": encode_evaluation(evaluation, texts), "texts": texts})
    finally:
        sandbox.close()


def _refusal(error: EvoengineError) -> dict[str, Any]:
    return {"error": type(error).__name__, "message": str(error), "cure": error.cure}


def _ask(control: socket.socket, questions: Sequence[Question]) -> Sequence[Generated]:
    """Have the engine ask models. Leaves the process when the engine does not answer, for it is not wanted then."""
    _send(control, {"ask": [encode_question(question) for question in questions]})
    message = _receive(control)
    if message is None:
        sys.exit()
    return [decode_answer(body) for body in message["answers"]]


def _send(control: socket.socket, message: dict[str, Any]) -> None:
    data = json.dumps(message).encode()
    try:
        control.sendall(struct.pack("<I", len(data)) + data)
    except ConnectionError:
        # The engine gave up on its evaluators meanwhile, as it does when the first of several is refused.
        sys.exit()


def _receive(control: socket.socket) -> dict[str, Any] | None:
    head = _read(control, 4)
    body = None if head is None else _read(control, struct.unpack("<I", head)[0])
    return None if body is None else json.loads(body)


def _read(control: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        part = control.recv(size - len(data))
        if not part:
            return None
        data += part
    return bytes(data)


if __name__ == "__main__":
    main()
