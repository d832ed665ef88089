"""What a candidate may read: the interpreter and its libraries, but not this package and the problems in it."""

import os
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from evoengine.sandbox import landlock

_SYSTEM_TREES = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/alternatives",
    "/nix/store",
    "/gnu/store",
)


@dataclass(frozen=True, slots=True)
class Trees:
    """Paths that may be read with all below them, but for those that stay hidden."""

    readable: tuple[str, ...]
    hidden: tuple[str, ...]


def trees(more: Sequence[str] = ()) -> Trees:
    """Find the trees that this interpreter needs, and `more`."""
    package = str(Path(__file__).resolve().parents[1])
    wanted = [*_SYSTEM_TREES, sys.prefix, sys.base_prefix, os.path.realpath(sys.base_prefix), *more]
    found: list[str] = []
    for path in wanted:
        if os.path.lexists(path) and not any(_holds(have, path) for have in found):
            found.append(path)
    hidden = [package] if any(_holds(path, package) for path in found) else []
    return Trees(tuple(found), tuple(hidden))


def visible(found: Trees) -> list[tuple[str, int]]:
    """Give Landlock's rules for the trees.

    A tree that holds a hidden one may be listed, which importing needs, and its other entries read.
    """
    rules: dict[str, int] = {}
    for path in map(os.path.realpath, found.readable):
        inside = tuple(hidden for hidden in found.hidden if _holds(path, hidden))
        if path in inside or not Path(path).exists():
            continue
        if not inside:
            rules[path] = landlock.READ_TREE if Path(path).is_dir() else landlock.READ | landlock.EXECUTE
            continue
        rules[path] = landlock.LIST
        entries = [str(entry) for entry in sorted(Path(path).iterdir()) if not _shows(entry, inside)]
        rules.update(visible(Trees(tuple(entries), inside)))
    return list(rules.items())


def _holds(tree: str, path: str) -> bool:
    return path == tree or path.startswith(f"{tree}/")


def _shows(entry: Path, hidden: Collection[str]) -> bool:
    """Whether an entry is a link to a tree that holds a hidden one, as lib64 is to lib."""
    target = os.path.realpath(entry)
    return entry.is_symlink() and any(_holds(target, path) for path in hidden)
