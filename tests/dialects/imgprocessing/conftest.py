"""IMG Processing's API over a platform in memory, and who asks it: a live key, and a test one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from calotype.domain.workspaces import Stage
from calotype.ports import Platform
from platforms import memory_platform
from processing_people import Sender, sender_for, served


@pytest.fixture
async def platform(tmp_path: Path, request: pytest.FixtureRequest) -> Platform:
    """A platform with the settings that the test is parametrized by, if any."""
    return await memory_platform(tmp_path, **getattr(request, "param", {}))


@pytest.fixture
async def http(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    async with served(platform) as client:
        yield client


@pytest.fixture
async def live(platform: Platform, http: httpx.AsyncClient) -> Sender:
    return await sender_for(http, platform)


@pytest.fixture
async def test_stage(platform: Platform, http: httpx.AsyncClient) -> Sender:
    return await sender_for(http, platform, Stage.TEST)
