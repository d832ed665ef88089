"""What is searched for, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from evoengine.resources import Resources
from evoengine.types import Genome


@dataclass(frozen=True, slots=True)
class Objective:
    """One quantity to optimise, in its own direction and unit."""

    name: str
    direction: Literal["max", "min"] = "max"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One axis of behaviour: uniform bins in [low, high], explicit edges, or categories.

    Exactly one of the three is given: `bins` (with `low` < `high`), `edges` (strictly ascending,
    bins + 1 of them) or `categories`.
    """

    name: str
    low: float = 0.0
    high: float = 1.0
    bins: int = 0
    edges: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    computed: str = ""
    """One of `text.metrics.METRICS`, computed from the candidate; empty: the evaluator gives it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one trial of a candidate may use. Enforced outside the candidate."""

    wall_seconds: float = 10.0
    cpu_seconds: float = 0.0
    """0: as much as `wall_seconds`."""
    memory_mb: int = 512
    output_kb: int = 64
    """Standard output and error kept, together."""
    result_kb: int = 8192
    """One returned value, encoded."""
    evaluator_seconds: float = 60.0
    """The evaluator's own time beyond the candidate's, before it is taken for stuck."""


@dataclass(frozen=True, slots=True)
class BestKnown:
    """The best value known for the first objective, in its own unit, with its source."""

    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What is searched for, as plain data. The evaluator is named beside it, never inside.

    Parameters
    ----------
    seeds
        At least one genome; all have the same file names.
    evolvable
        The names of the files that may change; in a file with EVOLVE-BLOCK markers, only the regions.
    entry
        The function that the evaluator calls, empty where there is none.
    main
        The file that is executed as the candidate's module.
    stages
        ``stages[i]`` is the fitness that stage i must reach for the next one to run.
    """

    name: str
    seeds: tuple[Genome, ...]
    statement: str = ""
    evolvable: tuple[str, ...] = ()
    entry: str = ""
    main: str = ""
    objectives: tuple[Objective, ...] = (Objective("fitness"),)
    measures: tuple[Measure, ...] = ()
    cases: tuple[str, ...] = ()
    stages: tuple[float, ...] = ()
    limits: Limits = Limits()
    preload: tuple[str, ...] = ("numpy",)
    best_known: BestKnown | None = None
    baseline: float | None = None
    noisy: bool = False
    repeats: int = 5
    """Where `noisy` says that two evaluations of one candidate differ: at most so many before it is told."""
    worst_fitness: float = 0.0
    """The QD score's offset: a fitness that no valid candidate falls below."""
    min_isolation: str = ""
    """The weakest isolation level that a trial may have; empty: whatever the run accepts."""
    exclusive: bool = False
    """It measures time: one candidate at once, on a processor that the engine keeps off."""
    processes: bool = False
    """Trials run commands on files of the genome (`Trial.run`), at isolation ``full`` only; nothing is loaded."""
    devices: tuple[str, ...] = ()
    """What candidates may use beside processors and memory: ``("nvidia",)``; at isolation ``full``, or unconfined."""
    resources: Resources = field(default_factory=Resources)
    """What one evaluation has reserved for it."""
    scoring: Literal["trusted", "untrusted"] = "trusted"
    """``untrusted``: the evaluator runs in one process with the candidate, which can forge its score."""
    prompts: Mapping[str, str] = field(default_factory=dict[str, str])
    """Templates that replace the packaged ones, by name: ``{"rewrite": ...}``."""
    documents: Mapping[str, str] = field(default_factory=dict[str, str])
    """What may be looked up before a candidate is written, by name: papers, manuals, notes of your own."""
