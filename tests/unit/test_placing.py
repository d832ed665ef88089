"""Where evaluations run is read from the settings and the problem, before there is a cluster."""

import asyncio
import os
import sys

import pytest

from evoengine.config import load_problem, resolve
from evoengine.errors import ConfigError
from evoengine.evaluation import as_evaluator
from evoengine.executors import RayExecutor
from evoengine.executors.cluster import Cluster, Node, needs
from evoengine.hosting import make_executor
from evoengine.resources import Resources
from evoengine.testing.executors import write_problem

DECLARED = """
[resources]
cpus = %s
gpus = 0.5
memory_mb = 100
custom = { tpu = 2 }
"""


@pytest.fixture
def problem(tmp_path):
    write_problem(tmp_path)

    def declared(cpus):
        path = tmp_path / "problem.toml"
        path.write_text(path.read_text() + DECLARED % cpus)
        return load_problem(tmp_path)

    return declared


def made(loaded, evaluator=None, **flags):
    config, _ = resolve(flags=flags, environment={})
    return make_executor(config, loaded.problem, loaded, evaluator, processor=-1)


def test_what_an_evaluation_needs_is_declared_and_said_in_rays_words(problem):
    resources = problem(2).problem.resources
    assert resources == Resources(2.0, 0.5, 100, {"tpu": 2.0})
    assert needs(resources) == {"CPU": 2.0, "GPU": 0.5, "memory": 100 * 2.0**20, "tpu": 2.0}
    assert needs(Resources()) == {"CPU": 1.0}


def test_a_node_has_room_for_as_many_as_its_scarcest_resource_allows():
    node = Node("n", "10.0.0.1", {"CPU": 8.0, "GPU": 1.0, "memory": 1e9})
    assert node.fits({"CPU": 1.0}) == 8
    assert node.fits({"CPU": 1.0, "GPU": 0.5}) == 2
    assert node.fits({"CPU": 3.0}) == 2
    assert node.fits({"CPU": 1.0, "tpu": 1.0}) == 0


def test_on_one_machine_the_slots_are_those_asked_for_or_what_the_processors_allow(problem):
    processors = len(os.sched_getaffinity(0))
    loaded = problem(2 * processors)
    assert (made(loaded).slots, made(loaded, slots=3).slots) == (1, 3)
    assert made(load_problem("circle_packing")).slots == processors


def test_the_ray_executor_has_no_slots_before_it_is_started(problem):
    executor = made(problem(1), executor="ray", ray_address="10.0.0.1:6379")
    assert isinstance(executor, RayExecutor)
    assert (executor.slots, executor.wanted) == (0, 2)


def test_a_problem_of_this_process_stays_in_it(problem):
    with pytest.raises(ConfigError, match="lives in this process only"):
        made(problem(1), as_evaluator(lambda trial: 0.0), executor="ray")


def test_without_ray_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    cluster = Cluster("")
    with pytest.raises(ConfigError, match="Ray is not installed") as raised:
        cluster.connect()
    assert "evoengine[ray]" in raised.value.cure
    asyncio.run(cluster.close())
