"""The account pages over a platform in memory, and the people who visit them."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from calotype import dashboard
from calotype.dialects import imgpro
from calotype.ports import Platform
from platforms import memory_platform
from visitors import Visitor


@pytest.fixture
async def platform(tmp_path: Path, request: pytest.FixtureRequest) -> Platform:
    """A platform where any account may register apps, with the settings that the test is parametrized by."""
    chosen = {"app_registration": "any", **getattr(request, "param", {})}
    return await memory_platform(tmp_path, **chosen)


@pytest.fixture
async def browsers(platform: Platform) -> AsyncIterator[Callable[[], Visitor]]:
    """Open browsers, each with cookies of its own."""
    opened: list[httpx.AsyncClient] = []
    routes = [*dashboard.routes(platform), *imgpro.routes(platform)]
    app = Starlette(routes=routes, exception_handlers={404: dashboard.missing(platform)})
    app.router.redirect_slashes = False  # as in the real one

    def browser() -> Visitor:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://img.example")
        opened.append(client)
        return Visitor(client, platform)

    yield browser
    for client in opened:
        await client.aclose()


@pytest.fixture
async def visitor(browsers: Callable[[], Visitor]) -> Visitor:
    """Somebody who is not signed in."""
    return browsers()


@pytest.fixture
async def member(browsers: Callable[[], Visitor]) -> Visitor:
    """Somebody who is."""
    ann = browsers()
    await ann.sign_in()
    return ann
