"""Evaluators across a real Ray: a head and two nodes on this machine."""

import asyncio
from dataclasses import replace

import pytest
from ray_nodes import RESOURCES, SETTINGS, STORE, cluster, evaluated, executor, ray, until, use

from evoengine.api import search
from evoengine.config import load_problem
from evoengine.errors import ConfigError, EvaluatorError
from evoengine.executors import RayExecutor, fleet, worker
from evoengine.replay import canonical
from evoengine.resources import Resources
from evoengine.stores import SQLiteStore
from evoengine.testing.executors import ExecutorContract, write_problem

__all__ = ["cluster"]

# Ray's own warnings and unclosed files are Ray's.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.usefixtures("cluster")
class TestRayExecutor(ExecutorContract):
    slots = 2

    def make(self, folder):
        return executor(folder)


def log(out):
    store = SQLiteStore(out / "run.db", read_only=True)
    try:
        return canonical(store.events())
    finally:
        store.close()


def test_a_run_in_proposal_order_equals_that_on_one_machine(cluster, tmp_path):
    search("circle_packing", out=tmp_path / "local", slots=2, **SETTINGS)
    there = search(
        "circle_packing", out=tmp_path / "ray", executor="ray", ray_address=cluster.address, **SETTINGS
    )
    assert (there.stopped, there.statuses["ok"] > 10) == ("candidates", True)
    assert log(tmp_path / "ray") == log(tmp_path / "local")


@pytest.mark.usefixtures("cluster")
def test_short_evaluations_go_in_batches_and_long_ones_singly(tmp_path):
    async def work(made):
        assert made._backlog.size == 1
        await evaluated(made, range(12))
        assert 8 <= made._backlog.size <= 64
        assert made.wanted == 2 * 2 * made._backlog.size
        assert [e.fitness for e in await evaluated(made, range(40))] == [float(n) for n in range(13)] + [
            None
        ] + [float(n) for n in range(14, 40)]
        await evaluated(made, [1] * 4, 1.0)
        assert made._backlog.size == 1

    use(executor(tmp_path), work)


def test_actors_follow_the_nodes_that_join_and_leave(cluster, tmp_path):
    async def work(made):
        assert made.slots == 2
        more = cluster.add_node(num_cpus=1, object_store_memory=STORE)
        await until(lambda: made.slots == 3)
        assert [e.fitness for e in await evaluated(made, range(9), 0.1)] == [float(n) for n in range(9)]
        cluster.remove_node(more)
        await evaluated(made, range(9), 0.1)
        await until(lambda: made.slots == 2)

    use(executor(tmp_path), work)


def test_workers_that_are_asked_for_are_waited_for_until_there_is_a_node(cluster, tmp_path, monkeypatch):
    wanting = {"resources": Resources(custom={"tpu": 1.0}), "most": 2}

    async def work(made):
        starting = asyncio.ensure_future(made.start())
        # What an autoscaler sees: both wait, though there is no node for either.
        await until(lambda: len(made._fleet._starting) == 2)
        joined = cluster.add_node(num_cpus=1, resources={"tpu": 1}, object_store_memory=STORE)
        await starting
        assert (made.slots, [e.fitness for e in await evaluated(made, range(3))]) == (1, [0.0, 1.0, 2.0])
        await made.close()
        cluster.remove_node(joined)

    asyncio.run(work(executor(tmp_path, **wanting)))
    monkeypatch.setattr(fleet, "NEW_NODE_SECONDS", 1.0)
    with pytest.raises(
        EvaluatorError, match=r"for 1 s the Ray cluster has had no room .* needs CPU 1, tpu 1"
    ):
        use(executor(tmp_path, **wanting), work)


@pytest.mark.usefixtures("cluster")
def test_an_exclusive_problem_has_one_whole_node_and_more_slots_are_bounded(tmp_path):
    async def work(made):
        assert made.slots == 1
        [remote] = made._fleet.ready
        assert remote.actor.node in {one["NodeID"] for one in ray.nodes() if one["Alive"]}
        # Those of other nodes stay free; what an actor before had is given back in a while.
        await until(lambda: ray.available_resources().get("CPU") == 1.0)
        return (await evaluated(made, [4]))[0].fitness

    assert use(executor(tmp_path, exclusive=True, most=1), work) == 4.0


@pytest.mark.usefixtures("cluster")
def test_what_does_not_fit_or_agree_is_said_at_the_start(tmp_path, monkeypatch):
    async def nothing(made):
        raise AssertionError

    loaded = write_problem(tmp_path)
    with pytest.raises(ConfigError, match="needs CPU 64, GPU 1, tpu 2"):
        use(executor(loaded, resources=Resources(64.0, 1.0, custom={"tpu": 2.0})), nothing)
    with pytest.raises(ConfigError, match="the problem has other files"):
        use(RayExecutor(replace(loaded.package(), content="0"), resources=RESOURCES, task_seconds=1), nothing)
    monkeypatch.setattr(fleet, "versions", lambda: {**worker.versions(), "Python": "2.7"})
    with pytest.raises(ConfigError, match=r"has Python 3.*, and this is 2\.7"):
        use(executor(loaded), nothing)
    monkeypatch.undo()
    (tmp_path / "evaluate.py").write_text("import absent_module\n")
    with pytest.raises(EvaluatorError, match="absent_module"):
        use(executor(load_problem(tmp_path)), nothing)
