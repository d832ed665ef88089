"""A Ray cluster on this machine, a head and two nodes, and executors on it."""

import asyncio
import os

import pytest

ray = pytest.importorskip("ray", reason="Ray is not installed: make ray")

from ray.cluster_utils import Cluster  # noqa: E402

from evoengine.config import LoadedProblem  # noqa: E402
from evoengine.executors import RayExecutor  # noqa: E402
from evoengine.resources import Resources  # noqa: E402
from evoengine.testing.executors import task, write_problem  # noqa: E402

STORE = 80_000_000
SETTINGS = {
    "recipe": "islands",
    "params": {"islands": 2, "migrate_every": 5, "operators": ["perturb", "mutate", "crossover"]},
    "candidates": 40,
    "seed": 11,
    "order": "proposal",
}
RESOURCES = Resources()


def head(**more):
    return {"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False, **more}


@pytest.fixture(scope="module")
def cluster():
    made = Cluster(initialize_head=True, head_node_args=head())
    for _ in range(2):
        made.add_node(num_cpus=1, object_store_memory=STORE)
    # Connected once for all tests: an executor leaves a connection alone that is not its own.
    ray.init(address=made.address, logging_level="ERROR", log_to_driver=False)
    yield made
    ray.shutdown()
    made.shutdown()


def executor(folder, **more):
    loaded = folder if isinstance(folder, LoadedProblem) else write_problem(folder)
    return RayExecutor(loaded.package(), address="", **{"resources": RESOURCES, "task_seconds": 30.0, **more})


def use(made, work):
    async def used():
        await made.start()
        try:
            return await work(made)
        finally:
            await made.close()

    return asyncio.run(used())


async def evaluated(made, values, seconds=0.0):
    return await asyncio.gather(*(made.evaluate(task(value, seconds)) for value in values))


async def processes(made):
    """Give the actor's and the evaluator's process of every worker."""
    handles = [remote.actor._handle for remote in made._fleet.ready]
    return [
        await handle.__ray_call__.remote(lambda self: (os.getpid(), self._host._process.pid))
        for handle in handles
    ]


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is waited for is Ray's
            await asyncio.sleep(0.1)
