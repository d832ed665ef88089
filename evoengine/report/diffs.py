"""Differences between genomes, as unified diffs."""

import difflib

from evoengine.types import Genome


def diff_genomes(old: Genome, new: Genome, old_name: str = "a", new_name: str = "b", context: int = 3) -> str:
    """Give the unified diff of two genomes, file by file, empty where they are equal.

    A file that one of them lacks counts as empty.
    """
    parts: list[str] = []
    for name in sorted({*old, *new}):
        before, after = old.get(name, ""), new.get(name, "")
        lines = difflib.unified_diff(
            before.splitlines(),
            after.splitlines(),
            f"{old_name}/{name}",
            f"{new_name}/{name}",
            "",
            "",
            context,
            "",
        )
        parts += lines
    return "\n".join(parts)


def change_size(old: Genome, new: Genome) -> tuple[int, int]:
    """Give how many lines a change adds and removes."""
    lines = [
        line for line in diff_genomes(old, new, context=0).splitlines() if not line.startswith(("+++", "---"))
    ]
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)
