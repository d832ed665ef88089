"""Models as operators' counterparts: clients, the pool, metering, caching, recording."""

from evoengine.llm.cache import ReplyCache
from evoengine.llm.gate import Breaker
from evoengine.llm.meter import Account, Meter
from evoengine.llm.pool import ModelPool, ModelStatus
from evoengine.llm.recorded import RecordedLLM
from evoengine.llm.retry import RetryPolicy
from evoengine.llm.specs import ModelSpec, Price, edit_format, parse_model

__all__ = [
    "Account",
    "Breaker",
    "Meter",
    "ModelPool",
    "ModelSpec",
    "ModelStatus",
    "Price",
    "RecordedLLM",
    "ReplyCache",
    "RetryPolicy",
    "edit_format",
    "parse_model",
]
