"""Prompt templates, their strict renderer, and prompts built from candidates."""

from evoengine.prompts.build import ReplyFormat, build_prompt
from evoengine.prompts.render import check_templates, packaged, render, variables
from evoengine.prompts.show import (
    HELD_OUT,
    clipped,
    evolvable_names,
    fenced,
    show,
    show_cell,
    show_genome,
    show_row,
    show_scores,
    untrusted,
)

__all__ = [
    "HELD_OUT",
    "ReplyFormat",
    "build_prompt",
    "check_templates",
    "clipped",
    "evolvable_names",
    "fenced",
    "packaged",
    "render",
    "show",
    "show_cell",
    "show_genome",
    "show_row",
    "show_scores",
    "untrusted",
    "variables",
]
