"""From a name or a path to a problem with its evaluator."""

import hashlib
import os
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evoengine.config.checking import did_you_mean
from evoengine.config.modules import build_evaluator, import_file, locate_module, shipped_folder
from evoengine.config.problem import build_foreign, build_problem
from evoengine.config.toml import merge_tables, read_toml
from evoengine.errors import ConfigError, EvaluatorError
from evoengine.evaluation import Evaluator
from evoengine.foreign import ForeignEvaluator
from evoengine.package import Package, digest, pack
from evoengine.problem import Problem

PROBLEM_FILE = "problem.toml"

_NOT_CONTENT = {"__pycache__", "runs"}
"""Folders that running a problem fills, beside hidden ones."""


@dataclass(frozen=True, slots=True)
class LoadedProblem:
    """A problem, where it came from, and the way to its evaluator.

    Attributes
    ----------
    folder
        Where its files lie.
    spec
        The absolute path that `load_problem` takes, with the same `overrides`, in another process.
    digest
        Of every file of the problem and of its evaluator, hexadecimal: it tells whether they changed.
    """

    problem: Problem
    folder: Path
    spec: str
    digest: str
    overrides: Mapping[str, Any] = field(default_factory=dict[str, Any])
    _module: Path = Path()
    _name: str = ""
    _args: Mapping[str, Any] = field(default_factory=dict[str, Any])
    _foreign: bool = False

    def package(self) -> Package:
        """Put together what another machine needs: the problem's folder and the evaluator with what lies beside it.

        What comes with evoengine is left out, for it is there.
        """
        spec = Path(self.spec)
        files = _contents(self.folder) if spec.suffix == ".toml" else sorted(self.folder.glob("*.py"))
        shipped = self._module.is_relative_to(shipped_folder("evaluators"))
        if not shipped and not self._module.is_relative_to(self.folder):
            files += sorted(self._module.parent.glob("*.py"))
        root = Path(os.path.commonpath([file.parent for file in files]))
        data = pack({str(file.relative_to(root)): file for file in files})
        return Package(
            data,
            digest(data),
            str(spec.relative_to(root)),
            self.digest,
            self.overrides,
            str(self._module.relative_to(root)) if self._foreign else "",
        )

    def evaluator(self) -> Evaluator:
        """Import the evaluator's module anew and build the evaluator.

        Raises
        ------
        ConfigError
            The module lacks the name, or the evaluator does not take these `args`.
        EvaluatorError
            The module or the constructor raised; the message carries the traceback.
        """
        if self._foreign:
            return ForeignEvaluator(self._module.read_text("utf-8"), self.problem.main)
        return build_evaluator(self._module, self._name, self._args, self.spec)


def shipped_problems() -> list[str]:
    """Give the names of the problems that come with evoengine, sorted."""
    return sorted(path.parent.name for path in shipped_folder("problems").glob(f"*/{PROBLEM_FILE}"))


def load_problem(spec: str | Path, *, overrides: Mapping[str, Any] | None = None) -> LoadedProblem:
    """Load a problem.

    A program together with an evaluator of OpenEvolve's form is one too: the spec is the program, and the
    overrides name the evaluator.

    Parameters
    ----------
    spec
        A folder, a problem.toml, a Python file that holds ``problem = Problem(...)`` and ``evaluate`` or
        ``Evaluator``, or the name of a shipped problem. A path that exists comes before a name.
    overrides
        Nested values laid over those of problem.toml, such as ``{"args": {"circles": 32}}``; for a program
        ``{"evaluator": "path/to/evaluator.py"}``, with `statement` and `limits` if wanted.

    Raises
    ------
    ConfigError
        There is no such problem, or its description is wrong; names the file, the key and the value.
    EvaluatorError
        A problem in one Python file raised while it was imported.
    """
    path = _find(spec).resolve()
    return _load_module(path, overrides) if path.suffix == ".py" else _load_toml(path, overrides or {})


def _load_toml(path: Path, overrides: Mapping[str, Any]) -> LoadedProblem:
    source = build_problem(merge_tables(read_toml(path), overrides), path, overrides)
    module, name = locate_module(source.evaluator, path)
    return LoadedProblem(
        problem=source.problem,
        folder=path.parent,
        spec=str(path),
        digest=_digest([*_contents(path.parent), module]),
        overrides=overrides,
        _module=module,
        _name=name,
        _args=source.args,
    )


def _load_module(path: Path, overrides: Mapping[str, Any] | None) -> LoadedProblem:
    if overrides and "evaluator" in overrides:
        problem, evaluator = build_foreign(path, overrides)
        return LoadedProblem(
            problem,
            path.parent,
            str(path),
            _digest([path, evaluator]),
            {**overrides, "evaluator": str(evaluator)},
            _module=evaluator,
            _foreign=True,
        )
    if overrides:
        raise ConfigError(
            f"{path}: overrides are laid over a problem.toml, and this problem is a Python file",
            cure="change the values in the file itself",
        )
    try:
        problem = getattr(import_file(path), "problem", None)
    except Exception:  # noqa: BLE001 - the named boundary to the user's module
        raise EvaluatorError(f"{path} raised while it was imported\n{traceback.format_exc()}") from None
    if not isinstance(problem, Problem):
        raise ConfigError(
            f"{path}: no `problem = Problem(...)` in this file",
            cure="see `evoengine new --help` for the forms",
        )
    return LoadedProblem(problem, path.parent, str(path), _digest([path]), _module=path)


def _find(spec: str | Path) -> Path:
    """Give the problem.toml or the Python file that a spec means."""
    path = Path(spec).expanduser()
    if path.is_file():
        if path.suffix not in {".toml", ".py"}:
            raise ConfigError(
                f"{path}: a problem is a folder, a {PROBLEM_FILE} or a .py file", cure="name one of those"
            )
        return path
    if (path / PROBLEM_FILE).is_file():
        return path / PROBLEM_FILE
    shipped = shipped_folder("problems") / path.name / PROBLEM_FILE
    if str(spec) == path.name and shipped.is_file():
        return shipped
    if path.is_dir():
        raise ConfigError(
            f"{path}: no {PROBLEM_FILE} in this folder", cure="`evoengine new NAME` makes a problem folder"
        )
    if str(spec) != path.name or path.suffix in {".toml", ".py"}:
        raise ConfigError(f"{path}: no such file or folder", cure="check the path")
    raise ConfigError(
        f"no problem is called {str(spec)!r}, and there is no such folder",
        cure=did_you_mean(str(spec), shipped_problems()),
    )


def _contents(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part in _NOT_CONTENT or part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def _digest(files: list[Path]) -> str:
    """Digest names and contents, whatever the folder that they lie in."""
    state = hashlib.blake2b(digest_size=16)
    for file in files:
        content = file.read_bytes()
        state.update(f"{file.name}/{len(content)}/".encode())
        state.update(content)
    return state.hexdigest()
