"""Candidates on a real GPU: ``python -m benchmarks.gpu [CANDIDATES]`` (10 by default), where NVIDIA's driver is loaded.

Candidates initialise CUDA, make a context, fill memory of the GPU and read it back: each in its own child of one slot, and
the same program in a new interpreter without a sandbox beside it. Then what must hold although a GPU is open: the limit on memory, and
a next candidate that finds everything as the first did.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from evoengine.errors import CandidateFailure, EvoengineError
from evoengine.problem import Limits
from evoengine.sandbox import open_sandbox

CANDIDATES = 10
LIMITS = Limits(wall_seconds=60.0, memory_mb=2048)
STEPS = ("init", "context", "fill", "copy")
SOURCE = """
import ctypes, time

MEGABYTES = 256

def work():
    cuda, seconds = ctypes.CDLL("libcuda.so.1"), {}

    def call(step, name, *arguments):
        begun = time.perf_counter()
        if code := getattr(cuda, name)(*arguments):
            raise RuntimeError(f"{name} ended with error {code}")
        seconds[step] = seconds.get(step, 0.0) + time.perf_counter() - begun

    device, context, memory = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_uint64()
    size = MEGABYTES << 20
    back = (ctypes.c_uint32 * (size // 4))()
    call("init", "cuInit", 0)
    call("context", "cuDeviceGet", ctypes.byref(device), 0)
    call("context", "cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
    call("context", "cuCtxSetCurrent", context)
    call("fill", "cuMemAlloc_v2", ctypes.byref(memory), ctypes.c_size_t(size))
    call("fill", "cuMemsetD32_v2", memory, ctypes.c_uint(7), ctypes.c_size_t(size // 4))
    call("fill", "cuCtxSynchronize")
    call("copy", "cuMemcpyDtoH_v2", back, memory, ctypes.c_size_t(size))
    assert (back[0], back[size // 4 - 1]) == (7, 7)
    return seconds

def overflow():
    work()
    return len(bytearray(3 << 30))
"""


def sandboxed(count: int) -> list[dict[str, Any]]:
    """Give the seconds of each step for each candidate, and whether the limit on memory holds."""
    slot = open_sandbox(preload=(), devices=("nvidia",))
    print(f"isolation {slot.level}")
    found: list[dict[str, Any]] = []
    try:
        for _ in range(count):
            session = slot.open({"main.py": SOURCE}, "main.py", LIMITS)
            seconds = session.call("work", [])
            usage = session.finish()
            found.append({**seconds, "all": usage.wall_seconds, "memory": usage.memory_mb})
        try:
            slot.open({"main.py": SOURCE}, "main.py", LIMITS).call("overflow", [])
            came = "NOT REFUSED"
        except CandidateFailure as failure:
            came = failure.status
        print(f"a candidate that takes 3 GB where it may have {LIMITS.memory_mb} MB: {came}")
        slot.open({"main.py": SOURCE}, "main.py", LIMITS).call("work", [])
    finally:
        slot.close()
    return found


def plain(count: int) -> list[dict[str, float]]:
    """Give the same for new interpreters."""
    program = f"{SOURCE}\nimport json\nprint(json.dumps(work()))"
    command = [sys.executable, "-I", "-c", program]
    return [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(count)]


def median(rows: Sequence[dict[str, Any]], step: str) -> float:
    """Give the median milliseconds of a step."""
    return 1e3 * statistics.median(row[step] for row in rows)


def main() -> None:
    """Print the steps side by side."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CANDIDATES
    try:
        inside = sandboxed(count)
    except EvoengineError as error:
        sys.exit(f"{error}; {error.cure}")
    outside = plain(count)
    print(f"\nmedian ms of {count}   in a slot   new interpreter")
    for step in STEPS:
        print(f"  {step:<12} {median(inside, step):11.1f} {median(outside, step):17.1f}")
    memory = max(row["memory"] for row in inside)
    print(
        f"a candidate takes {median(inside, 'all'):.0f} ms in all, and at most {memory:.0f} MB of the machine's memory"
    )


if __name__ == "__main__":
    main()
