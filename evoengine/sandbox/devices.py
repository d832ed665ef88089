"""Devices that a problem opens to its candidates: their nodes, and what their drivers need beside them.

A driver is part of the kernel, and whoever can call it can attack it there.
"""

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evoengine.errors import ConfigError

DESCRIPTORS = 1024
"""CUDA opens a GPU's node some thirty times."""


@dataclass(frozen=True, slots=True)
class Devices:
    """What a slot opens: kinds by name, device nodes, and trees that may be read; all absolute paths."""

    names: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    trees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """Where the parts of a kind of device are, as patterns below the root directory.

    Attributes
    ----------
    needed
        Each must be there.
    more
        Nodes of the same driver, opened where they are there and everyone may read them.
    trees
        Places of the driver's libraries that hold nothing of the interpreter.
    environment
        Variables that the driver's libraries look at.
    cure
        What to do where one that is needed is absent.
    """

    needed: Sequence[str]
    more: Sequence[str]
    trees: Sequence[str]
    environment: Sequence[str]
    cure: str


TABLE: Mapping[str, Kind] = {
    "nvidia": Kind(
        # Not nvidia-modeset, which is for displays.
        needed=("dev/nvidiactl", "dev/nvidia-uvm", "dev/nvidia[0-9]*"),
        more=("dev/nvidia-uvm-tools", "dev/nvidia-caps/*"),
        trees=("run/opengl-driver",),
        environment=("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "LD_LIBRARY_PATH"),
        cure="run it where NVIDIA's driver is loaded (`nvidia-modprobe -u -c 0` makes the nodes, and a container"
        " must be given them)",
    )
}
"""What the key ``devices`` of a problem may name."""


def find(names: Sequence[str], root: Path = Path("/")) -> Devices:
    """Find the devices of these kinds. Raises `ConfigError` for one that there is not, or not on this machine."""
    nodes: list[str] = []
    trees: list[str] = []
    for name in names:
        if name not in TABLE:
            raise ConfigError(f"there is no kind of devices {name!r}", cure=f"name one of {', '.join(TABLE)}")
        kind = TABLE[name]
        for pattern in kind.needed:
            found = _nodes(root, pattern, 0)
            if not found:
                raise ConfigError(
                    f"devices = [{name!r}] in problem.toml, and this machine has no device {root / pattern}",
                    cure=f"{kind.cure}, or take {name!r} out of devices",
                )
            nodes += found
        for pattern in kind.more:
            nodes += _nodes(root, pattern, stat.S_IROTH)
        trees += [str(root / tree) for tree in kind.trees if (root / tree).is_dir()]
    return Devices(tuple(names), tuple(nodes), tuple(trees))


def _nodes(root: Path, pattern: str, mode: int) -> list[str]:
    """List the character devices of a pattern that have all these permissions."""
    found = [(str(path), path.stat().st_mode) for path in sorted(root.glob(pattern))]
    return [path for path, has in found if stat.S_ISCHR(has) and has & mode == mode]


def environment(names: Sequence[str]) -> dict[str, str]:
    """Give the variables of this process's environment that candidates with these devices get."""
    wanted = [variable for name in names for variable in TABLE[name].environment]
    return {variable: os.environ[variable] for variable in wanted if variable in os.environ}


def present(root: Path = Path("/")) -> str:
    """Say which kinds this machine has, and their nodes."""
    kinds: list[str] = []
    for name in TABLE:
        try:
            nodes = find([name], root).nodes
        except ConfigError:
            continue
        kinds.append(f"{name} ({', '.join(Path(node).name for node in nodes)})")
    return ", ".join(kinds) or "none that a problem can open to candidates"
