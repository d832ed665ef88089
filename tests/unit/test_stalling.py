"""Whether a search stalls."""

import pytest

from evoengine.stalling import Progress


def test_a_search_is_stalled_after_a_window_without_rises_until_another_begins():
    progress = Progress(4, 0.3)
    progress.tell(1.0)
    progress.restart()
    for fitness in (2.0, 1.0, None, 1.5):
        assert not progress.stalled
        progress.tell(fitness)
    assert progress.stalled, "1 of 4 is less than 0.3"
    progress.tell(3.0)
    assert progress.stalled
    progress.tell(3.5)
    assert not progress.stalled
    for _ in range(4):
        progress.tell(3.5)
    assert progress.stalled
    progress.restart()
    assert not progress.stalled
    for _ in range(4):
        progress.tell(3.0)
    assert progress.stalled, "a new window does not forget the best"


def test_a_search_of_which_nothing_is_asked_never_stalls():
    progress = Progress(1, 0.0)
    progress.tell(None)
    assert not progress.stalled


def test_a_window_of_nothing_is_refused():
    with pytest.raises(ValueError, match="window"):
        Progress(0, 0.1)
