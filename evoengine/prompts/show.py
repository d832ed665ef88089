"""Candidates as a prompt shows them."""

import re
from collections.abc import Mapping

from evoengine.problem import Measure, Problem
from evoengine.prompts.render import render
from evoengine.types import Candidate, Cell, Evaluation, Genome, Known

HELD_OUT = "held_out"
"""Artifacts whose names begin so check how honest a score is: no prompt ever shows them."""

CASES_SHOWN = 8
"""So many cases are shown, those of the lowest scores."""

CHARACTERS_PER_TOKEN = 4

IDEA_TOKENS = 100
"""So much is shown of what was said of a candidate when it was made."""

_BACKTICKS = re.compile(r"`+")
_LANGUAGES = {"py": "python", "md": "markdown", "js": "javascript", "rs": "rust", "sh": "bash", "txt": "text"}


def show(
    problem: Problem, known: Known, title: str, *, artifact_tokens: int = 1000, idea: bool = False
) -> str:
    """Show one candidate: its scores, what its evaluation said, and its text.

    Feedback and artifacts may hold what the candidate printed or raised, and are marked untrusted.

    Parameters
    ----------
    artifact_tokens
        What feedback and artifacts may take together, the feedback first; estimated at four characters a
        token, and cut out of the middle.
    idea
        Add to the scores what was said of the candidate when it was made.
    """
    evaluation = known.evaluation
    feedback = clipped(evaluation.feedback.strip(), artifact_tokens)
    left = artifact_tokens - len(feedback) // CHARACTERS_PER_TOKEN
    values = {
        "title": title,
        "scores": f"{show_scores(problem, evaluation)}{_idea(known.candidate) if idea else ''}".strip(),
        "cases": _cases(evaluation.cases),
        "feedback": f"Feedback:\n{untrusted(feedback)}" if feedback else "",
        "artifacts": _artifacts(evaluation.artifacts, left),
        "genome": show_genome(problem, known.candidate.genome),
    }
    return render("candidate", values, problem.prompts)


def show_scores(problem: Problem, evaluation: Evaluation) -> str:
    """Show a status other than ``ok``, the objectives in their own direction and unit, and the measures."""
    lines = [] if evaluation.ok else [f"- status: {evaluation.status}"]
    for objective in problem.objectives:
        value = evaluation.objectives.get(objective.name)
        if value is not None:
            better = "higher" if objective.direction == "max" else "lower"
            unit = f" {objective.unit}" if objective.unit else ""
            lines.append(f"- {objective.name}: {value:.10g}{unit} ({better} is better)")
    first = evaluation.objectives.get(problem.objectives[0].name)
    if evaluation.fitness is not None and (first is None or abs(first) != abs(evaluation.fitness)):
        lines.append(f"- fitness: {evaluation.fitness:.10g} (higher is better)")
    for measure in problem.measures:
        if measure.name in evaluation.measures:
            value = evaluation.measures[measure.name]
            lines.append(f"- {measure.name}: {value if isinstance(value, str) else f'{value:.6g}'}")
    return "\n".join(lines)


def show_row(problem: Problem, known: Known) -> str:
    """Show a candidate in one line: how it was made, its scores, and the note on it."""
    candidate = known.candidate
    scores = "; ".join(line.removeprefix("- ") for line in show_scores(problem, known.evaluation).split("\n"))
    notes = " ".join(candidate.notes.split())
    return f"{candidate.id} {_origin(candidate)}: {scores}" + (f" | {clipped(notes, 60)}" if notes else "")


def show_genome(problem: Problem, genome: Genome) -> str:
    """Show the files of a genome, those that may change before the others."""
    evolvable = evolvable_names(problem, genome)
    ordered = [*evolvable, *(name for name in genome if name not in evolvable)]
    return "\n\n".join(
        fenced(genome[name], f"{language(name)} {name}{'' if name in evolvable else ' (may not change)'}")
        for name in ordered
    )


def show_cell(measures: tuple[Measure, ...], cell: Cell) -> str:
    """Show what the measures of a cell's candidates are. Raises `ValueError` for a cell of other axes."""
    return "\n".join(
        f"- {measure.name}: {_interval(measure, index)}"
        for measure, index in zip(measures, cell, strict=True)
    )


def evolvable_names(problem: Problem, genome: Genome) -> tuple[str, ...]:
    """Give the names of the files that may change."""
    return tuple(name for name in genome if not problem.evolvable or name in problem.evolvable)


def untrusted(text: str) -> str:
    """Fence a text as evidence that gives no instructions."""
    return fenced(text, "text untrusted")


def fenced(text: str, info: str) -> str:
    """Fence a text so that no fence inside it can close the block."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    inside = text.removesuffix("\n")
    return f"{fence}{info}\n{inside}\n{fence}"


def language(name: str) -> str:
    """Give the word that a block of this file is tagged with."""
    suffix = name.rpartition(".")[2] if "." in name else "text"
    return _LANGUAGES.get(suffix, suffix)


def clipped(text: str, tokens: int) -> str:
    """Cut a text to about so many tokens, out of its middle: a traceback's end says most."""
    room = max(0, tokens) * CHARACTERS_PER_TOKEN
    if len(text) <= room:
        return text
    tail = 2 * room // 3
    head = room - tail
    left_out = len(text) - room
    return f"{text[:head]} [... {left_out} characters left out ...] {text[len(text) - tail :]}".strip()


def _origin(candidate: Candidate) -> str:
    return f"{candidate.operator} of {candidate.parents[0]}" if candidate.parents else candidate.operator


def _idea(candidate: Candidate) -> str:
    notes = " ".join(candidate.notes.split())
    return f"\n- idea: {clipped(notes, IDEA_TOKENS)}" if notes else ""


def _cases(cases: Mapping[str, float]) -> str:
    if not cases:
        return ""
    lowest = sorted(cases.items(), key=lambda case: case[1])[:CASES_SHOWN]
    shown = ", ".join(f"{name} {score:.6g}" for name, score in lowest)
    return f"Lowest of {len(cases)} cases (higher is better): {shown}"


def _artifacts(artifacts: Mapping[str, str], tokens: int) -> str:
    shown: list[str] = []
    for name in artifacts:
        if name.casefold().startswith(HELD_OUT) or tokens <= 0:
            continue
        text = clipped(artifacts[name], tokens)
        tokens -= max(1, len(text) // CHARACTERS_PER_TOKEN)
        shown.append(f"{name}:\n{untrusted(text)}")
    return "\n\n".join(shown)


def _interval(measure: Measure, index: int) -> str:
    if measure.categories:
        return measure.categories[index]
    if measure.edges:
        return f"{measure.edges[index]:.6g} to {measure.edges[index + 1]:.6g}"
    width = (measure.high - measure.low) / measure.bins
    return f"{measure.low + index * width:.6g} to {measure.low + (index + 1) * width:.6g}"
