"""Evaluator processes across a Ray cluster."""

import asyncio
import itertools
import json
from collections.abc import Coroutine
from typing import Any

from evoengine.encoding import encode_task
from evoengine.errors import EvoengineError
from evoengine.executors.backlog import Backlog, Job
from evoengine.executors.cluster import Cluster, WorkerLostError, needs
from evoengine.executors.fleet import DEPTH, Fleet, Remote
from evoengine.executors.local import GRACE_SECONDS, START_SECONDS, answers, outcome
from evoengine.executors.worker import GIVE_BACK_SECONDS, Reply
from evoengine.package import Package
from evoengine.ports import Ask, Task
from evoengine.resources import Resources
from evoengine.types import Evaluation


class RayExecutor:
    """Evaluates on actors of a Ray cluster, each with an evaluator process and a sandbox slot of its own.

    Actors come and go with the cluster's nodes. What a lost one had is done again, but not what it has
    answered. A candidate over which a process was lost twice has the status ``crash``: no cluster is large
    enough to try it on every node.

    Parameters
    ----------
    address
        As for `Cluster`.
    most
        So many actors, which an autoscaling cluster makes room for; None: as many as fit on its nodes.
    isolation
        The weakest accepted; empty for any that confines.
    exclusive
        An actor has its node to itself.
    task_seconds
        The longest that one task may take: the candidate's limit and the evaluator's.
    """

    def __init__(
        self,
        package: Package,
        *,
        address: str = "",
        most: int | None = None,
        isolation: str = "",
        resources: Resources,
        exclusive: bool = False,
        task_seconds: float,
    ) -> None:
        # Twice, for the batch before may take as long; meanwhile a process that died may be replaced.
        self._call_seconds = DEPTH * (GIVE_BACK_SECONDS + task_seconds + START_SECONDS + 2 * GRACE_SECONDS)
        self._cluster = Cluster(address)
        self._backlog = Backlog()
        self._tasks: set[asyncio.Task[None]] = set()
        self._fleet = Fleet(
            self._cluster,
            package,
            needs(resources),
            most=most,
            exclusive=exclusive,
            options=(isolation, "spare" if exclusive else "", task_seconds + GRACE_SECONDS),
            spawn=self._spawn,
            changed=self._dispatch_soon,
        )
        self._keys = itertools.count()
        self._jobs: dict[int, Job] = {}
        self._error: BaseException | None = None
        self._stopped: asyncio.Future[None] | None = None
        self._dispatching = False

    @property
    def slots(self) -> int:
        """How many tasks run at once now."""
        return len(self._fleet.ready)

    @property
    def wanted(self) -> int:
        """How many tasks keep every slot busy."""
        return DEPTH * self._backlog.size * max(1, self.slots)

    async def start(self) -> None:
        """Connect, and wait for the actors that there is room for, at least one of them.

        Raises
        ------
        ConfigError
            No Ray, no cluster, other versions on a node, or no node with room and no `most`.
        EvaluatorError, SandboxError
            What an evaluator process failed with.
        """
        self._cluster.connect()
        self._stopped = asyncio.get_running_loop().create_future()
        starting = asyncio.ensure_future(self._fleet.start())
        try:
            await asyncio.wait({starting, self._stopped}, return_when=asyncio.FIRST_COMPLETED)
            await (self._stopped if self._error is not None else starting)
        except BaseException:
            starting.cancel()
            await self.close()
            raise

    async def evaluate(self, task: Task, ask: Ask | None = None) -> Evaluation:
        """Evaluate one task on a worker of the cluster.

        One that is cancelled while a worker has it is finished there, and its outcome dropped.
        Raises what ended the cluster, and what `ask` raises.
        """
        if self._error is not None:
            raise self._error
        message = json.dumps(encode_task(task)).encode()
        job = Job(next(self._keys), message, ask, asyncio.get_running_loop().create_future())
        self._jobs[job.key] = job
        self._backlog.put(job)
        self._dispatch_soon()
        try:
            return await job.outcome
        finally:
            del self._jobs[job.key]

    async def close(self) -> None:
        """End every actor, and leave the cluster."""
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if not self._cluster.dead:
            self._fleet.end()
        await self._cluster.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """End the run with the error of a task."""
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None or self._error is not None:
            return
        self._error = error
        assert self._stopped is not None
        self._stopped.set_exception(error)
        self._stopped.exception()  # it may be that nobody waits
        for job in self._jobs.values():
            if not job.outcome.done():
                job.outcome.set_exception(error)

    # Giving out

    def _dispatch_soon(self) -> None:
        """Give out what waits once all that is ready to be put has been: batches are then larger."""
        if not self._dispatching:
            self._dispatching = True
            asyncio.get_running_loop().call_soon(self._dispatch)

    def _dispatch(self) -> None:
        self._dispatching = False
        while (remote := self._next()) is not None and (batch := self._backlog.take(self.slots)):
            remote.given.append(batch)
            self._fleet.sort(remote)
            self._spawn(self._work(remote, batch))

    def _next(self) -> Remote | None:
        """Choose who gets the next batch: one that is idle, or where a full batch waits, one that will soon be."""
        if not self._backlog:
            return None
        idle = next(iter(self._fleet.idle), None)
        if idle is not None or not self._backlog.full:
            return idle
        return next(iter(self._fleet.open), None)

    async def _work(self, remote: Remote, batch: list[Job]) -> None:
        try:
            reply = await self._call(remote, "work", [(job.key, job.message) for job in batch])
            self._settle(remote, batch, reply)
            while reply.asking is not None:
                remote.asking = True
                self._fleet.sort(remote)
                answer = await self._answer(*reply.asking)
                reply = await self._call(remote, "answer", answer)
                self._settle(remote, batch, reply)
            remote.asking = False
        except WorkerLostError as error:
            self._lose(remote, blamed=error.blamed)
        except TimeoutError:
            self._lose(remote, blamed=False)
        else:
            remote.given = [given for given in remote.given if given is not batch]
            self._fleet.sort(remote)
        self._dispatch_soon()

    async def _call(self, remote: Remote, method: str, argument: Any) -> Reply:
        async with asyncio.timeout(self._call_seconds):
            return await remote.actor.call(method, argument)

    async def _answer(self, key: int, message: bytes) -> bytes | None:
        """Have a job's questions answered; None when nobody wants to know any more, or the models failed."""
        job = self._jobs.get(key)
        if job is None or job.outcome.done():
            return None
        try:
            return json.dumps(await answers(json.loads(message), job.ask)).encode()
        except EvoengineError as error:
            if not job.outcome.done():
                job.outcome.set_exception(error)
            return None

    # Taking in

    def _settle(self, remote: Remote, batch: list[Job], reply: Reply) -> None:
        """Hand over what a worker has answered, and have the rest done by whoever is next."""
        jobs = {job.key: job for job in batch}
        for key, message in reply.done:
            job = jobs[key]
            if message is None:
                job.kills += 1
                self._again([job], remote)
            elif not job.outcome.done():
                try:
                    job.outcome.set_result(outcome(json.loads(message), f"on {remote.actor.address}: "))
                except EvoengineError as error:
                    job.outcome.set_exception(error)
        self._backlog.put_back([jobs[key] for key in reply.back])
        self._backlog.took(len(reply.done), reply.seconds)

    def _lose(self, remote: Remote, *, blamed: bool) -> None:
        """Have everything that a lost worker had, done again; the batch that it was at is to blame, if any."""
        given, remote.given = remote.given, []
        self._fleet.lose(remote)
        for place, batch in enumerate(given):
            for job in batch:
                if place == 0:
                    job.tries += 1
                    job.kills += blamed
            self._again(batch, remote)

    def _again(self, jobs: list[Job], remote: Remote) -> None:
        for job in jobs:
            if job.guilty and not job.outcome.done():
                job.outcome.set_result(
                    Evaluation(
                        "",
                        "crash",
                        feedback=f"evaluator processes were lost over it, {job.kills} of them by its own doing",
                        isolation=remote.isolation,
                    )
                )
        self._backlog.put_back([job for job in jobs if not job.outcome.done()])
