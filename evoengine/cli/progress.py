"""What a person sees of a search under way: a live panel on a terminal, else a line an event."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live

from evoengine.cli.vitals import Vitals, eta
from evoengine.report import FailureGroup, Summary, group_failures, priced
from evoengine.report.formats import brief, duration, number, percent
from evoengine.session import Session
from evoengine.types import Known, Verdict

PANEL_SECONDS = 0.5
HEARTBEAT_SECONDS = 60.0


class Progress:
    """Watches a session, as an observer, and draws it.

    On a terminal it draws a panel, twice a second; elsewhere a line for each improvement and one a minute.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._session: Session | None = None
        self._best: Known | None = None
        self._best_at = 0.0
        self._failures: dict[tuple[str, str], FailureGroup] = {}

    def __call__(self, known: Known, verdict: Verdict) -> None:
        """See one candidate."""
        del verdict
        evaluation = known.evaluation
        if evaluation.fitness is None:
            (group,) = group_failures([(known.candidate.id, evaluation.status, evaluation.feedback)])
            key = group.status, group.signature
            before = self._failures[key].count if key in self._failures else 0
            self._failures[key] = FailureGroup(*key, before + 1, group.example)
            return
        best = None if self._best is None else self._best.evaluation.fitness
        if best is None or evaluation.fitness > best:
            self._best = known
            if self._session is not None:
                self._best_at = self._session.engine.journal.seconds
                self._line(known, None if best is None else evaluation.fitness - best)

    @contextmanager
    def shown(self, session: Session) -> Generator[None, None, None]:
        """Draw while the session runs; to be entered inside its loop."""
        self._session = session
        self._best = session.engine.state.best
        self._best_at = session.engine.journal.seconds
        with self._panel(session) if self.console.is_terminal else self._heartbeat(session):
            yield

    def vitals(self, session: Session) -> Vitals:
        """Take the figures of a session that runs."""
        state = session.engine.state
        best_known = session.problem.best_known
        summary = Summary(
            name=session.folder.name,
            folder=str(session.folder),
            problem=session.problem.name,
            recipe=session.config.recipe,
            seed=session.engine.state.header["seed"],
            state="running",
            reason="",
            started=state.header["started"],
            seconds=session.engine.journal.seconds,
            candidates=state.candidates,
            budget=state.budget.to_body(),
            statuses=dict(state.statuses.most_common()),
            best=None if state.best is None else state.best.evaluation,
            best_at=self._best_at,
            objective=session.problem.objectives[0].name,
            best_known=None if best_known is None else best_known.value,
            usage=state.spent,
            priced=priced(state.header),
        )
        return Vitals(
            summary,
            figures=session.recipe.stats(),
            in_flight=session.engine.in_flight,
            slots=session.executor.slots,
            isolation="" if state.best is None else state.best.evaluation.isolation,
            failure=max(self._failures.values(), key=lambda group: group.count, default=None),
        )

    @contextmanager
    def _panel(self, session: Session) -> Generator[None, None, None]:
        with Live(self.vitals(session).panel(), console=self.console, auto_refresh=False) as live:

            def draw() -> None:
                live.update(self.vitals(session).panel(), refresh=True)

            with _repeated(draw, PANEL_SECONDS):
                yield
            draw()

    @contextmanager
    def _heartbeat(self, session: Session) -> Generator[None, None, None]:
        def beat() -> None:
            self.console.print(heartbeat(self.vitals(session).summary), markup=False, highlight=False)

        with _repeated(beat, HEARTBEAT_SECONDS):
            yield

    def _line(self, known: Known, gain: float | None) -> None:
        if self.console.is_terminal:
            return
        evaluation = known.evaluation
        better = "" if gain is None else f" ({gain:+.3g})"
        line = f"{duration(self._best_at)}  best {number(evaluation.fitness, 9)}{better}"
        self.console.print(
            f"{line}  {known.candidate.id}  {known.candidate.operator}", markup=False, highlight=False
        )


@contextmanager
def _repeated(action: Callable[[], None], seconds: float) -> Generator[None, None, None]:
    """Call the action every so many seconds from the running loop."""
    loop = asyncio.get_running_loop()
    timer: asyncio.TimerHandle

    def tick() -> None:
        nonlocal timer
        timer = loop.call_later(seconds, tick)
        action()

    timer = loop.call_later(seconds, tick)
    try:
        yield
    finally:
        timer.cancel()


def heartbeat(summary: Summary) -> str:
    """Give the line that says that a run is alive."""
    total = sum(summary.statuses.values())
    limit = summary.budget.get("candidates")
    left = eta(summary)
    parts = [
        duration(summary.seconds),
        f"candidates {summary.candidates}{f'/{limit}' if limit else ''}",
        f"ok {percent(summary.statuses.get('ok', 0), total)}",
        f"best {number(summary.best_value, 9)}",
        "" if left is None else f"eta {brief(left)}",
    ]
    return "  ".join(filter(None, parts))
