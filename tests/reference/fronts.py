"""Fronts that are obviously right: they keep everything and work every answer out anew."""

import math


def dominates(one, other) -> bool:
    return all(a >= b for a, b in zip(one, other, strict=True)) and tuple(one) != tuple(other)


def pareto_front(points) -> list[int]:
    """Give the places of those that no other dominates, of equals the earliest."""
    return [
        i
        for i, point in enumerate(points)
        if not any(dominates(other, point) for other in points) and point not in points[:i]
    ]


def ranks(points) -> list[int]:
    found: dict[int, int] = {}
    rank = 0
    while len(found) < len(points):
        left = [i for i in range(len(points)) if i not in found]
        for i in [i for i in left if not any(dominates(points[j], points[i]) for j in left)]:
            found[i] = rank
        rank += 1
    return [found[i] for i in range(len(points))]


def crowding(points) -> list[float]:
    distances = [0.0] * len(points)
    for goal in range(len(points[0]) if points else 0):
        order = sorted(range(len(points)), key=lambda i: points[i][goal])
        low, high = points[order[0]][goal], points[order[-1]][goal]
        if low == high:
            continue
        distances[order[0]] = distances[order[-1]] = math.inf
        for before, here, after in zip(order, order[1:], order[2:], strict=False):
            distances[here] += (points[after][goal] - points[before][goal]) / (high - low)
    return distances


def case_front(scores) -> list[int]:
    """Give the places of those that are the best on a case, without the dominated, of equals the earliest."""
    tops = [max(column) for column in zip(*scores, strict=True)]
    return [
        i
        for i in pareto_front(scores)
        if any(score == top for score, top in zip(scores[i], tops, strict=True))
    ]


def frequencies(scores) -> list[int]:
    """Say on how many cases each of the front is the best."""
    tops = [max(column) for column in zip(*scores, strict=True)]
    return [sum(a == b for a, b in zip(scores[i], tops, strict=True)) for i in case_front(scores)]
