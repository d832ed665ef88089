"""Every search for texts runs to its end without a model, and what it finds has been judged."""

import pytest

from benchmarks import texts


@pytest.mark.parametrize(
    ("problem", "label"), [(problem, label) for problem, labels in texts.RECIPES.items() for label in labels]
)
def test_a_search_for_texts_runs_with_the_simulation(problem, label, monkeypatch):
    monkeypatch.setattr(texts, "EVALUATIONS", 24)
    monkeypatch.setattr(texts, "RATINGS", 2)
    seeds, found = texts.searched((problem, label, 0))
    assert found.valid > seeds.valid, "offspring are valid"
    assert 0.0 < found.best < 1.0
    assert found.coverage >= seeds.coverage
    assert found.score >= seeds.score
