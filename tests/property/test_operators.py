import ast
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.operators import OPERATORS, SYNTACTIC, VECTOR, Mix
from evoengine.operators.literals import find_literals, write_literals
from evoengine.operators.source import parse_source
from evoengine.problem import Problem
from evoengine.rng import stream
from evoengine.text import compiles, frozen, regions, split
from evoengine.types import Candidate, Evaluation, Known, Usage

quick = settings(max_examples=40, deadline=None)

START, END = "# EVOLVE-BLOCK-START", "# EVOLVE-BLOCK-END"
names = st.sampled_from(["a", "bb", "é", "math.pi", "x[0]", "x[1:a]"])
numbers = st.one_of(
    st.integers(0, 2**60).map(str), st.floats(0, 1e20).map(repr), st.sampled_from(["0x1F", "1_0.5"])
)
expressions = st.recursive(
    names | numbers | st.sampled_from(["'s'", "None", "True", "f'{a} {3}'", "'''two\nlines'''"]),
    lambda inner: (
        st.builds("{} {} {}".format, inner, st.sampled_from(["+", "*", "**", "<", "and", "is not"]), inner)
        | st.builds("( {} )".format, inner)
        | st.builds("-{}".format, inner)
        | st.builds("f({},k={})".format, inner, inner)
        | st.builds("[{},\n   {}]".format, inner, inner)
        | st.builds("({} if {} else {})".format, inner, inner, inner)
        | st.builds("[é for é in x if {}]".format, inner)
    ),
    max_leaves=6,
).filter(lambda text: compiles(f"({text})"))
simple = (
    expressions.map("a = ({})".format) | expressions.map("f(({}))  # why".format) | st.just("a += 1; bb = 2")
)


def indented(lines, room="    "):
    return [room + line for line in lines]


statements = st.recursive(
    simple.map(lambda text: [text]),
    lambda inner: (
        st.builds(
            lambda e, body: [f"if ({e}):", *indented(body), "else:", *indented(body)], expressions, inner
        )
        | st.builds(lambda body: ["for a in x:", "    # each", *indented(body, "    ")], inner)
        | st.builds(lambda one, other: [*one, "", *other], inner, inner)
    ),
    max_leaves=5,
).map("\n".join)
end_of_line = st.sampled_from(["\n", "\r\n"])


@st.composite
def programs(draw):
    """Draw a program with a frozen head and tail around a region with two functions."""
    bodies = ["\n".join(indented(draw(statements).split("\n"))) for _ in range(2)]
    functions = [
        f"def {name}(x, a, bb, f):\n{body}\n    return a" for name, body in zip("gh", bodies, strict=True)
    ]
    return "\n".join(["import math  # ü", START, *functions, END, "q  =  7", ""]).replace(
        "\n", draw(end_of_line)
    )


def offspring(name, genomes, seed, fitness=1.0):
    """Hold a conversation where every genome scores by its length."""
    problem = Problem("p", (genomes[0],))
    parents = [Known(Candidate("a", genome, ""), Evaluation("a", "ok", fitness)) for genome in genomes]
    conversation = OPERATORS[name]()(problem, parents, [], stream(seed, 0, "vary"))
    try:
        effect = next(conversation)
        while True:
            score = float(sum(map(len, effect.genome.values())) % 97)
            effect = conversation.send(Evaluation("", "ok", score))
    except StopIteration as stop:
        return stop.value


@pytest.mark.parametrize("name", SYNTACTIC)
@settings(max_examples=15, deadline=None)
@given(programs(), programs(), st.integers(0, 2**30))
def test_every_offspring_compiles_and_keeps_what_is_frozen(name, one, other, seed):
    problem = Problem("p", ({"main.py": one},))
    drafts = offspring(name, ({"main.py": one}, {"main.py": other}), seed)
    assert drafts == offspring(name, ({"main.py": one}, {"main.py": other}), seed)
    for draft in drafts:
        text = draft.genome["main.py"]
        assert compiles(text)
        assert frozen(problem, draft.genome) == frozen(problem, problem.seeds[0])
        assert [s.text for s in split(text) if not s.evolvable] == [
            s.text for s in split(one) if not s.evolvable
        ]


@quick
@given(programs(), st.integers(0, 2**30))
def test_what_is_not_changed_keeps_its_form(text, seed):
    """All but one stretch of the text stays byte for byte, and that stretch is no longer than it must be."""
    for draft in offspring("mutate", ({"main.py": text},), seed):
        new = draft.genome["main.py"]
        head = next(
            (i for i, (a, b) in enumerate(zip(text, new, strict=False)) if a != b), min(len(text), len(new))
        )
        assert len(regions(text)) == len(regions(new))
        assert head >= text.index(START)
        comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
        kept = [line for line in new.splitlines() if line.lstrip().startswith("#")]
        assert len(kept) >= min(2, len(comments))


@quick
@given(programs())
def test_a_site_is_its_own_text(text):
    """Cut out and parsed again, every expression gives the node that it was."""
    source = parse_source("main.py", text)
    assert source is not None
    assert source.sites
    for site in source.sites:
        if isinstance(site.node, ast.expr) and not isinstance(site.node, ast.Slice):
            again = ast.parse(f"(\n{source.cut(site.start, site.end)}\n)", mode="eval").body
            loaded, wanted = (ast.dump(x).replace("Store()", "Load()") for x in (again, site.node))
            assert loaded == wanted


@quick
@given(programs(), st.data())
def test_numbers_are_read_back_as_they_are_written(text, data):
    problem, genome = Problem("p", ({"main.py": text},)), {"main.py": text}
    literals = find_literals(problem, genome)
    values = {
        x: data.draw(st.integers(-(2**40), 2**40) if x.whole else st.floats(-1e15, 1e15)) for x in literals
    }
    again = find_literals(problem, write_literals(genome, values))
    # The sign before a number that was negative already is another operator, and stays.
    assert [abs(x.value) for x in again] == [abs(values[x]) for x in literals]
    assert [x.whole for x in again] == [x.whole for x in literals]


@pytest.mark.parametrize("name", [*VECTOR, "perturb", "tune", "crossover"])
@quick
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6), st.integers(0, 2**30), st.booleans())
def test_vectors_stay_vectors(name, values, seed, spread):
    text = json.dumps(values, indent=1 if spread else None)
    other = json.dumps([value + 1.0 for value in values])
    for draft in offspring(name, ({"x.json": text}, {"x.json": other}), seed):
        made = json.loads(draft.genome["x.json"])
        assert len(made) == len(values)
        assert all(type(x) is float and math.isfinite(x) for x in made)


@pytest.mark.parametrize("name", OPERATORS)
@quick
@given(st.text(max_size=30), st.sampled_from(["a.py", "a.json", "a.md"]), st.integers(0, 99))
def test_any_text_is_survived(name, text, file, seed):
    genome = {file: text}
    assert all(draft.genome.keys() == genome.keys() for draft in offspring(name, (genome, genome), seed))


histories = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.sampled_from([0.0, 1e-9, 0.5, 1e9]), st.builds(Usage, st.integers(0, 50))
    ),
    max_size=60,
)


@quick
@given(histories, st.integers(0, 99))
def test_the_mix_is_a_fold_and_choosing_changes_nothing(events, seed):
    one, other = Mix("abc"), Mix("abc")
    for event in events:
        one.credit(*event)
        other.choose(stream(seed, 0, "other"))
        other.credit(*event)
    assert one.state() == other.state()
    assert one.choose(stream(seed, 0, "x")) == one.choose(stream(seed, 0, "x"))
    assert math.isclose(sum(one.probabilities().values()), 1)
    assert math.isclose(sum(one.shares().values()), 1)
    assert all(share >= one.floor / 3 - 1e-12 for share in one.shares().values())


@quick
@given(histories, st.sampled_from([1e-6, 0.25, 3.0, 1e6]))
def test_the_scale_of_the_fitness_does_not_matter(events, factor):
    one, other = Mix("abc"), Mix("abc")
    for name, gain, usage in events:
        one.credit(name, gain, usage)
        other.credit(name, gain * factor, usage)
    assert one.probabilities() == pytest.approx(other.probabilities())
