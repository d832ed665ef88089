"""Measures of a genome that need no evaluator: its size, its shape, its likeness to the seed."""

import ast
import math
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from evoengine.problem import Problem
from evoengine.text.python import parse
from evoengine.text.shingles import shingles, similarity
from evoengine.types import Genome

Metric: TypeAlias = Callable[[Genome, Problem], float]

_TOKEN = re.compile(r"\w+|[^\w\s]")

_DECISIONS = (
    ast.If,
    ast.IfExp,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.ExceptHandler,
    ast.comprehension,
    ast.Assert,
    ast.match_case,
)

_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def source_length(genome: Genome, problem: Problem) -> float:
    """Give the characters of the evolvable files."""
    return float(sum(map(len, _evolvable(genome, problem).values())))


def token_count(genome: Genome, problem: Problem) -> float:
    """Give the tokens of the evolvable files, words and marks, comments included."""
    return float(sum(len(_TOKEN.findall(text)) for text in _evolvable(genome, problem).values()))


def ast_size(genome: Genome, problem: Problem) -> float:
    """Give the nodes of the syntax trees of the evolvable Python files; one that does not parse has none."""
    return float(sum(1 for tree in _trees(genome, problem) for _ in ast.walk(tree)))


def cyclomatic_complexity(genome: Genome, problem: Problem) -> float:
    """Give the number of decisions, plus one (McCabe 1976, "A complexity measure", section II).

    Every branch, loop, handler, comprehension, assertion and case is one decision, and each operand of
    ``and`` and ``or`` after the first.
    """
    decisions = 1
    for tree in _trees(genome, problem):
        for node in ast.walk(tree):
            decisions += isinstance(node, _DECISIONS)
            decisions += len(node.values) - 1 if isinstance(node, ast.BoolOp) else 0
    return float(decisions)


def loop_count(genome: Genome, problem: Problem) -> float:
    """Give the number of ``for`` and ``while`` loops."""
    return float(sum(isinstance(node, _LOOPS) for tree in _trees(genome, problem) for node in ast.walk(tree)))


def branch_count(genome: Genome, problem: Problem) -> float:
    """Give the number of ``if`` and ``elif`` statements."""
    return float(sum(isinstance(node, ast.If) for tree in _trees(genome, problem) for node in ast.walk(tree)))


def operator_count(genome: Genome, problem: Problem) -> float:
    """Give the number of arithmetic and bitwise operators, with one operand or two."""
    kinds = (ast.BinOp, ast.UnaryOp)
    return float(sum(isinstance(node, kinds) for tree in _trees(genome, problem) for node in ast.walk(tree)))


def loop_nesting(genome: Genome, problem: Problem) -> float:
    """Give the number of ``for`` and ``while`` loops around the innermost one, itself included."""
    deepest = 0
    stack: list[tuple[ast.AST, int]] = [(tree, 0) for tree in _trees(genome, problem)]
    while stack:
        node, depth = stack.pop()
        depth += isinstance(node, _LOOPS)
        deepest = max(deepest, depth)
        stack.extend((child, depth) for child in ast.iter_child_nodes(node))
    return float(deepest)


def similarity_to_seed(genome: Genome, problem: Problem) -> float:
    """Give the greatest resemblance to a seed, in [0, 1], by token shingles."""
    return max(similarity(genome, seed) for seed in problem.seeds)


def projection(axis: int) -> Metric:
    """Give a fixed random projection of the set of token shingles, in [0, 1].

    Each shingle is a random unit step on the axis; their sum over the root of their number is standard
    normal for unrelated programs (Li, Hastie and Church 2006, "Very sparse random projections"), and its
    normal distribution function is the measure. Alike programs lie close.
    """

    def project(genome: Genome, problem: Problem) -> float:
        marks = shingles(_evolvable(genome, problem))
        steps = [1 if mark[axis] & 1 else -1 for mark in marks]
        return 0.5 * (1 + math.erf(sum(steps) / math.sqrt(2 * max(1, len(steps)))))

    return project


METRICS: Mapping[str, Metric] = {
    "source_length": source_length,
    "token_count": token_count,
    "ast_size": ast_size,
    "cyclomatic_complexity": cyclomatic_complexity,
    "loop_count": loop_count,
    "branch_count": branch_count,
    "operator_count": operator_count,
    "loop_nesting": loop_nesting,
    "similarity_to_seed": similarity_to_seed,
    "projection_0": projection(0),
    "projection_1": projection(1),
    "projection_2": projection(2),
    "projection_3": projection(3),
}
"""Every measure of a genome alone, by name."""

RUN_TIME = "run_time"
"""The candidate's wall seconds, which no two evaluations share."""

COMPUTED = (*METRICS, RUN_TIME)
"""What a measure may name as ``computed``."""


def _evolvable(genome: Genome, problem: Problem) -> Genome:
    return {name: genome[name] for name in problem.evolvable or genome}


def _trees(genome: Genome, problem: Problem) -> list[ast.Module]:
    names = [name for name in _evolvable(genome, problem) if name.endswith(".py")]
    return [tree for name in names if (tree := parse(genome[name])) is not None]
