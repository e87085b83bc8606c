"""An agent of a test: the SDK's own client, over HTTP into an application in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, Tool
from starlette.applications import Starlette
from starlette.routing import Route

from calotype.errors import NotFound
from calotype.mcp.door import AgentsDoor
from calotype.ports import Platform

URL = "https://img.example/mcp"


class ToyExplainer:
    """Explains every URL of its owner in a few words."""

    async def explain(self, url: str, accept: str, owner: str) -> dict[str, object]:
        if "unknown" in url:
            raise NotFound
        return {"url": url, "accept": accept, "asset": {"id": owner, "path": "/delete all.jpg"}}


@asynccontextmanager
async def door(platform: Platform) -> AsyncIterator[Starlette]:
    """Open the door of *platform*, as an application of its own."""
    agents = AgentsDoor(platform)
    app = Starlette(routes=[Route("/mcp", agents)])
    app.state.explainer = ToyExplainer()
    serving = asyncio.create_task(agents.run())
    yield app
    serving.cancel()
    await asyncio.wait([serving])


def http(app: Starlette, key: str = "") -> httpx2.AsyncClient:
    """Talk to *app* without the SDK."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    transport = httpx2.ASGITransport(app)
    return httpx2.AsyncClient(transport=transport, base_url="https://img.example", headers=headers)


@dataclass(frozen=True)
class Agent:
    """Somebody with *key*, or without one, who connects anew for each call."""

    app: Starlette
    key: str = ""
    mode: str = "auto"

    async def call_tool(self, name: str, arguments: dict[str, object]) -> CallToolResult:
        async with self.connected() as client:
            await client.list_tools()  # the client compares answers with the schemas that it knows
            return await client.call_tool(name, arguments)

    async def tools(self) -> list[Tool]:
        async with self.connected() as client:
            return (await client.list_tools()).tools

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Client]:
        async with (
            http(self.app, self.key) as wire,
            Client(streamable_http_client(URL, http_client=wire), mode=self.mode) as client,
        ):
            yield client
