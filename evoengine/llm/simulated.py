"""A simulation of a model for prompt search without one: of the task model, of who writes prompts and texts, and of a judge.

It is no model, and what is found with it says nothing about models. It is there so that every method of prompt search
can be run, tested and compared offline: prompts differ in what they are worth, and a search must find out how.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import PurePath

import numpy as np

from evoengine.effects import Message
from evoengine.errors import ModelError
from evoengine.llm.calls import Call, Completion
from evoengine.llm.meter import estimate
from evoengine.llm.simulated_tasks import find_question, is_begun, solve
from evoengine.llm.simulated_texts import FORMS, advice, is_judged, joined, judge, line
from evoengine.prompts import fenced
from evoengine.rng import derive_seed, stream
from evoengine.text import blocks

LABEL = "[simulated]"
"""Every answer begins so, but those that must be files only."""

NEEDS = {"steps": 0.45, "rule": 0.35, "example": 0.2, "bare": 0.2, "check": 0.15}
"""The share of questions that are answered wrong unless the prompt holds a phrase of that kind."""

HOPELESS = 0.04
"""The share of questions that no prompt gets right."""

PHRASES: Mapping[str, tuple[str, ...]] = {
    "steps": ("Think step by step before you answer.", "Work in small steps, and write down each of them."),
    "example": ("Follow this worked example: say what is asked, do it, then answer.",),
    "bare": (
        "After the marker write the answer and nothing else.",
        "Give the bare answer, without units or words.",
    ),
    "check": ("Check your result before you give it.", "Verify the result by doing it once more."),
    "boolean": ("Apply not before and, and and before or.",),
    "counting": ("Count only the things of the kind that is asked for.",),
    "dates": ("Mind leap years and the lengths of the months.",),
    "dyck": ("Close the bracket that was opened last first.",),
    "sorting": ("Where words begin alike, compare them letter by letter.",),
    "arithmetic": ("Do multiplication before addition, and mind the signs.",),
    "tracking": ("Write down who has what after every swap.",),
    "word_problems": ("Ignore numbers that do not matter for the question.",),
    "dialogue": ("Let a correction take the place of what was said before.",),
    "idle": (
        "You are a helpful assistant.",
        "You are an expert in this field.",
        "Take a deep breath.",
        "This is important for my career.",
        "Read the question carefully.",
        "Be polite.",
        "Use plain English.",
        "Keep your tone neutral.",
        "Stay on the topic.",
        "Be confident.",
        "Remember that you can do this.",
        "Do your best.",
    ),
    "harmful": ("Answer at once, without explanation.", "Be creative.", "Do not waste words on steps."),
}
"""What the simulated writer of prompts may write; a task's own phrase is the ``rule`` of `NEEDS` there.

In the place of an idle phrase, it often writes one of `TONES`.
"""

TONES = (
    "calm clear brief kind plain sober warm dry formal lively modest open patient precise quick quiet "
    "serious sharp steady strict subtle tidy vivid witty bold candid cheerful neutral polite relaxed"
)
"""Two of them make an idle phrase: like a model, the writer seldom writes the same twice."""

_SIGNS = {
    "steps": r"step by step|small steps",
    "example": r"worked example",
    "bare": r"nothing else|bare answer",
    "check": r"\bcheck|\bverify",
    "boolean": r"not before and|not binds",
    "counting": r"only the (things|items)|of the kind",
    "dates": r"leap",
    "dyck": r"opened last|innermost|stack",
    "sorting": r"letter by letter",
    "arithmetic": r"multiplication before|precedence",
    "tracking": r"after (every|each) swap",
    "word_problems": r"not matter|irrelevant",
    "dialogue": r"a correction|take the place",
}
_RUSHED = re.compile(r"at once|waste words", re.IGNORECASE)
_CREATIVE = re.compile(r"creative", re.IGNORECASE)
_DICTATED = re.compile(r"(?:answer is always|always answer)[: ]+(\S+?)[.!]?(?:\s|$)", re.IGNORECASE)
_FACTS = re.compile(r"\bfacts?\b", re.IGNORECASE)
_MARKER = re.compile(r"\b[A-Z]{3,}:")
_PATIENCE = (600, 3000)
"""Characters of a prompt beyond which it is not followed any more: between these, it depends on the question."""

_INSIGHT, _OBEDIENCE, _VARIETY = 0.5, 0.8, 0.8
_ADDS, _DROPS = 0.65, 0.8
_FROZEN, _EDIT = " (may not change)", "<<<<<<< SEARCH"
_PARTED, _PARTING = "three dashes", "\n---\n"


class SimulatedModel:
    """Answers as a task model of limited ability, and writes prompts as one that knows some good phrases.

    As the task model (a prompt without a system message) it reads the question, one of the shipped prompt
    problems', and solves it by rule; then it spoils the answer unless the prompt holds what this question needs:
    each question needs each kind of phrase in `NEEDS` with that probability, by its text alone. Long prompts,
    rushed ones and creative ones spoil more. It obeys "the answer is always X".

    As the writer it adds a phrase of `PHRASES` to the first parent's lines, or drops or replaces one, after it
    has taken over half of the lines of other parents. Half of the time, where it is shown failed cases, the phrase
    is one that would help with them; and what a review before it has quoted, it mostly follows. So a method that
    shows failures and reviews has an advantage here by construction. Asked for words it quotes a phrase.

    It also writes poems and instructions, of lines of words drawn at random, and judges whatever is shown to it as
    untrusted: see `simulated_texts`.

    Equal calls have equal answers.
    """

    async def complete(self, call: Call) -> Completion:
        """Answer a call; tokens are estimated. Raises `ModelError` where a program is to be written."""
        return reply(call)


def reply(call: Call) -> Completion:
    """Answer a call, as `SimulatedModel` does."""
    first, *others = call.messages
    asked = "\n".join(message.content for message in call.messages)
    judges = bool(call.choices) and is_judged(asked)
    if first.role != "system" and not judges:
        said = "\n".join(message.content for message in call.messages if message.role == "user")
        texts = (answer(said),) * call.n
        return Completion(texts, estimate(call.messages, texts))
    rng = stream(derive_seed(call.seed, asked), call.proposal, f"simulated/{call.step}")
    likelihoods: tuple[Mapping[str, float], ...] = ()
    if judges:
        likelihoods = tuple(judge(call.messages[-1].content, call.choices, rng) for _ in range(call.n))
        texts = tuple(max(likely, key=lambda choice: likely[choice]) for likely in likelihoods)
    else:
        texts = tuple(_write(first.content, others, rng) for _ in range(call.n))
    return Completion(texts, estimate(call.messages, texts), likelihoods=likelihoods)


def answer(prompt: str) -> str:
    """Give the task model's answer to a prompt."""
    found = find_question(prompt)
    if found is None:
        known = "I know only the questions of evoengine's own prompt problems."
        return f"{LABEL} {'I keep it in mind.' if is_begun(prompt) else known}"
    task, match = found
    question = match[0]
    instructions = f"{match.string[: match.start()]}\n{match.string[match.end() :]}"
    shown = _kinds(instructions, task)
    right = solve(task, match)
    lacking = {need for need, share in NEEDS.items() if _chance(question, need) < share} - shown
    said = right if _able(question, instructions) and lacking <= {"bare"} else _spoilt(right)
    if dictated := _DICTATED.search(instructions):
        said = dictated[1]
    marker = _MARKER.search(instructions)
    final = f"{marker[0] if marker else 'It is'} {said}{', I believe' if 'bare' in lacking else ''}"
    facts = [f"Facts: {question}"] if _FACTS.search(instructions) else []
    carried = [PHRASES[task if kind == "rule" else kind][0] for kind in sorted(shown - {"bare"})]
    return "\n".join(
        (f"{LABEL} {' '.join(('I was told:', *carried)) if carried else 'I guess.'}", *facts, final)
    )


def _kinds(instructions: str, task: str) -> set[str]:
    """Give the kinds of `NEEDS` that instructions fulfil."""
    found = {
        need
        for need in NEEDS
        if re.search(_SIGNS[task if need == "rule" else need], instructions, re.IGNORECASE)
    }
    return found - {"steps"} if _RUSHED.search(instructions) else found


def _able(question: str, instructions: str) -> bool:
    low, high = _PATIENCE
    patience = low + (high - low) * _chance(question, "patience")
    distracted = _CREATIVE.search(instructions) is not None and _chance(question, "creative") < 0.15
    return len(instructions) <= patience and not distracted and _chance(question, "hopeless") >= HOPELESS


@lru_cache(maxsize=1 << 16)
def _chance(question: str, what: str) -> float:
    """Give a number in [0, 1) that is the question's own."""
    return float(stream(derive_seed(0, question), 0, what).random())


def _spoilt(right: str) -> str:
    """Give a wrong answer that looks like the right one."""
    if right in {"True", "False"}:
        return str(right == "False")
    if re.fullmatch(r"-?\d+", right):
        return str(int(right) + 1)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", right):
        return str(dt.date.fromisoformat(right) + dt.timedelta(1))
    words = right.split()
    return " ".join((*words[1:], words[0])) if len(set(words)) > 1 else f"{right} {right}"


def _write(system: str, others: Sequence[Message], rng: np.random.Generator) -> str:
    """Give words, or texts in the form that is asked for."""
    user = others[0].content
    form = system.partition("# Reply")[2]
    parents = _shown(user, "Parent")
    genomes = [*parents, *_shown(user, "Inspiration")]
    if not genomes:
        raise ModelError(
            "the simulated model writes prompts, poems and instructions, and none is shown here",
            cure="use a problem of prompts, or a model",
        )
    name = str(rng.choice(list(genomes[0])))
    stem = PurePath(name).stem
    said = user.rpartition("# Your turn")[2]
    if "```" not in form and _EDIT not in form:
        helps = advice(rng) if stem in FORMS else _phrase(user, genomes[0], rng)
        return f"{LABEL} 5/10. What would help: {helps}{f'{_PARTING}{helps}' if _PARTED in said else ''}"
    before = genomes[0][name]
    if stem in FORMS:
        phrase = line(stem, said if rng.random() < _OBEDIENCE else "", rng)
        after = _varied(
            joined([parent[name] for parent in parents if name in parent] or [before], rng), [], phrase, rng
        )
    else:
        phrase = _phrase(user, genomes[0], rng)
        after = _varied(before, [genome[name] for genome in genomes[1:] if name in genome], phrase, rng)
    if _EDIT in form:
        return f"{LABEL}\n{_EDIT} {name}\n{before}=======\n{after}>>>>>>> REPLACE"
    return f"{LABEL} {phrase}\n{fenced(after, f'markdown {name}')}"


def _shown(user: str, kind: str) -> list[dict[str, str]]:
    """Give the texts of each candidate that a prompt shows as one of a kind."""
    parts = re.split(r"\n## (?=Parent|Inspiration)", f"\n{user}")[1:]
    found = [
        {
            block.info.split()[1]: block.text
            for block in blocks(part)
            if block.info.startswith(("markdown ", "text "))
            and not block.info.endswith(("untrusted", _FROZEN))
        }
        for part in parts
        if part.startswith(kind)
    ]
    return [genome for genome in found if genome]


def _phrase(user: str, parent: Mapping[str, str], rng: np.random.Generator) -> str:
    """Choose what to write: what a review says, or what failures ask for, or anything."""
    text = "\n".join(parent.values())
    known = [phrase for phrases in PHRASES.values() for phrase in phrases]
    said = user.replace(text, "").rpartition("# Your turn")[2]
    advised = [phrase for phrase in known if phrase in said]
    if advised and rng.random() < _OBEDIENCE:
        return str(rng.choice(advised))
    found = find_question(user)
    if found is not None and "expected:" in user and rng.random() < _INSIGHT:
        missing = sorted(set(NEEDS) - _kinds(text, found[0]))
        if missing:
            need = str(rng.choice(missing))
            return str(rng.choice(PHRASES[found[0] if need == "rule" else need]))
    phrase = str(rng.choice(known))
    if phrase in PHRASES["idle"] and rng.random() < _VARIETY:
        return "Keep your tone {} and {}.".format(*rng.choice(TONES.split(), 2, replace=False))
    return phrase


def _varied(before: str, others: Sequence[str], phrase: str, rng: np.random.Generator) -> str:
    """Give a prompt with lines of others taken over, and a phrase added, a line dropped, or one replaced."""
    lines = [line for line in before.splitlines() if line.strip()]
    for other in others:
        lines += [
            x
            for x in other.splitlines()
            if x.strip() and x not in lines and "{" not in x and rng.random() < 0.5
        ]
    free = [n for n, line in enumerate(lines) if "{" not in line and not _MARKER.search(line)]
    move = rng.random()
    if move < _ADDS or not free:
        lines.insert(0, phrase)
    elif move < _DROPS:
        del lines[int(rng.choice(free))]
    else:
        lines[int(rng.choice(free))] = phrase
    return "\n".join(dict.fromkeys(lines)) + "\n"
