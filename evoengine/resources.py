"""What one evaluator needs of a machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Resources:
    """What one evaluator process, with its candidate, has reserved for it.

    On a cluster the scheduler keeps to all of it; on one machine `cpus` bounds how many run at once.
    `custom` are the cluster's own names, such as ``{"tpu": 1}``.
    """

    cpus: float = 1.0
    gpus: float = 0.0
    memory_mb: int = 0
    custom: Mapping[str, float] = field(default_factory=dict[str, float])
