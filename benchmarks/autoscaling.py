"""A cluster that grows and shrinks: ``python -m benchmarks.autoscaling [SLOTS]`` (2 by default).

Ray's own autoscaler, whose machines are further nodes on this one, begins without any node that can evaluate. Evaluations go on all the
time; when there are as many workers as were asked for, one node is killed. Printed are the seconds at which workers come and
go, and that in the end every evaluation was answered once and the cluster was empty again.
"""

import asyncio
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.ray import executor, null_problem
from evoengine.executors.ray import RayExecutor
from evoengine.ports import Task

SLOTS = 2
MEMORY = 80_000_000
PATIENCE = 180.0
_MARK = "EVOENGINE_AUTOSCALING"
_PROVIDER = "ray.autoscaler._private.fake_multi_node.node_provider.FakeMultiNodeProvider"
_HEAD = "f" * 51 + "00000"
"""The name that Ray's provider of nodes on one machine gives the first one."""
_HEAD_KIND = "ray.head.default"
"""The kind that it takes the first one for; of any other kind the autoscaler would start a head again and again."""
_EMPTY = (
    *("initialization_commands", "setup_commands", "head_setup_commands", "worker_setup_commands"),
    *("head_start_ray_commands", "worker_start_ray_commands", "cluster_synced_files"),
    *("rsync_exclude", "rsync_filter"),
)


def configuration(address: str, slots: int) -> dict[str, Any]:
    """Describe a cluster of up to `slots` nodes with a processor each, which leave after three idle seconds."""
    kinds = {
        _HEAD_KIND: {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0},
        "worker": {
            "resources": {"CPU": 1, "object_store_memory": MEMORY},
            "node_config": {},
            "min_workers": 0,
            "max_workers": slots,
        },
    }
    provider = {"type": "external", "module": _PROVIDER, "head_node_id": _HEAD, "gcs_address": address}
    provider |= dict.fromkeys(
        ("disable_node_updaters", "disable_launch_config_check", "launch_multiple"), True
    )
    return {
        **{name: [] for name in _EMPTY},
        "cluster_name": "autoscaled",
        "max_workers": slots,
        "upscaling_speed": 1.0,
        "idle_timeout_minutes": 0.05,
        "provider": provider,
        "auth": {"ssh_user": "nobody"},
        "docker": {},
        "file_mounts": {},
        "file_mounts_sync_continuously": False,
        "head_node_type": _HEAD_KIND,
        "available_node_types": kinds,
    }


def ours() -> list[int]:
    """List the processes of the cluster, wherever their parents are."""
    mark, found = f"{_MARK}={os.getpid()}".encode(), list[int]()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


@contextmanager
def cluster(folder: Path, slots: int) -> Generator[str]:
    """Run a cluster; give its address."""
    host = importlib.import_module("ray.util").get_node_ip_address()
    with socket.socket() as probe:
        probe.bind(("", 0))
        port = probe.getsockname()[1]
    address, file = f"{host}:{port}", folder / "cluster.json"
    file.write_text(json.dumps(configuration(address, slots)))
    environment = os.environ | {
        _MARK: str(os.getpid()),
        "RAY_FAKE_CLUSTER": "1",
        "AUTOSCALER_UPDATE_INTERVAL_S": "1",
        # The first version goes on waiting for a node of this provider that was killed, and starts no other.
        "RAY_enable_autoscaler_v2": "1",
        "RAY_CLOUD_INSTANCE_ID": _HEAD,
        "RAY_OVERRIDE_NODE_ID_FOR_TESTING": _HEAD,
    }
    # In a folder of its own, so that nobody takes this cluster for the one that runs on this machine.
    options = [f"--temp-dir={folder / 'ray'}", f"--port={port}", "--num-cpus=0"]
    options += [f"--object-store-memory={MEMORY}"]
    options += ["--include-dashboard=false", f"--autoscaling-config={file}"]
    ray = str(Path(sys.executable).with_name("ray"))
    said = folder / "ray.log"
    with said.open("wb") as log:
        head = subprocess.Popen(
            [ray, "start", "--head", "--block", *options], env=environment, stdout=log, stderr=log
        )
    try:
        while b"Ray runtime started" not in said.read_bytes():
            time.sleep(0.2)
        yield address
    finally:
        for pid in ours():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        head.wait()


@dataclass
class Watch:
    """What happens, with its second."""

    executor: RayExecutor
    ray: Any
    begun: float = field(default_factory=time.monotonic)
    told: int = 0
    lost: int = 0

    def say(self, what: str) -> None:
        """Print a line."""
        seconds = time.monotonic() - self.begun
        print(
            f"{seconds:7.1f} s   {self.executor.slots} workers   {self.told:6,} evaluations   {what}",
            flush=True,
        )

    async def until(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait for something of Ray's. Raises `TimeoutError`."""
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - it happens in other processes
                await asyncio.sleep(0.2)
        self.say(what)

    def nodes(self) -> list[str]:
        """Name the nodes that evaluate."""
        return [node["NodeID"] for node in self.ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]

    async def feed(self, task: Task) -> None:
        """Evaluate all the time."""
        while True:
            evaluation = await self.executor.evaluate(task)
            self.told += 1
            self.lost += evaluation.status != "ok"


def kill(node: str) -> None:
    """Kill a node's raylet, with which its actors end."""
    for pid in ours():
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if command[0].endswith(b"raylet") and node.encode() in Path(f"/proc/{pid}/environ").read_bytes():
            os.kill(pid, signal.SIGKILL)


async def search(made: RayExecutor, ray: Any, task: Task, slots: int) -> None:
    """Evaluate while the cluster grows, loses a node and grows again."""
    watch = Watch(made, ray)
    await made.start()
    watch.say("the first worker; there was no node for it when it was asked for")
    feeding = [asyncio.create_task(watch.feed(task)) for _ in range(4)]
    try:
        await watch.until("all that were asked for", lambda: made.slots == slots)
        kill(watch.nodes()[0])
        watch.say("a node is killed")
        await watch.until("its worker is missed", lambda: made.slots < slots)
        await watch.until("there is another", lambda: made.slots == slots)
    finally:
        for one in feeding:
            one.cancel()
        await asyncio.gather(*feeding, return_exceptions=True)
        await made.close()
    await watch.until("the search is over, and the last node has left", lambda: not watch.nodes())
    print(f"{watch.told:,} evaluations, {watch.lost} of them not answered properly")


def main() -> None:
    """Print what happens."""
    slots = int(sys.argv[1]) if len(sys.argv) > 1 else SLOTS
    os.environ.setdefault("RAY_AUTH_MODE", "disabled")
    with tempfile.TemporaryDirectory() as name, cluster(Path(name), slots) as address:
        ray = importlib.import_module("ray")
        ray.init(address=address, logging_level="ERROR", log_to_driver=False)
        try:
            loaded = null_problem(Path(name))
            made = executor(loaded, "ray", slots)
            assert isinstance(made, RayExecutor)
            asyncio.run(search(made, ray, Task(loaded.problem.seeds[0]), slots))
        finally:
            ray.shutdown()


if __name__ == "__main__":
    main()
