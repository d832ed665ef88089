"""Importing an evaluator's module by path.

The folder of the module comes first on ``sys.path``, as for a script, so ``from helpers import x`` finds
the file beside it; the folder above the shipped evaluators comes last, so that every evaluator, a user's
too, may say ``from evaluators.gates import x``. A module that is loaded by path is executed anew each time.
"""

import difflib
import functools
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import evoengine
from evoengine.config.checking import check_value, did_you_mean, placed
from evoengine.errors import ConfigError, EvaluatorError
from evoengine.evaluation import Evaluator, as_evaluator
from evoengine.rng import digest_text

_DEFAULT_NAMES = ("evaluate", "Evaluator")


def shipped_folder(kind: str) -> Path:
    """Give the folder of the shipped ``problems`` or ``evaluators``: in the wheel, or in a checkout."""
    package = Path(evoengine.__file__).parent
    wheel = package / "_shipped" / kind
    return wheel if wheel.is_dir() else package.parent / kind


def locate_module(reference: str, path: Path) -> tuple[Path, str]:
    """Find what ``packing:UnitSquare`` or ``./evaluate.py:Name`` in the file `path` means.

    Returns
    -------
    tuple of Path, str
        The module's file and the name in it, empty where none is given.

    Raises
    ------
    ConfigError
        There is no such module.
    """
    module, _, name = reference.partition(":")
    folder = path.parent
    if module.endswith(".py"):
        places, file = [folder], module
    else:
        places, file = (
            [folder, folder.parent.parent / "evaluators", shipped_folder("evaluators")],
            f"{module}.py",
        )
    for place in places:
        if (place / file).is_file():
            return (place / file).resolve(), name
    known = [found.stem for found in shipped_folder("evaluators").glob("*.py")]
    close = difflib.get_close_matches(module, known, n=1)
    raise ConfigError(
        f"{path}: evaluator = {reference!r}: there is no {file} in {', '.join(str(p) for p in places)}",
        cure=f"did you mean {close[0]!r}?" if close else f"create {folder / file}",
    )


def import_file(path: Path) -> ModuleType:
    """Execute a Python file as a module of its own. Raises whatever the file raises."""
    beside, above = str(path.parent), str(shipped_folder("evaluators").parent)
    if beside not in sys.path:
        sys.path.insert(0, beside)
    if above not in sys.path:
        sys.path.append(above)
    name = f"{path.stem}_{digest_text(str(path))[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None  # a path that ends in .py always has a loader
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and annotations look their module up by name while it is executed.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def build_evaluator(path: Path, name: str, args: Mapping[str, Any], spec: str) -> Evaluator:
    """Build the evaluator `name` of the module at `path` for the problem `spec`.

    A class with a parameter `folder` is told the problem's, for data that lie there.

    Raises `ConfigError` and `EvaluatorError`.
    """
    try:
        module = import_file(path)
    except Exception:  # noqa: BLE001 - the named boundary to the user's module
        raise EvaluatorError(f"{path} raised while it was imported\n{traceback.format_exc()}") from None
    thing = _pick(module, path, name)
    if isinstance(thing, type) and "folder" in inspect.signature(thing).parameters:
        args = {"folder": Path(spec).parent, **args}
    try:
        _check_args(thing, args)
        built = (
            thing(**args) if isinstance(thing, type) else functools.partial(thing, **args) if args else thing
        )
    except ConfigError as error:
        raise placed(error, spec) from None
    except Exception:  # noqa: BLE001 - the named boundary to the user's constructor
        raise EvaluatorError(f"{path}: {thing.__name__} raised\n{traceback.format_exc()}") from None
    try:
        return as_evaluator(built)
    except TypeError as error:
        raise ConfigError(f"{path}: {error}", cure="define `def evaluate(trial)`") from None


def _pick(module: ModuleType, path: Path, name: str) -> Any:
    for wanted in (name,) if name else _DEFAULT_NAMES:
        if hasattr(module, wanted):
            return getattr(module, wanted)
    if not name:
        raise ConfigError(
            f"{path}: neither evaluate nor Evaluator is defined", cure="define `def evaluate(trial)`"
        )
    names = [key for key in vars(module) if not key.startswith("_")]
    raise ConfigError(f"{path}: there is no {name!r} in this module", cure=did_you_mean(name, names))


def _check_args(thing: Any, args: Mapping[str, Any]) -> None:
    """Refuse arguments that the evaluator does not take, lacks or cannot use, before it is called."""
    if not callable(thing):
        return
    parameters = dict(inspect.signature(thing).parameters)
    if not isinstance(thing, type):
        parameters.pop(next(iter(parameters), ""), None)
    known = {p.name: p for p in parameters.values() if p.kind in {p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY}}
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        for key in args:
            if key not in known:
                raise ConfigError(f"unknown key 'args.{key}'", cure=did_you_mean(key, known))
    for key, parameter in known.items():
        if key in args:
            check_value(f"args.{key}", args[key], parameter.annotation)
        elif parameter.default is parameter.empty:
            raise ConfigError(f"the key 'args.{key}' is missing", cure=f"add {key!r} to args")
