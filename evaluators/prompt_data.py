"""Cases for prompts: where they come from, how they are split, and which prompts have seen too much of them."""

import csv
import importlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np

from evoengine.errors import ConfigError
from evoengine.rng import stream

SPLITS = ("train", "validation", "test")

RUN = 5
"""Words in a row that are compared: a prompt shares few such runs with a question that it does not quote."""

FEWEST_RUNS = 4
"""What is shorter has too few runs to tell a quotation from chance."""

_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Case:
    """One question: its inputs by the names that templates use, and the right answer.

    `choices`: the answers that may be given, where they are few. `turns`: what is new with each of the user's
    turns, by name, where the case is a dialogue; `inputs` are known from its beginning. `score`: scores an answer
    to this case, in [0, 1], in the place of a metric.
    """

    inputs: Mapping[str, str]
    answer: str
    choices: tuple[str, ...] = ()
    turns: tuple[Mapping[str, str], ...] = ()
    score: Callable[[str], float] | None = field(default=None, compare=False)

    def named(self) -> list[tuple[str, str]]:
        """Give all that is told the task model, in its order, by names that differ between turns."""
        told = [
            (f"turn {n}, {name}", text) for n, turn in enumerate(self.turns, 1) for name, text in turn.items()
        ]
        return [*self.inputs.items(), *told]


Generator: TypeAlias = Callable[[np.random.Generator], Case]
"""Draws one case. Equal streams must give equal cases."""


class Cases:
    """The cases of all three splits, by name: ``train-0``, ``validation-3``, ``test-17``.

    Parameters
    ----------
    source
        A generator, whose cases are drawn until they are all different; or a list of cases, which are
        shuffled and dealt out, each question once.
    sizes
        How many there are of `SPLITS`, in this order.
    seed
        Decides what is drawn, or how the list is shuffled.

    Raises
    ------
    ConfigError
        There are too few cases, or too few different ones.

    Attributes
    ----------
    dialogues
        Whether a case has turns.
    """

    def __init__(self, source: Generator | Sequence[Case], sizes: tuple[int, int, int], seed: int) -> None:
        names = [f"{split}-{n}" for split, size in zip(SPLITS, sizes, strict=True) for n in range(size)]
        drawn = _drawn(source, len(names), seed) if callable(source) else _dealt(source, len(names), seed)
        self._cases = dict(zip(names, drawn, strict=True))
        trained = frozenset(run for name in self.names("train") for run in self._question_runs(name))
        held_out = (*self.names("validation"), *self.names("test"))
        self.dialogues = any(case.turns for case in self._cases.values())
        self._quotable = [
            runs
            for name in held_out
            for runs in (self._question_runs(name) - trained, _runs(self[name].answer))
            if len(runs) >= FEWEST_RUNS
        ]

    def __getitem__(self, name: str) -> Case:
        return self._cases[name]

    def __iter__(self) -> Iterator[Case]:
        return iter(self._cases.values())

    def names(self, split: str) -> list[str]:
        """Give the names of a split's cases, in order."""
        return [name for name in self._cases if name.startswith(f"{split}-")]

    def quoted(self, text: str) -> bool:
        """Say whether a text holds at least half of a validation or test case's question, or of its answer.

        What counts are the runs of five words that no training case has; a question or an answer with
        fewer than four of them is too short to be told from chance, and does not count.
        """
        present = _runs(text)
        return any(2 * len(runs & present) >= len(runs) for runs in self._quotable)

    def _question_runs(self, name: str) -> frozenset[tuple[str, ...]]:
        return _runs(" ".join(text for _, text in self[name].named()))


def read_cases(path: Path, *, answer: str = "answer") -> list[Case]:
    """Read cases from a ``.jsonl`` or ``.csv`` file: a column or key `answer`, and any number of inputs.

    A JSON line may have ``choices``, the list of answers that may be given, and ``turns``, a dialogue: each
    a text, which is the input ``question``, or an object of named inputs. Raises `ConfigError`, which names the
    file and the line.
    """
    if path.suffix not in {".jsonl", ".csv"}:
        raise ConfigError(f"{path}: cases are read from .jsonl and .csv", cure="convert the file")
    try:
        rows = list(_lines(path) if path.suffix == ".jsonl" else _rows(path))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}", cure="check the path") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: {error}", cure="write it as UTF-8 text") from None
    return [_case(path, number, row, answer) for number, row in rows]


def find_generator(reference: str) -> Generator:
    """Give the generator that ``module:function`` names; the module is beside the evaluator, or in evaluators/.

    Raises `ConfigError`.
    """
    module, _, name = reference.partition(":")
    try:
        found: Any = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise _no_generator(reference, str(error)) from None
    if not callable(found):
        raise _no_generator(reference, f"it is a {type(found).__name__}")
    return cast("Generator", found)


def _no_generator(reference: str, reason: str) -> ConfigError:
    return ConfigError(
        f"args.data = {reference!r} names no generator: {reason}",
        cure="write FILE.jsonl, FILE.csv or module:function",
    )


def _drawn(generate: Generator, count: int, seed: int) -> Iterator[Case]:
    seen: set[tuple[tuple[str, str], ...]] = set()
    tries = 0
    while len(seen) < count:
        case = generate(stream(seed, tries, "case"))
        key = _question(case)
        if key not in seen:
            seen.add(key)
            yield case
        tries += 1
        if tries > 20 * count:
            raise ConfigError(
                f"the generator gives fewer than {count} different cases",
                cure="ask for fewer, or vary them more",
            )


def _dealt(cases: Sequence[Case], count: int, seed: int) -> list[Case]:
    # The same question in two splits would tell a search something of what is held out.
    different = list({_question(case): case for case in cases}.values())
    if len(different) < count:
        raise ConfigError(
            f"there are {len(different)} different cases for splits of {count} together",
            cure="make train, validation or test smaller",
        )
    order = stream(seed, 0, "split").permutation(len(different))
    return [different[index] for index in order[:count]]


def _question(case: Case) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(case.named()))


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return frozenset(tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1))


def _lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise ConfigError(f"{path}, line {number}: no JSON object", cure="write one object a line")
        yield number, row  # pyright: ignore[reportUnknownVariableType] - keys of JSON are texts


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in (reader := csv.DictReader(file)):
            # That is how the library says that a line has more fields than the header, or fewer.
            if None in row or None in row.values():
                raise ConfigError(
                    f"{path}, line {reader.line_num}: its fields are not those of the header",
                    cure="complete the line, and put what holds a comma in quotes",
                )
            yield reader.line_num, row


def _case(path: Path, number: int, row: Mapping[str, Any], answer: str) -> Case:
    inputs = {key: str(value) for key, value in row.items() if key not in {answer, "choices", "turns"}}
    choices, turns = (_listed(path, number, key, row.get(key)) for key in ("choices", "turns"))
    if row.get(answer) is None or not (inputs or turns):
        raise ConfigError(
            f"{path}, line {number}: a case has {answer!r} and at least one input", cure="complete the line"
        )
    if choices and str(row[answer]) not in map(str, choices):
        raise ConfigError(
            f"{path}, line {number}: {answer!r} is none of the choices", cure="correct one of the two"
        )
    told: list[Mapping[str, Any]] = [turn if isinstance(turn, dict) else {"question": turn} for turn in turns]
    if not all(told):
        raise ConfigError(f"{path}, line {number}: a turn has no input", cure="complete the line")
    return Case(
        inputs,
        str(row[answer]),
        tuple(map(str, choices)),
        tuple({name: str(text) for name, text in turn.items()} for turn in told),
    )


def _listed(path: Path, number: int, key: str, value: Any) -> list[Any]:
    if value is None or isinstance(value, list):
        return value or []  # pyright: ignore[reportUnknownVariableType] - of JSON
    raise ConfigError(f"{path}, line {number}: {key!r} is no list", cure="write a list, in a .jsonl file")
