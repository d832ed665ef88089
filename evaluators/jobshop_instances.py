"""Instances of the job shop: the classic ones with their optima, and others that are generated."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TRAIN, HELD_OUT = 0, 1

_GENERATED = re.compile(r"([1-9]\d{0,2})x([1-9]\d{0,2})-(\d+)")
_CLASSIC = Path(__file__).with_name("jobshop_classic.txt")


@dataclass(frozen=True, slots=True)
class Instance:
    """Jobs, each of them one operation on every machine, in an order of its own.

    Parameters
    ----------
    machines
        Of each job, the machines in the order in which it needs them.
    durations
        Of each job, how long it needs these; whole numbers > 0.
    bound
        The optimal makespan where it is known, else a lower bound of it.
    """

    machines: tuple[tuple[int, ...], ...]
    durations: tuple[tuple[int, ...], ...]
    bound: int


def classic() -> dict[str, Instance]:
    """Give the classic instances by name, with their optimal makespans."""
    instances: dict[str, Instance] = {}
    for block in _CLASSIC.read_text("ascii").split("\n\n"):
        head, *rows = block.strip().splitlines()
        name, *_, optimum = head.split()
        numbers = [tuple(map(int, row.split())) for row in rows]
        instances[name] = Instance(
            tuple(row[::2] for row in numbers), tuple(row[1::2] for row in numbers), int(optimum)
        )
    return instances


def generated(case: str, split: int = TRAIN, seed: int = 0) -> Instance:
    """Draw the instance ``JOBSxMACHINES-NUMBER`` of a split. Raises `ValueError` for another name.

    Durations are uniform in [1, 99] and orders of machines uniform, as in E. Taillard, "Benchmarks for basic
    scheduling problems", European Journal of Operational Research 64, 1993, section 3, from another generator.
    """
    match = _GENERATED.fullmatch(case)
    if match is None:
        raise ValueError(f"{case!r} is no classic instance, and not of the form 15x10-0")
    jobs, machines, number = map(int, match.groups())
    rng = np.random.default_rng([seed, split, jobs, machines, number])
    durations = rng.integers(1, 100, (jobs, machines))
    orders = rng.permuted(np.tile(np.arange(machines), (jobs, 1)), axis=1)
    return Instance(
        tuple(map(tuple, orders.tolist())),
        tuple(map(tuple, durations.tolist())),
        lower_bound(orders.tolist(), durations.tolist()),
    )


def lower_bound(machines: list[list[int]], durations: list[list[int]]) -> int:
    """Give a lower bound of the makespan: the longest job, or the busiest machine.

    A machine needs the sum of its operations, after the least that a job needs before it comes there, and
    before the least that one needs afterwards.
    """
    longest = max(map(sum, durations))
    busiest = 0
    for machine in range(len(machines[0])):
        places = [order.index(machine) for order in machines]
        load = sum(row[place] for row, place in zip(durations, places, strict=True))
        head = min(sum(row[:place]) for row, place in zip(durations, places, strict=True))
        tail = min(sum(row[place + 1 :]) for row, place in zip(durations, places, strict=True))
        busiest = max(busiest, head + load + tail)
    return max(longest, busiest)
