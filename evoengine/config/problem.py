"""The form of a problem.toml."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    Field,
    FiniteFloat,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from evoengine import problem as problems
from evoengine import types
from evoengine.config.checking import Table, check
from evoengine.config.toml import flatten
from evoengine.errors import ConfigError
from evoengine.foreign import SCORE
from evoengine.prompts import check_templates
from evoengine.resources import Resources
from evoengine.text.metrics import COMPUTED

_TEXT_SUFFIXES = (".md", ".txt")
_LIMITS = problems.Limits()


class _Genome(Table):
    files: list[str] = Field(min_length=1)
    evolvable: list[str] | None = None
    seeds: list[list[str]] = Field([])

    @model_validator(mode="after")
    def _names(self) -> "_Genome":
        for name in self.evolvable or ():
            if name not in self.files:
                raise ValueError(f"evolvable file {name!r} is not one of files = {self.files}")
        for seed in self.seeds:
            if len(seed) != len(self.files):
                raise ValueError(f"the seed {seed} must name {len(self.files)} files, one for each of files")
        return self


class _Objective(Table):
    name: str
    direction: Literal["max", "min"] = "max"
    unit: str = ""


class _Measure(Table):
    name: str
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    bins: PositiveInt | None = None
    edges: list[FiniteFloat] | None = Field(None, min_length=2)
    categories: list[str] | None = Field(None, min_length=1)
    computed: str = ""

    @model_validator(mode="after")
    def _one_form(self) -> "_Measure":
        if self.computed and self.computed not in COMPUTED:
            raise ValueError(f"computed is {self.computed!r}, not one of {', '.join(COMPUTED)}")
        if self.computed and self.categories is not None:
            raise ValueError("what is computed is a number, and has no categories")
        if sum(form is not None for form in (self.bins, self.edges, self.categories)) != 1:
            raise ValueError("give exactly one of bins (with low and high), edges or categories")
        if self.bins is None and (self.low, self.high) != (None, None):
            raise ValueError("low and high belong to bins")
        if self.bins is not None and not (
            self.low is not None and self.high is not None and self.low < self.high
        ):
            raise ValueError("bins need low < high")
        if self.edges and any(a >= b for a, b in pairwise(self.edges)):
            raise ValueError("edges must ascend strictly")
        return self

    def build(self) -> problems.Measure:
        if self.categories is not None:
            return problems.Measure(self.name, categories=tuple(self.categories))
        if self.edges is not None:
            low, high = self.edges[0], self.edges[-1]
            return problems.Measure(self.name, low, high, edges=tuple(self.edges), computed=self.computed)
        return problems.Measure(
            self.name, self.low or 0.0, self.high or 0.0, self.bins or 0, computed=self.computed
        )


class _Limits(Table):
    wall_seconds: PositiveFloat = _LIMITS.wall_seconds
    cpu_seconds: NonNegativeFloat = _LIMITS.cpu_seconds
    memory_mb: PositiveInt = _LIMITS.memory_mb
    output_kb: PositiveInt = _LIMITS.output_kb
    result_kb: PositiveInt = _LIMITS.result_kb
    evaluator_seconds: PositiveFloat = _LIMITS.evaluator_seconds


class _Resources(Table):
    cpus: PositiveFloat = 1.0
    gpus: NonNegativeFloat = 0.0
    memory_mb: int = Field(default=0, ge=0)
    custom: dict[str, PositiveFloat] = Field(default={})


class _BestKnown(Table):
    value: FiniteFloat
    source: str


class ProblemTable(Table):
    """The keys of a problem.toml."""

    name: str = Field(min_length=1)
    evaluator: str = Field(min_length=1)
    genome: _Genome
    statement: str = ""
    args: dict[str, Any] = Field({})
    entry: str = ""
    worst_fitness: FiniteFloat = 0.0
    preload: list[str] = Field(["numpy"])
    baseline: FiniteFloat | None = None
    best_known: _BestKnown | None = None
    stages: list[FiniteFloat] = Field([])
    cases: list[str] = Field([])
    noisy: bool = False
    repeats: int = Field(5, ge=2)
    exclusive: bool = False
    processes: bool = False
    devices: list[Literal["nvidia"]] = Field([])
    min_isolation: Literal["", "full", "landlock", "seccomp", "subprocess"] = ""
    objectives: list[_Objective] = Field([_Objective(name="fitness")], min_length=1)
    measures: list[_Measure] = Field([])
    limits: _Limits = _Limits()
    resources: _Resources = _Resources()

    @model_validator(mode="after")
    def _unique(self) -> "ProblemTable":
        for kind, names in (
            ("objectives", [objective.name for objective in self.objectives]),
            ("measures", [measure.name for measure in self.measures]),
            ("cases", self.cases),
            ("devices", self.devices),
        ):
            if repeated := {name for name, times in Counter(names).items() if times > 1}:
                raise ValueError(f"{kind}: the name {min(repeated)!r} is given twice")
        return self


class _ForeignLimits(_Limits):
    wall_seconds: PositiveFloat = 300.0
    memory_mb: PositiveInt = 2048


class _Foreign(Table):
    evaluator: str = Field(min_length=1)
    statement: str = ""
    limits: _ForeignLimits = _ForeignLimits()


@dataclass(frozen=True, slots=True)
class ProblemSource:
    """A problem with the evaluator named beside it."""

    problem: problems.Problem
    evaluator: str
    args: Mapping[str, Any]


def build_problem(values: Mapping[str, Any], path: Path, overrides: Mapping[str, Any]) -> ProblemSource:
    """Build the problem that the values of the problem.toml at `path` describe, reading the files it names.

    `overrides` are those already laid over the values: they only tell an error's origin.
    Raises `ConfigError`.
    """
    overridden = flatten(overrides)

    def where(key: str) -> str:
        return f"overrides of {path}" if key in overridden else str(path)

    table = check(ProblemTable, values, where)
    files = table.genome.files
    best = table.best_known
    problem = problems.Problem(
        name=table.name,
        seeds=tuple(_read_seed(path, files, names) for names in (files, *table.genome.seeds)),
        statement=_statement(path, table.statement),
        evolvable=tuple(files if table.genome.evolvable is None else table.genome.evolvable),
        entry=table.entry,
        main=files[0],
        objectives=tuple(problems.Objective(o.name, o.direction, o.unit) for o in table.objectives),
        measures=tuple(measure.build() for measure in table.measures),
        cases=tuple(table.cases),
        stages=tuple(table.stages),
        limits=problems.Limits(**table.limits.model_dump()),
        preload=tuple(table.preload),
        best_known=problems.BestKnown(best.value, best.source) if best else None,
        baseline=table.baseline,
        noisy=table.noisy,
        repeats=table.repeats,
        exclusive=table.exclusive,
        processes=table.processes,
        min_isolation=table.min_isolation,
        devices=tuple(table.devices),
        resources=Resources(**table.resources.model_dump()),
        worst_fitness=table.worst_fitness,
        prompts=_prompts(path),
        documents=_documents(path),
    )
    return ProblemSource(problem, table.evaluator, table.args)


def build_foreign(seed: Path, values: Mapping[str, Any]) -> tuple[problems.Problem, Path]:
    """Build the problem of a seed and a foreign evaluator; give it with the evaluator's absolute path.

    The values are `evaluator` and, if wanted, `statement` and `limits`. Raises `ConfigError`.
    """
    table = check(_Foreign, values, lambda _: f"overrides of {seed}")
    evaluator = Path(table.evaluator).expanduser().resolve()
    if not evaluator.is_file():
        raise ConfigError(
            f"{evaluator}: no such file, to evaluate {seed}", cure="check the path of --evaluator"
        )
    problem = problems.Problem(
        name=seed.stem,
        seeds=({seed.name: _read(seed, "problem", seed.name)},),
        statement=table.statement,
        evolvable=(seed.name,),
        main=seed.name,
        objectives=(problems.Objective(SCORE),),
        limits=problems.Limits(**table.limits.model_dump()),
        preload=(),
        processes=True,
        scoring="untrusted",
    )
    return problem, evaluator


def _read_seed(path: Path, files: list[str], names: list[str]) -> types.Genome:
    return {
        file: _read(path, "genome.files" if names is files else "genome.seeds", name)
        for file, name in zip(files, names, strict=True)
    }


def _statement(path: Path, statement: str) -> str:
    """Read the file that the statement names, or take it for the text itself."""
    if statement.endswith(_TEXT_SUFFIXES) and " " not in statement:
        return _read(path, "statement", statement)
    return statement


def _prompts(path: Path) -> Mapping[str, str]:
    """Read the templates that replace packaged ones: prompts/NAME.md beside the problem.toml."""
    templates = {
        file.stem: _read(path, "prompts", str(file.relative_to(path.parent)))
        for file in sorted((path.parent / "prompts").glob("*.md"))
    }
    check_templates(templates)
    return templates


def _documents(path: Path) -> Mapping[str, str]:
    """Read what may be looked up: documents/*.md and *.txt beside the problem.toml."""
    names = sorted(file for kind in _TEXT_SUFFIXES for file in (path.parent / "documents").glob(f"*{kind}"))
    return {file.name: _read(path, "documents", str(file.relative_to(path.parent))) for file in names}


def _read(path: Path, key: str, name: str) -> str:
    file = path.parent / name
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ConfigError(
            f"{path}: {key} names {name!r}, which cannot be read: {reason}",
            cure=f"create {file} or mend {key!r}",
        ) from None
