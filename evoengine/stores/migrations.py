"""The log's schema, as ordered, named, transactional and recorded steps."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("evoengine")
"""Each step is one transaction; sqlite-utils records its name and date in the file."""


@migrations(name="0001-log")
def log(db: Database) -> None:
    """Create the events, the texts they name, and an index of candidates kept by trigger.

    `candidates` and the views are derived: they hold nothing that the events do not.
    """
    for statement in _LOG:
        db.conn.execute(statement)


@migrations(name="0002-answers")
def answers(db: Database) -> None:
    """Index what evaluators' questions were answered."""
    db.conn.execute("create index answers_by_key on events(body ->> '$.key') where kind = 'answered'")


@migrations(name="0003-scores")
def scores(db: Database) -> None:
    """Keep earlier versions from logs whose scores on many cases lie in `texts`: they would misread them."""
    del db


_LOG = (
    """create table events(
        seq integer primary key, kind text not null, proposal integer, at real not null, body text not null) strict""",
    "create index events_by_proposal on events(proposal, kind) where proposal is not null",
    "create table texts(digest text not null, data blob not null) strict",
    "create unique index texts_by_digest on texts(digest)",
    """create table candidates(
        ordinal integer primary key, id text not null, proposal integer, seq integer not null, digest text not null,
        operator text not null, model text, island integer not null, status text not null, fitness real,
        stage integer not null, exact integer not null, at real not null) strict""",
    "create unique index candidates_by_id on candidates(id)",
    "create index candidates_by_digest on candidates(digest)",
    "create index candidates_by_fitness on candidates(fitness desc, ordinal) where fitness is not null",
    """create trigger index_results after insert on events when new.kind in ('seeded', 'told') begin
        insert into candidates(
            id, proposal, seq, digest, operator, model, island, status, fitness, stage, exact, at)
        select r.value ->> '$.candidate.id', new.proposal, new.seq, r.value ->> '$.candidate.digest',
            r.value ->> '$.candidate.operator', r.value ->> '$.candidate.model',
            coalesce(r.value ->> '$.candidate.island', 0), r.value ->> '$.evaluation.status',
            r.value ->> '$.evaluation.fitness', coalesce(r.value ->> '$.evaluation.stage', 0),
            coalesce(r.value ->> '$.evaluation.exact', 0), new.at
        from json_each(new.body, '$.results') r;
    end""",
    """create view improvements as
        select ordinal, id, operator, fitness, at from (
            select *, max(fitness) over (order by ordinal rows between unbounded preceding and 1 preceding) as before
            from candidates where fitness is not null)
        where before is null or fitness > before""",
    """create view operators as
        select operator, count(*) as candidates, sum(status = 'ok') as ok, max(fitness) as best
        from candidates group by operator""",
    "create view statuses as select status, count(*) as candidates from candidates group by status",
)
