"""How the simulated model solves the questions of the shipped prompt problems: by reading them, like anyone else."""

import ast
import datetime as dt
import operator
import re
from collections.abc import Callable, Mapping

_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six")
_KINDS = {
    "fruits": "apple plum banana peach orange grape",
    "vegetables": "carrot onion potato cabbage leek turnip",
    "animals": "cat rabbit goat snail chicken fish",
    "instruments": "flute drum violin trumpet piano harp",
}
_ARITHMETIC: Mapping[type, Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}

_ORDER = r"Note my order: (\d+ \w+(?:, \d+ \w+)*)\."
_CHANGE = r"Change it: ((?:(?:add|take off) \d+ \w+(?:, )?)+)\."
_CORRECTION = (
    r"I was wrong before: ((?:at first I wanted|I wanted to add|I wanted to take off) \d+ \w+), not \d+\. "
    r"How many (\w+) do I have ordered now\?"
)
_TURN = re.compile(f"{_ORDER}|{_CHANGE}|{_CORRECTION}")

QUESTIONS = {
    "boolean": re.compile(r"Evaluate: ((?:True|False|not|and|or|[() ])+)"),
    "counting": re.compile(
        r"I have: ([a-z, ]+)\. How many (fruits|vegetables|animals|instruments) do I have\?"
    ),
    "dates": re.compile(r"Which date is (\d+) days (after|before) (\d{4}-\d\d-\d\d)\?"),
    "dyck": re.compile(r"Complete: ((?:[][(){}<>] ?)+)"),
    "sorting": re.compile(r"Sort: ([a-z ]+)"),
    "arithmetic": re.compile(r"Compute: ([-+*() \d]+)"),
    "tracking": re.compile(
        r"At the start, ((?:\w+ has the \w+ ball(?:, )?)+)\. ((?:\w+ and \w+ swap\. )+)Which ball does (\w+) have"
    ),
    "word_problems": re.compile(
        r"(\w+) has (\d+) \w+\. Then \w+ buys (\d+) packs of (\d+) \w+ each\. [^.]+\. "
        r"\w+ gives (\d+) \w+ to \w+\. How many \w+ does \1 have now\?"
    ),
    "dialogue": re.compile(f"{_ORDER}\n{_CHANGE}\n{_CORRECTION}"),
}
"""The forms of the questions, by task."""


def is_begun(text: str) -> bool:
    """Say whether a text holds a turn of a dialogue."""
    return _TURN.search(text) is not None


def find_question(text: str) -> tuple[str, re.Match[str]] | None:
    """Give the task and the match of the last question in a text; None where there is none.

    Where the text holds turns of a dialogue, the match is in what is left without them, and them after it.
    """
    if turns := [turn[0] for turn in _TURN.finditer(text)]:
        text = "\n".join((_TURN.sub("", text), *turns))
    found = [(task, match) for task, form in QUESTIONS.items() for match in form.finditer(text)]
    return max(found, key=lambda pair: pair[1].start(), default=None)


def solve(task: str, question: re.Match[str]) -> str:
    """Give the right answer to a question."""
    return _SOLVERS[task](*question.groups())


def _boolean(expression: str) -> str:
    return str(_truth(ast.parse(expression.strip(), mode="eval").body))


def _truth(node: ast.expr) -> bool:
    match node:
        case ast.BoolOp(op=ast.And()):
            return all(map(_truth, node.values))
        case ast.BoolOp():
            return any(map(_truth, node.values))
        case ast.UnaryOp():
            return not _truth(node.operand)
        case _:
            return bool(ast.literal_eval(node))


def _counting(listed: str, kind: str) -> str:
    items = [item.split() for item in listed.split(", ")]
    return str(sum(_NUMBERS.index(number) for number, thing in items if thing in _KINDS[kind].split()))


def _dates(days: str, way: str, start: str) -> str:
    delta = dt.timedelta(int(days) if way == "after" else -int(days))
    return str(dt.date.fromisoformat(start) + delta)


def _dyck(brackets: str) -> str:
    opened: list[str] = []
    for bracket in brackets.split():
        if bracket in _PAIRS:
            opened.append(_PAIRS[bracket])
        else:
            opened.pop()
    return " ".join(reversed(opened))


def _sorting(words: str) -> str:
    return " ".join(sorted(words.split()))


def _arithmetic(expression: str) -> str:
    return str(_value(ast.parse(expression.strip(), mode="eval").body))


def _value(node: ast.expr) -> int:
    match node:
        case ast.BinOp():
            return _ARITHMETIC[type(node.op)](_value(node.left), _value(node.right))
        case ast.UnaryOp():
            return -_value(node.operand)
        case _:
            return ast.literal_eval(node)


def _tracking(start: str, swaps: str, asked: str) -> str:
    holds = dict(re.findall(r"(\w+) has the (\w+) ball", start))
    for one, other in re.findall(r"(\w+) and (\w+) swap", swaps):
        holds[one], holds[other] = holds[other], holds[one]
    return holds[asked]


def _word_problems(_: str, had: str, packs: str, size: str, given: str) -> str:
    return str(int(had) + int(packs) * int(size) - int(given))


def _dialogue(order: str, changes: str, correction: str, asked: str) -> str:
    first = {thing: int(count) for count, thing in re.findall(r"(\d+) (\w+)", order)}
    later = {
        thing: int(count) * (1 if way == "add" else -1)
        for way, count, thing in re.findall(r"(add|take off) (\d+) (\w+)", changes)
    }
    what, right, wrong = correction.rsplit(" ", 2)
    if what == "at first I wanted":
        first[wrong] = int(right)
    else:
        later[wrong] = int(right) * (1 if what.endswith("add") else -1)
    return str(first[asked] + later.get(asked, 0))


_SOLVERS: Mapping[str, Callable[..., str]] = {
    "boolean": _boolean,
    "counting": _counting,
    "dates": _dates,
    "dyck": _dyck,
    "sorting": _sorting,
    "arithmetic": _arithmetic,
    "tracking": _tracking,
    "word_problems": _word_problems,
    "dialogue": _dialogue,
}
