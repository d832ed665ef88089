"""The actors of a run, which follow the nodes of a cluster."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeAlias

from evoengine.errors import ConfigError, EvaluatorError
from evoengine.executors.backlog import Job
from evoengine.executors.cluster import Actor, Cluster, Node, WorkerLostError
from evoengine.executors.local import START_SECONDS, refusal
from evoengine.executors.worker import versions
from evoengine.package import Package

LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 120.0
"""A run that has had no worker for so long is ended."""
NEW_NODE_SECONDS = 600.0
"""The same where so many workers are asked for: an autoscaler may first have to get a machine."""
FAILED_STARTS = 3
"""So many actors in a row that end before they are ready end the run."""
DEPTH = 2
"""Batches of short evaluations that a worker has at once: it need not wait for the next one."""

Spawn: TypeAlias = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class Remote:
    """A worker as the engine sees it: its actor, and what it has been given, the first of which it is doing."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.given: list[list[Job]] = []
        self.isolation = ""
        self.asking = False

    @property
    def free(self) -> bool:
        """Whether it has nothing to do."""
        return not self.given

    @property
    def open(self) -> bool:
        """Whether another batch may wait there."""
        return 0 < len(self.given) < DEPTH and not self.asking and not self.given[0][0].suspect


class Fleet:
    """Makes actors as nodes join and forgets them as nodes leave.

    Parameters
    ----------
    need
        What an actor reserves, in Ray's words.
    most
        So many actors, which an autoscaling cluster makes room for; None: as many as fit on the nodes there are.
    exclusive
        An actor reserves all processors of its node.
    options
        The rest of what a `Worker` takes.
    spawn
        Starts a task whose error ends the run.
    changed
        Called when an actor has become ready.

    Attributes
    ----------
    ready
        The actors that take work.
    idle, open
        Those of them that have nothing to do, and those where another batch may wait.
    """

    def __init__(
        self,
        cluster: Cluster,
        package: Package,
        need: Mapping[str, float],
        *,
        most: int | None,
        exclusive: bool,
        options: tuple[Any, ...],
        spawn: Spawn,
        changed: Callable[[], None],
    ) -> None:
        self._cluster = cluster
        self._package = package
        self._need = need
        self._most = most
        self._exclusive = exclusive
        self._options = options
        self._spawn = spawn
        self._changed = changed
        self._data: Any = None
        self._starting: dict[Remote, asyncio.Task[None]] = {}
        self._failed_starts = 0
        self._told = asyncio.Event()
        self.ready: dict[Remote, None] = {}
        self.idle: dict[Remote, None] = {}
        self.open: dict[Remote, None] = {}

    async def start(self) -> None:
        """Wait for the actors that there is room for now; one will do when the others take long.

        Raises `ConfigError` where there is room for none and no number of them was asked for, which would have an
        autoscaling cluster make room.
        """
        await self._cluster.look()
        self._data = self._cluster.put(self._package.data)
        room = self._room()
        if not room and not self._scales:
            raise ConfigError(
                f"no node of the Ray cluster has room for an evaluator that needs {self._wants()}",
                cure="start a node that has, lower [resources] in problem.toml, or have an autoscaling cluster make"
                " room: --slots N",
            )
        self._spawn(self._tend())
        begun = time.monotonic()
        wanted = min(room, self._most or room)
        while not self.ready or (len(self.ready) < wanted and time.monotonic() - begun < START_SECONDS):
            self._told.clear()
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._told.wait()
            except TimeoutError:
                continue

    def sort(self, remote: Remote) -> None:
        """Note what an actor now has to do."""
        for group, belongs in ((self.idle, remote.free), (self.open, remote.open)):
            if belongs and remote in self.ready:
                group[remote] = None
            else:
                group.pop(remote, None)

    def lose(self, remote: Remote) -> None:
        """Forget an actor, and end it should it still be there."""
        self.ready.pop(remote, None)
        self._starting.pop(remote, None)
        self.sort(remote)
        remote.actor.kill()

    def end(self) -> None:
        """End every actor."""
        for remote in [*self.ready, *self._starting]:
            self.lose(remote)

    @property
    def _scales(self) -> bool:
        """Whether actors are made that no node has room for yet, for an autoscaler to see."""
        return self._most is not None and not self._exclusive

    def _wants(self) -> str:
        """Say what an actor needs and what the nodes have."""
        need = ", ".join(f"{key} {amount:g}" for key, amount in self._need.items())
        has = "; ".join(
            f"{node.address}: CPU {node.resources.get('CPU', 0):g}, GPU {node.resources.get('GPU', 0):g}"
            for node in self._cluster.nodes
        )
        return f"{need} ({has})"

    def _room(self) -> int:
        fitting = [node.fits(self._need) for node in self._cluster.nodes]
        return sum(count > 0 for count in fitting) if self._exclusive else sum(fitting)

    async def _tend(self) -> None:
        """Follow the cluster. Raises `EvaluatorError` when its head, or every worker, is gone."""
        since = time.monotonic()
        patience = NEW_NODE_SECONDS if self._scales else PATIENCE_SECONDS
        while True:
            self._fit()
            if self.ready:
                since = time.monotonic()
            elif time.monotonic() - since > patience:
                raise EvaluatorError(
                    f"for {patience:g} s the Ray cluster has had no room for an evaluator that needs {self._wants()}",
                    cure="free or start nodes, then `evoengine resume`; `ray status` shows who holds them",
                )
            await asyncio.sleep(LOOK_SECONDS)
            await self._cluster.look()

    def _fit(self) -> None:
        """Make the actors that are missing, and take back those that still wait for a node that has left."""
        wanted = self._most or self._room()
        surplus = len(self.ready) + len(self._starting) - wanted
        for remote in [one for one in self._starting if not one.actor.node][: max(surplus, 0)]:
            self._starting[remote].cancel()
            self.lose(remote)
        for _ in range(-surplus):
            if (actor := self._make()) is None:
                return
            remote = Remote(actor)
            self._starting[remote] = self._spawn(self._bring_up(remote))

    def _make(self) -> Actor | None:
        if not self._exclusive:
            return self._cluster.actor(self._need, self._data, self._package, *self._options)
        taken = {remote.actor.node for remote in [*self.ready, *self._starting]}
        nodes = [one for one in self._cluster.nodes if one.fits(self._need) and one.name not in taken]
        if not nodes:
            return None
        node: Node = max(nodes, key=lambda one: one.resources["CPU"])
        whole = {**self._need, "CPU": node.resources["CPU"]}
        return self._cluster.actor(whole, self._data, self._package, *self._options, only=node.name)

    async def _bring_up(self, remote: Remote) -> None:
        """Wait until an actor has a node, and make it ready there. Raises what its evaluator failed with."""
        actor = remote.actor
        try:
            await actor.locate()
            _require_same(await actor.call("versions"), actor.address)
            async with asyncio.timeout(2 * START_SECONDS):
                hello = await actor.call("start")
        except (WorkerLostError, TimeoutError) as error:
            self.lose(remote)
            self._failed_starts += 1
            if self._failed_starts == FAILED_STARTS:
                raise EvaluatorError(
                    f"{FAILED_STARTS} actors in a row ended before they were ready, the last on {actor.address}: {error}",
                    cure="is this evoengine installed on every node? Ray's logs there say more",
                ) from None
            return
        if "error" in hello:
            raise refusal(hello, f"on {actor.address}: ")
        if hello["digest"] != self._package.content:
            raise ConfigError(
                f"on {actor.address}: the problem has other files than here, where its evaluator is shipped with evoengine",
                cure="install the same evoengine on every node",
            )
        self._failed_starts = 0
        remote.isolation = hello["isolation"]
        if self._starting.pop(remote, None) is not None:
            self.ready[remote] = None
            self.sort(remote)
            self._told.set()
            self._changed()


def _require_same(theirs: Mapping[str, str], address: str) -> None:
    """Raise `ConfigError` for a node with other versions than this process."""
    for name, ours in versions().items():
        if theirs.get(name) != ours:
            raise ConfigError(
                f"the node {address} of the Ray cluster has {name} {theirs.get(name)}, and this is {ours}",
                cure=f"install {name} {ours} on every node",
            )
