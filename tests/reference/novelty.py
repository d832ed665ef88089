"""Novelty archives that are obviously right: lists, worked through from end to end."""

import math

from evoengine.types import Known


def distance(one, other) -> float:
    return math.dist(one, other)


def novelty(point, others, k: int) -> float:
    near = sorted(distance(point, other) for other in others)[:k]
    return sum(near) / len(near) if near else math.inf


class ReferenceNovelty:
    def __init__(self, neighbours: int, threshold: float, local_competition: bool) -> None:
        self.neighbours = neighbours
        self.threshold = threshold
        self.local_competition = local_competition
        self.members: list[tuple[tuple[float, ...], Known]] = []

    def insert(self, point, known: Known) -> str:
        if novelty(point, [other for other, _ in self.members], self.neighbours) >= self.threshold:
            self.members.append((point, known))
            return "entered"
        nearest = min(range(len(self.members)), key=lambda i: distance(point, self.members[i][0]))
        fitter = known.evaluation.fitness > self.members[nearest][1].evaluation.fitness
        if self.local_competition and fitter:
            self.members[nearest] = (point, known)
            return "replaced"
        return "rejected"


def dominated_novelty(points, fitness, k: int) -> list[float]:
    return [
        novelty(point, [other for other, f in zip(points, fitness, strict=True) if f > own], k)
        for point, own in zip(points, fitness, strict=True)
    ]
