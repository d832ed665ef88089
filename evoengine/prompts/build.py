"""Prompts from a problem, parents and inspirations.

What is the same for every candidate comes first, in the system message, so that a server's prefix cache
keeps it; then come the candidates, the notes and the task, and at the very end, where models heed it most,
a reminder of the form of the reply.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from evoengine.effects import Message
from evoengine.problem import Measure, Problem
from evoengine.prompts.render import render
from evoengine.prompts.show import evolvable_names, fenced, language, show
from evoengine.types import Genome, Known

ReplyFormat: TypeAlias = Literal["rewrite", "edit", "words"]
"""What is asked for: whole files, SEARCH/REPLACE edits, or no code at all."""

_MARKER = "EVOLVE-BLOCK-START"


def build_prompt(
    problem: Problem,
    task: str,
    parents: Sequence[Known],
    inspirations: Sequence[Known] = (),
    *,
    reply: ReplyFormat = "rewrite",
    notes: str = "",
    ascending: bool = False,
    artifact_tokens: int = 1000,
    ideas: bool = False,
) -> tuple[Message, ...]:
    """Build the messages that ask for an offspring, or in words about the parents.

    Parameters
    ----------
    task
        What is asked for, already rendered.
    notes
        What the search has learnt so far.
    ascending
        Show all candidates from the least to the most fit, failed ones first and equals as they come,
        instead of parents before inspirations: models continue a rising series (Romera-Paredes et al.
        2024, "Mathematical discoveries from program search with large language models", methods).
    artifact_tokens
        For the feedback and the artifacts of each candidate.
    ideas
        Show of each candidate what was said when it was made.

    Raises
    ------
    ConfigError
        A template of the problem is wrong; names it and the variable.
    """
    labelled = [*_titled("Parent", parents), *_titled("Inspiration", inspirations)]
    if ascending:
        labelled.sort(key=lambda pair: _rank(pair[1]))
    shown = [
        show(problem, known, title, artifact_tokens=artifact_tokens, idea=ideas) for title, known in labelled
    ]
    values = {
        "candidates": "\n\n".join(shown),
        "notes": render("notes", {"notes": notes}, problem.prompts) if notes else "",
        "task": task,
        "reminder": render(f"reminder_{reply}", {}, problem.prompts),
    }
    user = render("prompt", values, problem.prompts)
    return (Message("system", _system(problem, reply)), Message("user", user))


def _titled(kind: str, candidates: Sequence[Known]) -> list[tuple[str, Known]]:
    if len(candidates) == 1:
        return [(kind, candidates[0])]
    return [(f"{kind} {number}", known) for number, known in enumerate(candidates, 1)]


def _rank(known: Known) -> tuple[bool, float]:
    fitness = known.evaluation.fitness
    return fitness is not None, fitness or 0.0


def _system(problem: Problem, reply: ReplyFormat) -> str:
    """Give what does not depend on any candidate."""
    seed = problem.seeds[0]
    names = evolvable_names(problem, seed)
    example = "\n\n".join(fenced("...", f"{language(name)} {name}") for name in names)
    variables = {"rewrite": {"example": example}, "edit": {"file": names[0] if names else ""}, "words": {}}
    values = {
        "statement": problem.statement.strip() or f"Improve {problem.name}.",
        "objectives": "\n".join(
            f"- {o.name}{f' in {o.unit}' if o.unit else ''}: {'higher' if o.direction == 'max' else 'lower'} is better"
            for o in problem.objectives
        ),
        "measures": _measures(problem.measures),
        "genome": _genome(problem, seed, names),
        "limits": _limits(problem),
        "format": render(f"format_{reply}", variables[reply], problem.prompts),
    }
    return render("system", values, problem.prompts)


def _measures(measures: Sequence[Measure]) -> str:
    if not measures:
        return ""
    lines = [f"- {measure.name}: {_range(measure)}" for measure in measures]
    return "\n".join(("Measures tell kinds of candidates apart; they are neither good nor bad:", *lines))


def _range(measure: Measure) -> str:
    if measure.categories:
        return f"one of {', '.join(measure.categories)}"
    low, high = (measure.edges[0], measure.edges[-1]) if measure.edges else (measure.low, measure.high)
    return f"from {low:g} to {high:g}"


def _genome(problem: Problem, seed: Genome, names: Sequence[str]) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    lines = [f"- A candidate is made of {len(seed)} files; only {listed} may change."]
    if len(names) == len(seed):
        lines = [f"- A candidate is {'the file' if len(names) == 1 else 'made of the files'} {listed}."]
    if problem.entry:
        lines.append(f"- `{problem.entry}` is what is called; its name and its parameters stay as they are.")
    if any(_MARKER in seed[name] for name in names):
        lines.append(
            "- Where a file has lines EVOLVE-BLOCK-START and EVOLVE-BLOCK-END, only what stands between them "
            "may change. These lines and everything outside of them stay as they are, to the letter."
        )
    return "\n".join(lines)


def _limits(problem: Problem) -> str:
    limits = problem.limits
    return (
        f"- One evaluation of a candidate may take {limits.wall_seconds:g} seconds and {limits.memory_mb} MB "
        "of memory, without network or files."
    )
