"""People who talk to IMG Processing's API over a platform in memory, with the doors that its public URLs go through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from starlette.applications import Starlette

import pictures
from answers import Contract
from calotype.dialects import imgpro, imgprocessing
from calotype.dialects.imgprocessing.api import PATHS, PREFIX
from calotype.dialects.imgprocessing.reference.document import document
from calotype.domain.workspaces import Ability, Stage
from calotype.ports import Platform
from calotype.services import keys, workspaces
from calotype.services.delivery import Delivery
from calotype.web.delivery import DeliveryDoor
from calotype.web.doors import Door, Doors, Template
from calotype.web.hot import HotResponses

BASE = "https://img.example/img-processing"
PHOTO = pictures.jpeg(64, 48)
IMAGES = "/img-processing/v1/images"


class Counter:
    """Counts nothing."""

    def tier(self, name: str) -> None:
        """Bytes came from somewhere."""

    def hit(self, method: bytes, url: bytes, status: int, size: int) -> None:
        """A request was answered."""


@dataclass
class Sender:
    """Somebody with a key, or without."""

    http: httpx.AsyncClient
    headers: dict[str, str]

    async def upload(self, data: bytes = PHOTO, name: str = "a") -> httpx.Response:
        """Create an image as the SDK does: the name first, and a file called `blob`."""
        parts = {"name": (None, name), "image": ("blob", data, "image/jpeg")}
        return await self.http.post(f"{IMAGES}/upload", files=parts, headers=self.headers)

    async def uploaded(self, data: bytes = PHOTO, name: str = "a") -> dict[str, object]:
        """Create an image, and give it as it was answered."""
        response = await self.upload(data, name)
        assert response.status_code == 201, response.text
        return response.json()

    async def get(self, path: str = "", **parameters: str | int) -> httpx.Response:
        return await self.http.get(f"{IMAGES}{path}", params=parameters, headers=self.headers)

    async def post(self, path: str = "", **members: object) -> httpx.Response:
        return await self.http.post(f"{IMAGES}{path}", json=members, headers=self.headers)

    async def send(self, path: str, content: bytes, content_type: str = "application/json") -> httpx.Response:
        headers = {**self.headers, "content-type": content_type}
        return await self.http.post(f"{IMAGES}{path}", content=content, headers=headers)

    async def bare(self, path: str, method: str = "POST") -> httpx.Response:
        """Ask without any body."""
        return await self.http.request(method, f"{IMAGES}{path}", headers=self.headers)

    async def names(self, **parameters: str | int) -> list[str]:
        """List the names of a page."""
        response = await self.get(**parameters)
        assert response.status_code == 200, response.text
        return [each["name"] for each in response.json()["data"]]


async def secret_for(
    platform: Platform,
    stage: Stage = Stage.LIVE,
    workspace: str = "default",
    abilities: frozenset[Ability] = frozenset(Ability),
) -> str:
    """Make a key of IMG Processing for a workspace, which is made when it is missing."""
    found = await platform.catalog.workspace_by_slug(workspace)
    owner = found or await workspaces.create(platform, workspace)
    _, secret = await keys.create_processing_key(platform, owner, "test", abilities, stage)
    return secret


async def sender_for(http: httpx.AsyncClient, platform: Platform, *words: object) -> Sender:
    """Introduce whoever has a new key, made as `secret_for` says."""
    return Sender(http, {"x-api-key": await secret_for(platform, *words)})


@asynccontextmanager
async def served(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    """Serve both APIs, the public URLs of this one, and img.pro's below `/cdn/`.

    Every answer of this API has to be one that its OpenAPI document tells of.
    """
    contract = Contract(document(platform.settings, PATHS), PREFIX)

    async def check(response: httpx.Response) -> None:
        if response.request.url.path.startswith(PREFIX):
            await response.aread()
            contract.check(response)

    delivery = Delivery(platform, Counter())
    await delivery.rows.start()
    hot = HotResponses(1_000_000, 1_000_000)
    delivery.rows.listen(hot.heed)

    def door(prefix: str, grammar: object) -> Door:
        answer = DeliveryDoor(
            grammar, delivery.bytes_of, freshness=delivery.rows, hot=hot, observer=Counter(),
            clock=platform.clock, max_age=platform.settings.max_age_s,
        )  # fmt: skip
        return Door(prefix, grammar, answer, Template(prefix))

    pages = Starlette(routes=[*imgprocessing.routes(platform), *imgpro.routes(platform)])
    pages.state.delivery = delivery
    published = door("/img-processing/images/", imgprocessing.delivery.grammar(platform, delivery))
    doors = Doors(platform.settings, door("/cdn/", imgpro.delivery.grammar(delivery)), [published], pages)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(doors),
        base_url="https://img.example",
        event_hooks={"response": [check]},
    ) as client:
        yield client
