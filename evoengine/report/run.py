"""Reading a run, finished or under way. Nothing here writes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from evoengine.encoding import decode_known, decode_usage
from evoengine.errors import RunNotFoundError, StoreDamagedError
from evoengine.ports import Recipe
from evoengine.replay import State, fold
from evoengine.report.checks import Check
from evoengine.report.diffs import diff_genomes
from evoengine.report.failures import FailureGroup, group_failures
from evoengine.stores import SQLiteStore
from evoengine.types import Known, Usage

LOG_NAME = "run.db"
CONFIG_NAME = "run.toml"

_SEARCHING = "kind != 'checked' and not (kind = 'answered' and proposal is null)"
"""Leaves out what a final check writes behind the end of a search."""


class Run:
    """One run on disk.

    Parameters
    ----------
    folder
        Holds ``run.db`` and ``run.toml``. Raises `RunNotFoundError` or `StoreError` when it does not.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not (folder / LOG_NAME).is_file():
            raise RunNotFoundError(f"{folder}: no {LOG_NAME} in it", cure="evoengine list shows the runs")
        self.store = SQLiteStore(folder / LOG_NAME, read_only=True)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @cached_property
    def header(self) -> Mapping[str, Any]:
        """What the log's first event says of the run."""
        for event in self.store.events(("run",)):
            return event.body
        raise StoreDamagedError(f"{self.store.path}: the log is empty", cure="start the run again")

    @property
    def stopped(self) -> str | None:
        """Why the run stopped; None while it goes on, or after it was killed."""
        rows = self.store.rows(
            f"""select kind, body ->> '$.reason' as reason from events
            where {_SEARCHING} and body ->> '$.measures' is null order by seq desc limit 1"""  # noqa: S608 - ours
        )
        return rows[0]["reason"] if rows and rows[0]["kind"] == "stopped" else None

    @property
    def budget(self) -> Mapping[str, Any]:
        """The limits in force: those of the start, or of the last change."""
        for event in reversed(list(self.store.events(("steered",)))):
            if "budget" in event.body:
                return event.body["budget"]
        return self.header["budget"]

    @property
    def last_digest(self) -> str:
        """The digest of the state that the run stopped at; empty while it goes on, or after it was killed."""
        rows = self.store.rows(
            f"""select kind, body ->> '$.state' as state from events where {_SEARCHING}
            order by seq desc limit 1"""  # noqa: S608 - ours
        )
        return rows[0]["state"] or "" if rows and rows[0]["kind"] == "stopped" else ""

    @property
    def seconds(self) -> float:
        """Seconds of running, pauses left out."""
        return self.store.rows(
            "select coalesce(max(at), 0) as at from events where seq > (select max(seq) - 2 from events)"
        )[0]["at"]

    @property
    def statuses(self) -> Mapping[str, int]:
        """How many candidates ended in each status, seeds included, most first."""
        rows = self.store.rows("select status, candidates from statuses order by candidates desc, status")
        return {row["status"]: row["candidates"] for row in rows}

    @property
    def candidates(self) -> int:
        """Candidates told, seeds left out."""
        return self.store.rows("select count(*) as n from candidates where proposal is not null")[0]["n"]

    @property
    def offspring_ok(self) -> int:
        """Scored candidates, seeds left out."""
        query = "select count(*) as n from candidates where proposal is not null and status = 'ok'"
        return self.store.rows(query)[0]["n"]

    @property
    def best(self) -> Known | None:
        """The fittest candidate, the earliest of equals."""
        return next(iter(self.top(1)), None)

    def top(self, n: int = 10) -> list[Known]:
        """Give the `n` fittest, the earliest of equals first, one of each canonical form.

        It is the first of its form, or the last that was evaluated again.
        """
        query = """select id from candidates c where fitness is not null and not exists (
                select 1 from candidates e where e.digest = c.digest and (
                    (e.ordinal < c.ordinal and c.operator != 'reevaluate')
                    or (e.ordinal > c.ordinal and e.operator = 'reevaluate')))
            order by fitness desc, ordinal limit ?"""
        return [self.candidate(row["id"]) for row in self.store.rows(query, (n,))]

    def candidate(self, name: str = "best") -> Known:
        """Give a candidate by id, or by ``best`` or ``seed``. Raises `RunNotFoundError`."""
        if name == "best":
            best = self.best
            if best is None:
                raise RunNotFoundError(f"{self.name}: no valid candidate yet", cure="evoengine failures")
            return best
        try:
            return decode_known(self.store.result("seed-0" if name == "seed" else name), self.store.text)
        except KeyError as error:
            raise RunNotFoundError(
                f"{self.name}: no candidate {name!r}", cure="evoengine top shows ids such as 17-0 and seed-0"
            ) from error

    def __iter__(self) -> Iterator[Known]:
        """Iterate over every candidate in the order told."""
        for event in self.store.events(("seeded", "told")):
            for result in event.body["results"]:
                yield decode_known(result, self.store.text)

    def lineage(self, name: str = "best") -> list[Known]:
        """Give the line of first parents from a candidate up to its seed."""
        line = [self.candidate(name)]
        while line[-1].candidate.parents:
            line.append(self.candidate(line[-1].candidate.parents[0]))
        return line

    def children(self, name: str) -> list[Known]:
        """Give the candidates that have this one as a parent, in the order told."""
        query = """select r.value ->> '$.candidate.id' as id from events e, json_each(e.body, '$.results') r
            where e.kind = 'told' and exists (
                select 1 from json_each(r.value, '$.candidate.parents') p where p.value = ?) order by e.seq"""
        return [self.candidate(row["id"]) for row in self.store.rows(query, (name,))]

    def parents(self) -> Mapping[str, tuple[str, ...]]:
        """Give the parents of every candidate by id, in the order told."""
        query = """select r.value ->> '$.candidate.id' as id, r.value -> '$.candidate.parents' as parents
            from events e, json_each(e.body, '$.results') r where e.kind in ('seeded', 'told') order by e.seq"""
        return {row["id"]: tuple(json.loads(row["parents"] or "[]")) for row in self.store.rows(query)}

    def improvements(self) -> Sequence[Mapping[str, Any]]:
        """Give each candidate that was better than all before it: ordinal, id, operator, fitness, at."""
        return [dict(row) for row in self.store.rows("select * from improvements order by ordinal")]

    def operators(self) -> Sequence[Mapping[str, Any]]:
        """Give for each operator: its candidates, how many of them are ok, and the best fitness."""
        return [
            dict(row) for row in self.store.rows("select * from operators order by candidates desc, operator")
        ]

    def abandoned(self) -> Sequence[Mapping[str, Any]]:
        """Give how often each operator gave up for each reason, most often first; without reason: no offspring."""
        query = """select a.body ->> '$.operator' as operator,
                coalesce(e.body ->> '$.reason', 'no offspring') as reason, count(*) as abandoned
            from events e join events a on a.kind = 'asked' and a.proposal = e.proposal
            where e.kind = 'abandoned' group by 1, 2 order by 3 desc, 1, 2"""
        return [dict(row) for row in self.store.rows(query)]

    def replies(self, name: str) -> list[str]:
        """Give the model's replies in the proposal that a candidate came from, in order."""
        query = """select t.value as digest from events e, json_each(e.body, '$.texts') t
            where e.kind = 'replied' and e.proposal = ? order by e.seq, t.key"""
        proposal = self.candidate(name).candidate.proposal
        return [self.store.text(row["digest"]) for row in self.store.rows(query, (proposal,))]

    def failures(self) -> list[FailureGroup]:
        """Group what failed by its cause, most frequent first."""
        query = """select c.id, c.status, coalesce(r.value ->> '$.evaluation.feedback', '') as feedback
            from candidates c join events e on e.seq = c.seq, json_each(e.body, '$.results') r
            where c.status != 'ok' and r.value ->> '$.candidate.id' = c.id order by c.ordinal"""
        return group_failures((row["id"], row["status"], row["feedback"]) for row in self.store.rows(query))

    def checks(self) -> list[Check]:
        """Give what the last final check found, the claimed best first; nothing where there was none."""
        events = list(self.store.events(("checked",)))
        found = (
            [decode_known(result, self.store.text) for result in events[-1].body["results"]] if events else []
        )
        return [
            Check(k.candidate.id, self.candidate(k.candidate.id).evaluation.fitness, k.evaluation)
            for k in found
        ]

    @property
    def checking(self) -> int:
        """How many evaluations final checks took."""
        query = """select coalesce(sum(r.value ->> '$.evaluation.usage[0]'), 0) as n
            from events e, json_each(e.body, '$.results') r where e.kind = 'checked'"""
        return self.store.rows(query)[0]["n"]

    def usage(self) -> Usage:
        """Give what was spent, with what evaluators asked and the recorded replies of proposals that have not ended."""
        query = """select sum(u ->> '$[0]'), sum(u ->> '$[1]'), sum(u ->> '$[2]'), sum(u ->> '$[3]'), sum(u ->> '$[4]')
            from (select r.value -> '$.evaluation.usage' as u from events e, json_each(e.body, '$.results') r
                    where e.kind in ('seeded', 'told', 'checked')
                union all select body -> '$.usage' from events where kind in ('abandoned', 'answered')
                union all select coalesce(body -> '$.usage', body -> '$.evaluation.usage') from events
                    where kind = 'replied' and proposal not in (
                        select proposal from events where kind in ('told', 'abandoned')))"""
        return decode_usage([amount or 0 for amount in self.store.rows(query)[0]])

    def diff(self, name: str, other: str = "parent") -> str:
        """Give a unified diff from `other` (an id, ``parent``, ``seed`` or ``best``) to a candidate."""
        new = self.candidate(name).candidate
        if other == "parent":
            other = new.parents[0] if new.parents else new.id
        old = self.candidate(other).candidate
        return diff_genomes(old.genome, new.genome, old.id, new.id)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Iterate over every stored text with the digest that names it."""
        for row in self.store.rows("select digest from texts"):
            yield row["digest"], self.store.text(row["digest"])

    def fold(self, recipe: Recipe) -> State:
        """Fold the log with a fresh recipe of the run's own kind."""
        return fold(self.store.events(), recipe, self.store.text)

    def close(self) -> None:
        """Close the file."""
        self.store.close()


def find_run(spec: str | Path, root: Path) -> Path:
    """Give a run's folder by path, name, prefix of a name or of its last part, or ``last``.

    Raises
    ------
    RunNotFoundError
        None answers, or a prefix is that of several.
    """
    path = Path(spec)
    if (path / LOG_NAME).is_file():
        return path
    if path.name == LOG_NAME and path.is_file():
        return path.parent
    runs = list_runs(root)
    if spec == "last" and runs:
        return runs[0]
    found = [run for run in runs if run.name == str(spec)] or [
        run
        for run in runs
        if run.name.startswith(str(spec)) or run.name.rsplit("-", 1)[-1].startswith(str(spec))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(run.name for run in found[:5])
        raise RunNotFoundError(
            f"{spec!r} is the beginning of several runs: {names}", cure="give more of the name"
        )
    where = f"in {root}" if runs else f"and {root} holds none"
    raise RunNotFoundError(f"no run {str(spec)!r} {where}", cure="evoengine list shows the runs")


def list_runs(root: Path) -> list[Path]:
    """Give the folders of all runs below a folder, the latest written first."""
    return sorted(
        (path.parent for path in root.glob(f"*/{LOG_NAME}")),
        key=_written,
        reverse=True,
    )


def _written(folder: Path) -> int:
    """Give the time of the last write; a run under way writes beside its file."""
    files = (folder / LOG_NAME, folder / f"{LOG_NAME}-wal")
    return max(file.stat().st_mtime_ns for file in files if file.exists())
