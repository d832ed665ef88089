"""Which level is accepted, and what is said where none is good enough."""

import pytest

from evoengine import sandbox
from evoengine.errors import SandboxError
from evoengine.sandbox import LEVELS, Attempt, Slot, open_sandbox, weakest_accepted
from evoengine.sandbox.confine import Confinement


@pytest.mark.parametrize(
    ("asked", "problem", "accepted"),
    [
        (None, "", "seccomp"),
        ("none", "", "subprocess"),
        ("full", "", "full"),
        ("none", "landlock", "landlock"),
        (None, "subprocess", "seccomp"),
        ("full", "seccomp", "full"),
    ],
)
def test_the_stronger_of_what_is_asked_and_what_the_problem_demands(asked, problem, accepted):
    assert weakest_accepted(asked, problem) == accepted


@pytest.fixture
def without_confinement(monkeypatch):
    """A machine on which every confined level is refused."""
    refused = [Attempt(level, False, "the kernel", "EPERM", f"cure of {level}") for level in LEVELS[:0:-1]]
    best = (*refused, Attempt("subprocess", True))
    monkeypatch.setattr(sandbox, "_best", lambda preload: (Slot(preload, "subprocess"), best))


def test_too_weak_a_machine_is_refused_with_causes_and_cures(without_confinement):
    with pytest.raises(
        SandboxError, match=r"isolation: subprocess \(full refused at the kernel: EPERM"
    ) as raised:
        open_sandbox(preload=(), at_least=weakest_accepted(None))
    assert "cure of full" in raised.value.cure
    assert raised.value.cure.endswith("or accept it: --isolation none")


def test_where_the_problem_demands_more_its_file_is_named(without_confinement):
    with pytest.raises(SandboxError, match="at least full is asked for") as raised:
        open_sandbox(preload=(), at_least=weakest_accepted("none", "full"))
    assert "--isolation none, and a lower min_isolation in problem.toml" in raised.value.cure


def test_none_accepts_a_machine_without_confinement(without_confinement):
    slot = open_sandbox(preload=(), at_least=weakest_accepted("none"))
    assert slot.level == "subprocess"
    slot.close()


def test_all_processes_are_signalled_only_by_the_first_of_its_own_namespace(monkeypatch):
    killed = []
    monkeypatch.setattr("evoengine.sandbox.confine.os.kill", lambda pid, number: killed.append(pid))
    confinement = Confinement("full", processes=True)
    confinement.strike(4321)
    assert confinement.sweep(4321, []) == []
    assert killed == [4321]
    confinement.alone = True
    confinement.strike(4321)
    assert killed == [4321, -1]
