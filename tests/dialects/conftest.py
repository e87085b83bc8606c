"""img.pro's API over a platform in memory, and the people who use it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

import pictures
from answers import Contract, imgpro_document
from calotype.dialects import imgpro
from calotype.domain.workspaces import Ability
from calotype.ports import Platform
from explainers import explainer_of
from platforms import key_for, memory_platform

PHOTO = pictures.jpeg(64, 48)


@dataclass
class User:
    """Somebody who talks to the API, with a key or without."""

    http: httpx.AsyncClient
    headers: dict[str, str]

    async def upload(
        self, data: bytes = PHOTO, filename: str = "photo.jpg", content_type: str = "", **fields: str
    ) -> httpx.Response:
        files = {"file": (filename, data, content_type or "image/jpeg")}
        return await self.http.post("/v1/upload", data=fields, files=files, headers=self.headers)

    async def uploaded(self, data: bytes = PHOTO, **fields: str) -> dict[str, object]:
        response = await self.upload(data, **fields)
        assert response.status_code == 201, response.text
        return response.json()

    async def get(self, path: str, /, **parameters: str | int) -> httpx.Response:
        return await self.http.get(path, params=parameters, headers=self.headers)

    async def patch(self, path: str, /, **members: object) -> httpx.Response:
        return await self.http.patch(path, json=members, headers=self.headers)

    async def delete(self, path: str) -> httpx.Response:
        return await self.http.delete(path, headers=self.headers)

    async def names(self, **parameters: str | int) -> list[str]:
        response = await self.get("/v1/media", **parameters)
        assert response.status_code == 200, response.text
        return [each["name"] for each in response.json()["data"]]


@pytest.fixture
async def platform(tmp_path: Path, request: pytest.FixtureRequest) -> Platform:
    """A platform with the settings that the test is parametrized by, if any."""
    return await memory_platform(tmp_path, **getattr(request, "param", {}))


@pytest.fixture
async def http(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    """Talk to the API; every answer of it has to be one that the OpenAPI document tells of."""
    contract = Contract(imgpro_document(platform.settings))

    async def check(response: httpx.Response) -> None:
        await response.aread()
        contract.check(response)

    app = Starlette(routes=imgpro.routes(platform))
    app.state.explainer = await explainer_of(platform)
    transport = httpx.ASGITransport(app)
    hooks = {"response": [check]}
    async with httpx.AsyncClient(
        transport=transport, base_url="https://img.example", event_hooks=hooks
    ) as client:
        yield client


def _with(http: httpx.AsyncClient, secret: str) -> User:
    return User(http, {"Authorization": f"Bearer {secret}"})


@pytest.fixture
async def nobody(http: httpx.AsyncClient) -> User:
    return User(http, {})


@pytest.fixture
async def owner(platform: Platform, http: httpx.AsyncClient) -> User:
    return _with(http, await key_for(platform))


@pytest.fixture
async def reader(platform: Platform, http: httpx.AsyncClient) -> User:
    return _with(http, await key_for(platform, abilities=frozenset({Ability.READ})))


@pytest.fixture
async def writer(platform: Platform, http: httpx.AsyncClient) -> User:
    return _with(http, await key_for(platform, abilities=frozenset({Ability.WRITE})))


@pytest.fixture
async def neighbour(platform: Platform, http: httpx.AsyncClient) -> User:
    return _with(http, await key_for(platform, "neighbour"))
