"""Programs in C: compiled and run in the sandbox, judged by what they print and how long they take."""

import numpy as np

from evoengine.errors import CandidateFailure
from evoengine.evaluation import Invalid, Score, Trial

COMPILE = ("cc", "-O2", "-std=c11", "{main.c}", "-o", "{scratch}/program", "-lm")
REPEATS = 5
_SHOWN = 2000
_SMALL: tuple[list[int], ...] = (
    [],
    [7],
    [2, 1],
    [5, 5, 5],
    [2**31 - 1, -(2**31), 0, -1, 1],
    list(range(100)),
    list(range(100, 0, -1)),
)


class SortedIntegers:
    """Scores a program that sorts integers by the milliseconds it takes; lower is better.

    It is compiled once, tried on small inputs, and then measured on `REPEATS` large ones, each drawn anew, so
    that nothing kept from one is of use for the next. The objective ``milliseconds`` is the best of these; the
    artifact ``spread`` says how much slower their median was. Every output is compared with the true one.

    Parameters
    ----------
    integers
        How many a large input has. Half of the inputs are uniform in 32 bits, the others have many equal ones.
    seed
        Of all inputs, together with the trial's own.
    """

    def __init__(self, integers: int, seed: int) -> None:
        self._integers = integers
        self._seed = seed

    def evaluate(self, trial: Trial) -> Score:
        """Compile, try and measure. Raises `CandidateFailure` and `Invalid`."""
        compiled = trial.run(COMPILE)
        if compiled.status:
            raise CandidateFailure("invalid_source", f"cc failed:\n{compiled.errors[:_SHOWN]}")
        for numbers in _SMALL:
            _sorted(trial, numbers)
        rng = np.random.default_rng([self._seed, trial.seed % 2**63])
        seconds: list[float] = []
        for repeat in range(REPEATS):
            high = 2**31 if repeat % 2 == 0 else 1000
            numbers = rng.integers(-high, high, self._integers).tolist()
            seconds.append(_sorted(trial, numbers))
        best, middle = min(seconds), float(np.median(seconds))
        return Score(
            objectives={"milliseconds": 1000 * best},
            feedback=f"{self._integers} integers took {1000 * best:.2f} ms",
            artifacts={"spread": f"{(middle - best) / best:.3f}"},
        )


def _sorted(trial: Trial, numbers: list[int]) -> float:
    """Have the numbers sorted; give the wall seconds. Raises `Invalid`."""
    ran = trial.run(["{scratch}/program"], stdin="".join(f"{number}\n" for number in numbers))
    if ran.status:
        how = f"exit code {ran.status}" if ran.status > 0 else f"signal {-ran.status}"
        raise Invalid(f"with {len(numbers)} integers it ended with {how}: {ran.errors[:_SHOWN]}".rstrip(": "))
    if ran.output.split() != [str(number) for number in sorted(numbers)]:
        raise Invalid(f"with {len(numbers)} integers its output is not the input in ascending order")
    return ran.wall_seconds
