"""Texts as models and programs write them: edits, regions, fences and the canonical form."""

from evoengine.text.canonical import canonical, genome_digest
from evoengine.text.edits import Edit, EditError, apply_edit, apply_reply, parse_edits
from evoengine.text.fences import Block, blocks, code, files
from evoengine.text.python import compiles, parse
from evoengine.text.regions import (
    RegionError,
    Span,
    frozen,
    graft,
    is_evolvable,
    regions,
    split,
    violation,
)

__all__ = [
    "Block",
    "Edit",
    "EditError",
    "RegionError",
    "Span",
    "apply_edit",
    "apply_reply",
    "blocks",
    "canonical",
    "code",
    "compiles",
    "files",
    "frozen",
    "genome_digest",
    "graft",
    "is_evolvable",
    "parse",
    "parse_edits",
    "regions",
    "split",
    "violation",
]
