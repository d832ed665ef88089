"""How many tasks go to a worker at once, and who is to blame when it is lost."""

import asyncio

import pytest

from evoengine.executors.backlog import KILLS, LEAST, MOST, TRIES, Backlog, Job


def jobs(loop, count, **more):
    return [Job(key, b"", None, loop.create_future(), **more) for key in range(count)]


@pytest.fixture
def loop():
    made = asyncio.new_event_loop()
    yield made
    made.close()


def filled(found, *, seconds=None):
    backlog = Backlog()
    for job in found:
        backlog.put(job)
    if seconds is not None:
        backlog.took(1, seconds)
    return backlog


def keys(batch):
    return [job.key for job in batch]


def test_nothing_is_known_at_first_and_one_goes_at_a_time(loop):
    backlog = filled(jobs(loop, 20))
    backlog.took(0, 9.0)
    assert (backlog.size, backlog.full) == (1, False)
    assert keys(backlog.take(1)) == [0]


@pytest.mark.parametrize(
    ("seconds", "size"), [(1.0, 1), (0.051, 1), (0.05, LEAST), (0.005, 20), (1e-4, MOST), (0.0, MOST)]
)
def test_a_batch_takes_about_a_tenth_of_a_second_or_is_one_long_evaluation(seconds, size):
    assert filled([], seconds=seconds).size == size


def test_the_size_follows_what_evaluations_take():
    backlog = filled([], seconds=0.001)
    for _ in range(100):
        backlog.took(2, 2.0)
    assert backlog.size == 1


def test_what_waits_is_shared_and_a_batch_is_full_when_the_size_waits(loop):
    backlog = filled(jobs(loop, 20), seconds=0.005)
    assert backlog.full
    assert keys(backlog.take(4)) == [0, 1, 2, 3, 4]
    assert not backlog.full
    assert len(backlog.take(1)) == 15
    assert backlog.take(1) == []


def test_what_is_put_back_is_next_and_suspects_go_first_and_alone(loop):
    backlog = filled(jobs(loop, 10), seconds=0.005)
    first = backlog.take(2)
    first[1].kills = 1
    backlog.put_back(first)
    assert (len(backlog), backlog.full) == (10, False)
    assert keys(backlog.take(1)) == [1]
    assert keys(backlog.take(1)) == [0, 2, 3, 4, 5, 6, 7, 8, 9]


def test_what_nobody_waits_for_is_left_out(loop):
    found = jobs(loop, 3)
    found[1].kills = 1
    backlog = filled([found[0], found[2]], seconds=0.005)
    backlog.put_back([found[1]])
    found[0].outcome.cancel()
    found[1].outcome.cancel()
    assert keys(backlog.take(1)) == [2]


def test_a_job_is_guilty_after_two_kills_or_too_many_tries(loop):
    [innocent] = jobs(loop, 1, kills=KILLS - 1, tries=TRIES - 1)
    assert innocent.suspect
    assert not innocent.guilty
    assert jobs(loop, 1, kills=KILLS)[0].guilty
    assert jobs(loop, 1, tries=TRIES)[0].guilty
