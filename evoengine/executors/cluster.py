"""A Ray cluster: its nodes, what fits on them, and actors that hold workers. Nothing else knows Ray."""

import asyncio
import importlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from evoengine.errors import ConfigError, EvaluatorError
from evoengine.executors.worker import Worker
from evoengine.package import Package
from evoengine.resources import Resources

_Result = TypeVar("_Result")
HEAD_SECONDS = 20.0
"""A head that has not answered for so long is taken for dead. Ray itself ends this process after about 60."""
_CLOSE_SECONDS = 5.0


class WorkerLostError(Exception):
    """An actor, its node or the way there is gone; `blamed`: its process alone, on a node that lives on."""

    def __init__(self, reason: str, *, blamed: bool) -> None:
        super().__init__(reason)
        self.blamed = blamed


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the cluster: Ray's id of it, its address, and what it has in all."""

    name: str
    address: str
    resources: Mapping[str, float]

    def fits(self, need: Mapping[str, float]) -> int:
        """Give how many actors with this need the machine has room for when it is empty."""
        return int(min(self.resources.get(key, 0.0) // amount for key, amount in need.items()))


class PlacedWorker(Worker):
    """A worker that knows its machine."""

    def whereabouts(self) -> tuple[str, str]:
        """Give Ray's id of the node, and its address."""
        ray = importlib.import_module("ray")
        context = ray.get_runtime_context()
        return context.get_node_id(), ray.util.get_node_ip_address()


class Actor:
    """An actor with a worker in it."""

    def __init__(self, cluster: "Cluster", handle: Any) -> None:
        self._cluster = cluster
        self._handle = handle
        self.node = ""
        self.address = "a node that never answered"

    async def call(self, method: str, *args: Any) -> Any:
        """Call a method of the worker. Raises `WorkerLostError`."""
        errors = self._cluster.ray.exceptions
        try:
            return await getattr(self._handle, method).remote(*args)
        except errors.ActorDiedError as error:
            raise WorkerLostError(str(error), blamed=self._cluster.lives(self.node)) from None
        except errors.RayError as error:
            raise WorkerLostError(str(error), blamed=False) from None

    async def locate(self) -> None:
        """Wait until the actor runs, and note where. Raises `WorkerLostError`."""
        self.node, self.address = await self.call("whereabouts")

    def kill(self) -> None:
        """End the actor, whatever it is doing."""
        self._cluster.ray.kill(self._handle)


class Cluster:
    """The connection to a cluster.

    Parameters
    ----------
    address
        Of the head, as ``ray.init`` takes it; empty: ``RAY_ADDRESS``, the cluster that runs on this machine,
        or a new one here.

    Attributes
    ----------
    nodes
        The machines alive at the latest `look`.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._ours = False
        self.dead = False
        self.nodes: Sequence[Node] = ()
        self.ray: Any = None

    def connect(self) -> None:
        """Connect. Raises `ConfigError` without Ray, without a cluster there, or with another version there."""
        try:
            self.ray = importlib.import_module("ray")
        except ImportError:
            raise ConfigError(
                "--executor ray: Ray is not installed", cure="pip install 'evoengine[ray]'"
            ) from None
        self._ours = not self.ray.is_initialized()
        if not self._ours:
            return
        try:
            self.ray.init(address=self._address or None, logging_level="ERROR")
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ConfigError(
                f"--ray-address {self._address or '(none)'}: {error}",
                cure="start a head with `ray start --head`, with the Python and the Ray of this environment; where it wants a"
                " token, set RAY_AUTH_MODE=token",
            ) from None

    async def look(self) -> None:
        """Learn which nodes are alive. Raises `EvaluatorError` when the head does not answer."""
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                found = await _aside(self.ray.nodes)
        except (TimeoutError, self.ray.exceptions.RayError) as error:
            self.dead = True
            raise EvaluatorError(
                f"the head of the Ray cluster no longer answers: {str(error) or f'nothing for {HEAD_SECONDS:g} s'}",
                cure="start the cluster again, then `evoengine resume` (with --executor local to do without): "
                "nothing stored is lost",
            ) from None
        self.nodes = [
            Node(node["NodeID"], node["NodeManagerAddress"], node["Resources"])
            for node in found
            if node["Alive"]
        ]

    def lives(self, node: str) -> bool:
        """Whether a node was alive at the latest `look`."""
        return any(known.name == node for known in self.nodes)

    def put(self, data: bytes) -> Any:
        """Hand over data that each machine fetches once."""
        return self.ray.put(data)

    def actor(
        self, need: Mapping[str, float], data: Any, package: Package, *args: Any, only: str = ""
    ) -> Actor:
        """Have an actor made as soon as there is room for its need, on the node `only` where one is named.

        It is never made again by Ray, nor is a call: what is lost, is done again by whoever lost it.
        """
        names = {"CPU": "num_cpus", "GPU": "num_gpus", "memory": "memory"}
        known = {names[key]: amount for key, amount in need.items() if key in names}
        custom = {key: amount for key, amount in need.items() if key not in names}
        options: dict[str, Any] = {**known, "resources": custom, "max_restarts": 0, "max_task_retries": 0}
        if only:
            strategies = importlib.import_module("ray.util.scheduling_strategies")
            options["scheduling_strategy"] = strategies.NodeAffinitySchedulingStrategy(only, soft=False)
        made = self.ray.remote(**options)(PlacedWorker)
        return Actor(self, made.remote(data, replace(package, data=b""), *args))

    async def close(self) -> None:
        """Leave the cluster, and end it if it was started for this run. May be called twice."""
        if self.ray is None or not self._ours:
            return
        self._ours = False
        # Without a head this may never come back.
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await _aside(self.ray.shutdown)


def needs(resources: Resources) -> dict[str, float]:
    """Give what an actor needs, in Ray's words: processors, GPUs, bytes of memory, and the cluster's own names."""
    need = {"CPU": resources.cpus, "GPU": resources.gpus, "memory": resources.memory_mb * 2.0**20}
    return {key: amount for key, amount in {**need, **resources.custom}.items() if amount > 0}


async def _aside(work: Callable[[], _Result]) -> _Result:
    """Wait for what blocks, on a thread that keeps nobody from leaving."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_Result] = loop.create_future()

    def settle(result: _Result | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)  # pyright: ignore[reportArgumentType]
        else:
            future.set_exception(error)

    def call() -> None:
        try:
            result, error = work(), None
        except BaseException as raised:  # noqa: BLE001 - handed over to the loop
            result, error = None, raised
        with suppress(RuntimeError):  # the loop may be closed by now
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=call, daemon=True).start()
    return await future
