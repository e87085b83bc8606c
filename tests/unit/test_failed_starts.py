"""What a start that fails leaves open: nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from calotype import bootstrap
from calotype.app import Application
from calotype.errors import NotConfigured, StorageFailed
from calotype.settings import Settings


@pytest.fixture
def still_open(tmp_path: Path) -> Callable[[], list[str]]:
    return lambda: [
        file.path for file in psutil.Process().open_files() if Path(file.path).is_relative_to(tmp_path)
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"blob_url": "ftp://host/images"},
        {"rate_limit_url": "memory:", "workers": 2},
        {"smtp_url": "gopher://host"},
    ],
)
async def test_a_setting_that_is_refused_closes_what_was_opened_before_it(tmp_path, still_open, wrong):
    settings = Settings(data_dir=tmp_path, **wrong)
    await bootstrap.migrate(settings)
    with pytest.raises(NotConfigured) as refused:
        await bootstrap.open_platform(settings).__aenter__()
    assert refused.value.message.startswith(next(iter(wrong)))
    assert still_open() == []


async def test_what_works_is_open_within_the_block_alone(tmp_path, still_open):
    settings = Settings(data_dir=tmp_path)
    await bootstrap.migrate(settings)
    async with bootstrap.open_platform(settings):
        assert str(tmp_path / "calotype.db") in still_open()
    assert still_open() == []


async def test_an_application_that_cannot_start_has_closed_everything_when_it_says_so(tmp_path, still_open):
    app = Application(Settings(data_dir=tmp_path, render_slots=1))  # its database has no tables
    told = []

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        told.append((message["type"], still_open()))

    with pytest.raises(StorageFailed):
        await app({"type": "lifespan", "state": {}}, receive, send)
    assert told == [("lifespan.startup.failed", [])]
