"""Tasks whose cases are drawn anew from a seed, so that no model can have learnt them.

Their kinds are those of BIG-Bench Hard (Suzgun et al. 2022, "Challenging BIG-Bench tasks and whether chain-of-thought
can solve them") and of grade-school word problems with distractors (Shi et al. 2023, "Large language models can be
easily distracted by irrelevant context"); the texts are our own. Each function is a `prompt_data.Generator`.
"""

import datetime as dt

import numpy as np

from evaluators.prompt_data import Case

_NAMES = ("Alice", "Bob", "Claire", "Dave", "Eve", "Fred", "Gertrude")
_COLOURS = ("red", "blue", "green", "yellow", "white", "black", "pink")
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_KINDS = {
    "fruits": ("apple", "plum", "banana", "peach", "orange", "grape"),
    "vegetables": ("carrot", "onion", "potato", "cabbage", "leek", "turnip"),
    "animals": ("cat", "rabbit", "goat", "snail", "chicken", "fish"),
    "instruments": ("flute", "drum", "violin", "trumpet", "piano", "harp"),
}
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six")
_SYLLABLES = ("ba", "co", "di", "fu", "ge", "ha", "jo", "ki", "lu", "me", "no", "pa", "re", "si", "tu")
_WARES = ("cups", "plates", "bowls", "spoons", "forks", "lamps", "chairs", "towels")
_THINGS = ("pencils", "stamps", "marbles", "cards", "shells", "stickers", "beads", "buttons")


def boolean(rng: np.random.Generator) -> Case:
    """Evaluate a Boolean expression of `not`, `and`, `or` and parentheses."""
    expression = _boolean(rng, 3)
    while len(expression.split()) < 8:
        expression = _boolean(rng, 3)
    value = str(bool(eval(expression, {"__builtins__": {}})))  # noqa: S307 - of our own making, names and literals only
    return Case({"question": f"Evaluate: {expression}"}, value, ("True", "False"))


def counting(rng: np.random.Generator) -> Case:
    """Count the things of one kind in a list that has others among them."""
    kinds = [str(kind) for kind in rng.permutation(list(_KINDS))[:3]]
    things = [
        (kind, str(thing)) for kind in kinds for thing in rng.permutation(_KINDS[kind])[: rng.integers(2, 5)]
    ]
    numbers = rng.integers(1, len(_NUMBERS), len(things))
    order = rng.permutation(len(things))
    listed = ", ".join(f"{_NUMBERS[numbers[n]]} {things[n][1]}" for n in order)
    total = sum(int(number) for (kind, _), number in zip(things, numbers, strict=True) if kind == kinds[0])
    return Case({"question": f"I have: {listed}. How many {kinds[0]} do I have?"}, str(total))


def dates(rng: np.random.Generator) -> Case:
    """Find the date so many days before or after another, often across a month's end or a leap day."""
    first = dt.date(int(rng.integers(1950, 2050)), int(rng.choice((2, 2, 3, 12, 1, 8))), 1)
    start = first + dt.timedelta(int(rng.integers(-6, 32)))
    days = int(rng.integers(2, 75)) * int(rng.choice((-1, 1)))
    end = start + dt.timedelta(days)
    way = "after" if days > 0 else "before"
    return Case(
        {"question": f"Which date is {abs(days)} days {way} {start:%Y-%m-%d}? Write it as YYYY-MM-DD."},
        f"{end:%Y-%m-%d}",
    )


def dyck(rng: np.random.Generator) -> Case:
    """Close a sequence of brackets of four kinds."""
    opened: list[str] = []
    written: list[str] = []
    for _ in range(int(rng.integers(8, 19))):
        if opened and rng.random() < 0.4:
            written.append(_PAIRS[opened.pop()])
        else:
            opened.append(str(rng.choice(list(_PAIRS))))
            written.append(opened[-1])
    if not opened:
        return dyck(rng)
    return Case({"question": f"Complete: {' '.join(written)}"}, " ".join(_PAIRS[b] for b in reversed(opened)))


def sorting(rng: np.random.Generator) -> Case:
    """Sort made-up words, many of which begin alike."""
    starts = rng.choice(_SYLLABLES, 3)
    words = {
        f"{rng.choice(starts)}{rng.choice(_SYLLABLES)}{rng.choice(_SYLLABLES)}"
        for _ in range(rng.integers(5, 10))
    }
    shuffled = [str(word) for word in rng.permutation(sorted(words))]
    return Case({"question": f"Sort: {' '.join(shuffled)}"}, " ".join(sorted(words)))


def arithmetic(rng: np.random.Generator) -> Case:
    """Compute an expression of several steps with negative numbers."""
    left, right = _sum(rng), _sum(rng)
    expression = f"({left}) {rng.choice(('+', '-', '*'))} ({right})"
    value = eval(expression, {"__builtins__": {}})  # noqa: S307 - of our own making, numbers and operators only
    return Case({"question": f"Compute: {expression}"}, str(value))


def tracking(rng: np.random.Generator) -> Case:
    """Follow balls that change hands."""
    count = int(rng.integers(3, 6))
    names = [str(name) for name in rng.permutation(_NAMES)[:count]]
    balls = [str(colour) for colour in rng.permutation(_COLOURS)[:count]]
    holds = dict(zip(names, balls, strict=True))
    told = ", ".join(f"{name} has the {ball} ball" for name, ball in holds.items())
    swaps: list[str] = []
    for _ in range(count + int(rng.integers(0, 3))):
        one, other = (str(name) for name in rng.permutation(names)[:2])
        holds[one], holds[other] = holds[other], holds[one]
        swaps.append(f"{one} and {other} swap.")
    asked = str(rng.choice(names))
    return Case(
        {"question": f"At the start, {told}. {' '.join(swaps)} Which ball does {asked} have at the end?"},
        holds[asked],
        tuple(balls),
    )


def word_problems(rng: np.random.Generator) -> Case:
    """Solve a word problem of three steps with a number in it that does not matter."""
    name, other = (str(one) for one in rng.permutation(_NAMES)[:2])
    things, others = (str(one) for one in rng.permutation(_THINGS)[:2])
    had, packs, size, spare = (int(n) for n in rng.integers((11, 2, 3, 5), (60, 9, 13, 50)))
    given = int(rng.integers(2, had))
    steps = (
        f"{name} has {had} {things}.",
        f"Then {name} buys {packs} packs of {size} {things} each.",
        f"{other} has {spare} {others}.",
        f"{name} gives {given} {things} to {other}.",
    )
    question = f"{' '.join(steps)} How many {things} does {name} have now?"
    return Case({"question": question}, str(had + packs * size - given))


def dialogue(rng: np.random.Generator) -> Case:
    """Keep an order in mind over three turns: what is wanted, what is changed, and what was wrong in either.

    The correction takes the place of what it corrects, and all else holds. Most questions are about what was corrected.
    """
    things = [str(thing) for thing in rng.permutation(_WARES)[: int(rng.integers(3, 6))]]
    first = {thing: int(rng.integers(8, 30)) for thing in things}
    changed = things[: int(rng.integers(2, len(things) + 1))]
    changes = {
        thing: int(rng.integers(2, 8)) * int(rng.choice((-1, 1))) for thing in rng.permutation(changed)
    }
    wrong = str(rng.choice(things))
    asked = wrong if rng.random() < 0.75 else str(rng.choice(things))
    told = ", ".join(f"{count} {thing}" for thing, count in first.items())
    then = ", ".join(f"{_way(change)} {abs(change)} {thing}" for thing, change in changes.items())
    by = int(rng.integers(1, 5))
    if wrong in changes and rng.random() < 0.5:
        before, now = changes[wrong], changes[wrong] + (by if changes[wrong] > 0 else -by)
        correction = f"I wanted to {_way(before)} {abs(now)} {wrong}, not {abs(before)}"
        changes[wrong] = now
    else:
        correction = f"at first I wanted {first[wrong] + by} {wrong}, not {first[wrong]}"
        first[wrong] += by
    turns = (
        f"Note my order: {told}.",
        f"Change it: {then}.",
        f"I was wrong before: {correction}. How many {asked} do I have ordered now?",
    )
    return Case(
        {}, str(first[asked] + changes.get(asked, 0)), turns=tuple({"message": turn} for turn in turns)
    )


def _way(change: int) -> str:
    return "add" if change > 0 else "take off"


def _boolean(rng: np.random.Generator, depth: int) -> str:
    if depth == 0 or rng.random() < 0.15:
        return str(rng.choice(("True", "False", "not True", "not False")))
    left, right = _boolean(rng, depth - 1), _boolean(rng, depth - 1)
    joined = f"{left} {rng.choice(('and', 'or'))} {right}"
    return joined if rng.random() < 0.4 else f"{'not ' if rng.random() < 0.5 else ''}( {joined} )"


def _sum(rng: np.random.Generator) -> str:
    numbers = [str(int(n)) for n in rng.integers(-9, 10, 4)]
    operators = [str(o) for o in rng.choice(("+", "-", "*"), 3)]
    return " ".join(x for pair in zip(numbers, [*operators, ""], strict=True) for x in pair).strip()
