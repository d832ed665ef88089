"""Records to JSON bodies and back. Long texts leave the body and are named by digest."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from evoengine.case_scores import decode_cases, encode_cases
from evoengine.effects import Embed, Embedded, Generate, Generated, Message, Question, Reply
from evoengine.ports import Task
from evoengine.rng import digest_text
from evoengine.types import Candidate, Evaluation, Genome, Job, Known, Usage
from evoengine.vectors import read_vector, write_vector

Body = dict[str, Any]
Texts = dict[str, str]


class StoredGenome(Mapping[str, str]):
    """A genome whose texts are fetched from the log when they are first read.

    Folding a log therefore never touches the sources of candidates that nobody looks at.
    """

    __slots__ = ("_fetch", "_names")

    def __init__(self, names: Mapping[str, str], fetch: Callable[[str], str]) -> None:
        self._names = names
        self._fetch = fetch

    def __getitem__(self, name: str) -> str:
        return self._fetch(self._names[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def encode_texts(named: Mapping[str, str], texts: Texts) -> Body:
    """Give name to digest, and put each text into `texts`."""
    return dict(zip(named, _put(list(named.values()), texts), strict=True))


def encode_usage(usage: Usage) -> list[float]:
    """Give evaluations, calls, tokens in, tokens out, dollars."""
    return [usage.evaluations, usage.calls, usage.tokens_in, usage.tokens_out, usage.dollars]


def decode_usage(body: Sequence[float]) -> Usage:
    """Undo `encode_usage`."""
    evaluations, calls, tokens_in, tokens_out, dollars = body
    return Usage(int(evaluations), int(calls), int(tokens_in), int(tokens_out), float(dollars))


def encode_candidate(candidate: Candidate, texts: Texts) -> Body:
    """Give a body; fields at their defaults are left out."""
    body: Body = {
        "id": candidate.id,
        "genome": encode_texts(candidate.genome, texts),
        "digest": candidate.digest,
        "operator": candidate.operator,
    }
    if candidate.parents:
        body["parents"] = list(candidate.parents)
    if candidate.model:
        body["model"] = candidate.model
    if candidate.proposal >= 0:
        body["proposal"] = candidate.proposal
    if candidate.island:
        body["island"] = candidate.island
    if candidate.notes:
        body["notes"] = candidate.notes
    return body


def decode_candidate(body: Mapping[str, Any], fetch: Callable[[str], str]) -> Candidate:
    """Undo `encode_candidate`; `fetch` gives a text by digest when it is first read."""
    return Candidate(
        body["id"],
        StoredGenome(body["genome"], fetch),
        body["digest"],
        tuple(body.get("parents", ())),
        body["operator"],
        body.get("model", ""),
        body.get("proposal", -1),
        body.get("island", 0),
        body.get("notes", ""),
    )


_PLAIN = ("stage", "deviation", "exact", "wall_seconds", "cpu_seconds", "memory_mb", "isolation", "feedback")
_MAPPINGS = ("objectives", "measures")


def encode_evaluation(evaluation: Evaluation, texts: Texts) -> Body:
    """Give a body; empty fields are left out."""
    body: Body = {"status": evaluation.status, "usage": encode_usage(evaluation.usage)}
    if evaluation.fitness is not None:
        body["fitness"] = evaluation.fitness
    for name in _PLAIN:
        value = getattr(evaluation, name)
        if value:
            body[name] = value
    for name in _MAPPINGS:
        values = getattr(evaluation, name)
        if values:
            body[name] = dict(values)
    if evaluation.cases:
        body["cases"] = encode_cases(evaluation.cases, texts)
    if evaluation.artifacts:
        body["artifacts"] = encode_texts(evaluation.artifacts, texts)
    if evaluation.repeats != 1:
        body["repeats"] = evaluation.repeats
    if evaluation.scoring != "trusted":
        body["scoring"] = evaluation.scoring
    return body


def decode_evaluation(body: Mapping[str, Any], candidate: str, fetch: Callable[[str], str]) -> Evaluation:
    """Undo `encode_evaluation` for a candidate's id."""
    get = body.get
    return Evaluation(
        candidate,
        body["status"],
        get("fitness"),
        get("objectives", {}),
        get("measures", {}),
        decode_cases(get("cases", {}), fetch),
        get("feedback", ""),
        StoredGenome(body["artifacts"], fetch) if "artifacts" in body else {},
        get("stage", 0),
        get("repeats", 1),
        get("deviation", 0.0),
        get("exact", False),
        get("wall_seconds", 0.0),
        get("cpu_seconds", 0.0),
        get("memory_mb", 0.0),
        decode_usage(body["usage"]),
        get("isolation", ""),
        get("scoring", "trusted"),
    )


def encode_known(known: Known, texts: Texts) -> Body:
    """Give the body of one result."""
    return {
        "candidate": encode_candidate(known.candidate, texts),
        "evaluation": encode_evaluation(known.evaluation, texts),
    }


def decode_known(body: Mapping[str, Any], fetch: Callable[[str], str]) -> Known:
    """Undo `encode_known`."""
    candidate = decode_candidate(body["candidate"], fetch)
    return Known(candidate, decode_evaluation(body["evaluation"], candidate.id, fetch))


def encode_job(job: Job) -> Body:
    """Give a body; fields at their defaults are left out."""
    body: Body = {"operator": job.operator, "parents": list(job.parents)}
    if job.inspirations:
        body["inspirations"] = list(job.inspirations)
    if job.cell is not None:
        body["cell"] = list(job.cell)
    if job.island:
        body["island"] = job.island
    if job.args:
        body["args"] = dict(job.args)
    return body


def decode_job(proposal: int, body: Mapping[str, Any]) -> Job:
    """Undo `encode_job`."""
    cell = body.get("cell")
    return Job(
        proposal,
        body["operator"],
        tuple(body["parents"]),
        tuple(body.get("inspirations", ())),
        None if cell is None else tuple(cell),
        body.get("island", 0),
        body.get("args", {}),
    )


def encode_task(task: Task) -> Body:
    """Give the body of a task on its way to an evaluator process."""
    return {
        "genome": dict(task.genome),
        "cases": list(task.cases),
        "stage": task.stage,
        "seed": task.seed,
        "sample": task.sample,
    }


def decode_task(body: Mapping[str, Any]) -> Task:
    """Undo `encode_task`."""
    return Task(body["genome"], tuple(body["cases"]), body["stage"], body["seed"], body["sample"])


def digest_request(request: Generate | Embed) -> str:
    """Give the digest of all that a model is asked: messages, number, temperature, role and model; or texts."""
    if isinstance(request, Embed):
        return digest_text(json.dumps(["embed", *request.texts]))
    messages = [[message.role, message.content] for message in request.messages]
    parts = [request.n, request.temperature, request.role, request.model, messages]
    return digest_text(json.dumps([*parts, request.choices] if request.choices else parts))


def question_key(question: Question) -> str:
    """Give the digest that an evaluator's question is recorded under: all that is asked, and the sample."""
    return digest_text(f"{digest_request(question.request)}/{question.sample}")


def encode_question(question: Question) -> Body:
    """Give the body of a question on its way to the engine."""
    body = asdict(question.request)
    return {
        **body,
        "messages": [[m.role, m.content] for m in question.request.messages],
        "sample": question.sample,
    }


def decode_question(body: Mapping[str, Any]) -> Question:
    """Undo `encode_question`."""
    messages = tuple(Message(role, content) for role, content in body["messages"])
    request = Generate(
        messages, body["n"], body["temperature"], body["role"], body["model"], tuple(body["choices"])
    )
    return Question(request, body["sample"])


def encode_answer(reply: Generated) -> Body:
    """Give the body of an answer on its way to the evaluator."""
    return {
        "texts": list(reply.texts),
        "model": reply.model,
        "likelihoods": list(map(dict, reply.likelihoods)),
    }


def decode_answer(body: Mapping[str, Any]) -> Generated:
    """Undo `encode_answer`; what it cost is the engine's to know."""
    return Generated(tuple(body["texts"]), body["model"], likelihoods=tuple(body["likelihoods"]))


def encode_reply(step: int, reply: Reply, texts: Texts, request: Generate | Embed | None = None) -> Body:
    """Give the body of a ``replied`` event, with what was asked where that was a model."""
    if isinstance(reply, Evaluation):
        return {"step": step, "evaluation": encode_evaluation(reply, texts)}
    body: Body = {"step": step, "model": reply.model, "usage": encode_usage(reply.usage)}
    if isinstance(reply, Embedded):
        body["vectors"] = _put([write_vector(vector) for vector in reply.vectors], texts)
    else:
        body["texts"] = _put(reply.texts, texts)
        if reply.likelihoods:
            body["likelihoods"] = list(map(dict, reply.likelihoods))
    if request is not None:
        body["request"] = digest_request(request)
    if isinstance(request, Generate):
        contents = _put([message.content for message in request.messages], texts)
        body["messages"] = [
            [message.role, digest] for message, digest in zip(request.messages, contents, strict=True)
        ]
    return body


def _put(contents: Sequence[str], texts: Texts) -> list[str]:
    digests = [digest_text(content) for content in contents]
    texts.update(zip(digests, contents, strict=True))
    return digests


def decode_messages(body: Mapping[str, Any], fetch: Callable[[str], str]) -> tuple[Message, ...]:
    """Give what the model was asked in a ``replied`` event; nothing where that was not recorded."""
    return tuple(Message(role, fetch(digest)) for role, digest in body.get("messages", ()))


def decode_reply(body: Mapping[str, Any], fetch: Callable[[str], str]) -> Reply:
    """Undo `encode_reply`."""
    if "evaluation" in body:
        return decode_evaluation(body["evaluation"], "", fetch)
    usage = decode_usage(body["usage"])
    if "vectors" in body:
        vectors = tuple(read_vector(fetch(digest)) for digest in body["vectors"])
        return Embedded(vectors, body["model"], usage)
    texts = tuple(fetch(digest) for digest in body["texts"])
    return Generated(texts, body["model"], usage, tuple(body.get("likelihoods", ())))


def genome_of(texts: Genome) -> dict[str, str]:
    """Give a plain, fully loaded copy of a genome."""
    return {name: texts[name] for name in texts}
