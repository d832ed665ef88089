"""How a run stands, as a few lines of text or as a panel."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.console import Group
from rich.panel import Panel
from rich.text import Text

from evoengine.report import FailureGroup, Summary, verdict
from evoengine.report.formats import brief, count, dollars, duration, error, number, percent

_ARCHIVE = {"num_elites": "elites", "coverage": "coverage", "qd_score": "QD score", "islands": "islands"}


@dataclass(frozen=True, slots=True)
class Vitals:
    """A summary with what only the running process knows.

    Attributes
    ----------
    figures
        Of the archive, as `Recipe.stats` gives them.
    in_flight, slots
        Proposals under way, and how many candidates are evaluated at once; 0 slots: not running here.
    failure
        The most common one.
    """

    summary: Summary
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    in_flight: int = 0
    slots: int = 0
    isolation: str = ""
    failure: FailureGroup | None = None

    @property
    def title(self) -> str:
        """The run's name, state and time."""
        summary = self.summary
        reason = f" ({summary.reason})" if summary.reason else ""
        return f"{summary.name} · {summary.state}{reason} {duration(summary.seconds)}"

    def lines(self) -> list[str]:
        """Give one line for each group of figures."""
        parts = (
            self._best(),
            self._best_known(),
            self._candidates(),
            self._spent(),
            self._archive(),
            self._now(),
        )
        return [line for line in parts if line]

    def _best(self) -> str:
        summary = self.summary
        if summary.best is None:
            return "best none yet"
        if summary.best_at is None:
            when = ""
        elif summary.state == "running":
            when = f", {brief(summary.seconds - summary.best_at)} ago"
        else:
            when = f", at {duration(summary.best_at)}"
        origin = f"({summary.best.candidate}, {verdict(summary.best)}{when})"
        value = f"{number(summary.best_value, 9)} {error(summary.best)}".rstrip()
        return f"best {value} {summary.objective} {origin}"

    def _best_known(self) -> str:
        known = self.summary.best_known
        return "" if known is None else f"best known {number(known, 9)}"

    def _candidates(self) -> str:
        summary = self.summary
        limit = summary.budget.get("candidates")
        total = sum(summary.statuses.values())
        shares = "  ".join(
            f"{status} {percent(n, total)}" for status, n in list(summary.statuses.items())[:4]
        )
        left = eta(summary) if summary.state == "running" else None
        ends = "" if left is None else f"   eta {brief(left)}"
        return f"candidates {summary.candidates}{f'/{limit}' if limit else ''}   {shares}{ends}"

    def _spent(self) -> str:
        usage = self.summary.usage
        limit = self.summary.budget.get("dollars")
        tokens = f"   tokens {count(usage.tokens_in)} in {count(usage.tokens_out)} out" if usage.calls else ""
        cap = f" of ${limit:.2f}" if limit else ""
        checking = self.summary.checking
        beyond = f" and {checking} to check" if checking else ""
        evaluations = f"   evaluations {usage.evaluations - checking}{beyond}"
        return f"spent {dollars(usage, priced=self.summary.priced)}{cap}{tokens}{evaluations}"

    def _archive(self) -> str:
        shown = [
            f"{label} {percent(self.figures[name], 1) if name == 'coverage' else number(self.figures[name], 5)}"
            for name, label in _ARCHIVE.items()
            if name in self.figures
        ]
        return f"archive {'   '.join(shown)}" if shown else ""

    def _now(self) -> str:
        isolation = f"   isolation {self.isolation}" if self.isolation else ""
        return f"in flight {self.in_flight}   slots {self.slots}{isolation}" if self.slots else ""

    def panel(self) -> Panel:
        """Give the panel; it fits whatever width it is drawn at, cutting what is too long."""
        below = (
            f"{self.failure.count}x {self.failure.signature} · evoengine failures" if self.failure else None
        )
        return Panel(
            Group(*(Text(line, no_wrap=True, overflow="ellipsis") for line in self.lines())),
            title=Text(self.title),
            subtitle=Text(below, style="yellow") if below else None,
            title_align="left",
            subtitle_align="left",
        )


def eta(summary: Summary) -> float | None:
    """Give the seconds until the first of the limits is reached at the pace so far; None while unknown."""
    used = {
        "candidates": summary.candidates,
        "evaluations": summary.usage.evaluations,
        "calls": summary.usage.calls,
        "tokens": summary.usage.tokens_in + summary.usage.tokens_out,
        "dollars": summary.usage.dollars,
        "seconds": summary.seconds,
    }
    done = max(
        (amount / summary.budget[name] for name, amount in used.items() if summary.budget.get(name)),
        default=0,
    )
    return summary.seconds * (1 - done) / done if 0 < done <= 1 else None
