"""What Ctrl-C does to a search: once it is asked to end, twice it is made to."""

import asyncio
import signal
import threading
from typing import Protocol


class Stoppable(Protocol):
    """What signals end: an engine, or several."""

    def stop(self, reason: str = ..., /) -> None: ...

    def abort(self, reason: str = ..., /) -> None: ...


class Signals:
    """While open, the first SIGINT or SIGTERM stops what runs and the second aborts it."""

    def __init__(self, work: Stoppable) -> None:
        self._work = work
        self._seen = 0

    def _handle(self) -> None:
        self._seen += 1
        if self._seen == 1:
            self._work.stop("interrupted")
        else:
            self._work.abort("interrupted")

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, self._handle)

    def __exit__(self, *_: object) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().remove_signal_handler(number)
