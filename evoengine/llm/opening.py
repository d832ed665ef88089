"""From a model's description to something that answers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from evoengine.errors import ModelError
from evoengine.llm.blind import BlindModel
from evoengine.llm.calls import AttemptError, Client, HTTPClient
from evoengine.llm.local import LocalServer
from evoengine.llm.scripted import ScriptedModel
from evoengine.llm.simulated import SimulatedModel
from evoengine.llm.specs import BLIND, GGUF, SCRIPTED, SIMULATED, ModelSpec

_NAME_PAUSES = (0.0, 0.25, 0.5, 1.0)
"""Seconds before each attempt to ask an endpoint what it offers."""


class Opener:
    """Opens models, and closes what it opened for them: connections and local servers."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = environment
        self._connect: Callable[[ModelSpec], HTTPClient] | None = None
        self._closers: list[Callable[[], Awaitable[None]]] = []
        self._urls: dict[str, str] = {}

    async def open(self, spec: ModelSpec) -> tuple[ModelSpec, Client]:
        """Give the model with its name filled in, and its client.

        Raises
        ------
        ConfigError
            A script is wrong, or the extra for local models is not installed.
        ModelError
            No key, no answer, or several models to choose from.
        """
        if spec.base_url.startswith(SCRIPTED):
            return spec, ScriptedModel(spec)
        if spec.base_url == SIMULATED:
            return spec, SimulatedModel()
        if spec.base_url.startswith(BLIND):
            return spec, BlindModel(int(spec.base_url.removeprefix(BLIND)))
        if spec.base_url.startswith(GGUF):
            return spec, self._client(replace(spec, base_url=await self._served(spec)))
        if not spec.name:
            spec = replace(spec, name=await self._only(spec))
        return spec, self._client(spec)

    async def close(self) -> None:
        """Close connections and stop servers, the latest first. May be called twice."""
        self._connect = None
        self._urls.clear()
        while self._closers:
            await self._closers.pop()()

    async def _served(self, spec: ModelSpec) -> str:
        """Give the address of the server of a file of weights, started once for all models that are of this file."""
        if spec.base_url not in self._urls:
            server = await LocalServer.start(spec)
            self._closers.append(server.stop)
            self._urls[spec.base_url] = server.url
        return self._urls[spec.base_url]

    def _client(self, spec: ModelSpec) -> HTTPClient:
        if self._connect is None:
            from evoengine.llm.client import Endpoints  # noqa: PLC0415 - it takes a second, which only those pay who call a model

            endpoints = Endpoints(self._environment)
            self._connect = endpoints.client
            self._closers.append(endpoints.close)
        return self._connect(spec)

    async def _only(self, spec: ModelSpec) -> str:
        """Ask an endpoint for the name of its only model."""
        client = self._client(spec)
        trouble = ""
        for pause in _NAME_PAUSES:
            await asyncio.sleep(pause)
            try:
                names = await client.offered()
            except AttemptError as error:
                trouble = str(error)
                continue
            if len(names) == 1:
                return names[0]
            raise ModelError(
                f"{spec.base_url} offers {len(names)} models: {', '.join(sorted(names)[:20])}",
                cure=f"name one: {spec.base_url}#{names[0] if names else 'MODEL'}",
            )
        raise ModelError(
            f"{spec.base_url}: {trouble}", cure="see whether the endpoint is up and the address is right"
        )
