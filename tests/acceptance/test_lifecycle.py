"""An image's end at every door and in every tier: because its time came, it was deleted, or it is blocked.

The whole application runs in this process, on real files and with real jobs, so that its clock can be moved.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

import pictures
from calotype import bootstrap
from calotype.adapters.catalog import open_stores
from calotype.app import Application
from calotype.ports import Job
from calotype.settings import Settings
from platforms import StoppedClock

pytestmark = pytest.mark.slow

BASE = "http://127.0.0.1:8000"
LONG_S = 60
REMEMBERED = {"events", "workflow_status", "workflow_input", "workflow_output"}
"""The tables that may name what is gone: what happened, for an hour or 10,000 events."""


@dataclass
class House:
    """A server on its folder, and somebody with a key."""

    app: Application
    settings: Settings
    clock: StoppedClock
    http: httpx.AsyncClient

    async def upload(self, **fields: str) -> dict[str, str]:
        files = {"file": ("photo.jpg", pictures.jpeg(400, 300), "image/jpeg")}
        response = await self.http.post("/v1/upload", data=fields, files=files)
        assert response.status_code == 201, response.text
        return response.json()

    async def statuses(self, *urls: str) -> list[int]:
        """Ask for each, without a key, as any visitor does."""
        asked = [self.http.build_request("GET", url) for url in urls]
        for request in asked:
            del request.headers["authorization"]
        return [(await self.http.send(request)).status_code for request in asked]

    async def run(self, job: Job) -> None:
        stores = await open_stores(self.settings.database_url)
        await stores.jobs.enqueue(job)
        await stores.catalog.close()

    def tiers(self, id_: str) -> list[str]:
        """List whatever names *id_*: blobs, files of the cache, answers in memory, rows."""
        data = self.settings.data_dir
        files = [
            path for folder in ("blobs", "cache") for path in (data / folder).rglob("*") if path.is_file()
        ]
        named = [str(path.relative_to(data)) for path in files if id_ in str(path)]
        memory = [key for key, held in self.app._door._hot._by_key.items() if held.asset_id == id_]
        return named + memory + self.rows(id_)

    def rows(self, id_: str) -> list[str]:
        with closing(sqlite3.connect(self.settings.data_dir / "calotype.db")) as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            tables = {name for (name,) in names} - REMEMBERED
            return sorted(
                table
                for table in tables
                if any(id_ in str(row) for row in database.execute(f"SELECT * FROM {table}"))
            )


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG_S):
        while not condition():  # noqa: ASYNC110 - files tell nobody
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(app: Application) -> AsyncIterator[None]:
    told, heard = asyncio.Queue(), asyncio.Queue()
    life = asyncio.create_task(app({"type": "lifespan", "state": {}}, told.get, heard.put))
    await told.put({"type": "lifespan.startup"})
    assert (await heard.get())["type"] == "lifespan.startup.complete"
    yield
    await told.put({"type": "lifespan.shutdown"})
    assert (await heard.get())["type"] == "lifespan.shutdown.complete"
    await life


def prepare(settings: Settings) -> str:
    with bootstrap.prepared(settings) as ready:
        return re.search(r"img_live_\w+", ready.message)[0]


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    clock = StoppedClock(datetime.now(UTC))
    monkeypatch.setattr(bootstrap, "now", clock)
    settings = Settings(data_dir=tmp_path, base_url=BASE, cdn_url="", render_slots=1)
    key = await asyncio.to_thread(prepare, settings)
    app = Application(settings)
    headers = {"Authorization": f"Bearer {key}"}
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE, headers=headers)
    async with running(app), http:
        yield House(app, settings, clock, http)


def doors(made: dict[str, str], path: str) -> list[str]:
    """List where a visitor finds the image: the CDN, a variant of it, its path, its page, both generations' API."""
    id_ = made["id"]
    return [
        *(made["src"], f"{made['src']}?size=s", f"/ik/default{path}", f"/{id_}"),
        *(f"/v1/media/{id_}", f"/v1/images/{id_}"),
    ]


async def path_of(house: House, id_: str) -> str:
    with closing(sqlite3.connect(house.settings.data_dir / "calotype.db")) as database:
        [(folder, name)] = database.execute("SELECT folder, file_name FROM assets WHERE id = ?", (id_,))
    return f"{folder}{name}"


async def test_what_has_expired_is_nowhere_from_its_second_on_and_leaves_no_byte(house):
    made = await house.upload(ttl="5m", external_id="one", tags="lake")
    kept = await house.upload(tags="lake")
    path = await path_of(house, made["id"])
    for _ in range(2):  # the second answers are from memory
        assert await house.statuses(*doors(made, path)) == [200] * 6
    assert (await house.http.get(made["src"])).headers["cache-control"] == "public, max-age=300"
    house.clock.now += timedelta(minutes=5)
    assert await house.statuses(*doors(made, path)) == [404] * 6
    listed = (await house.http.get("/v1/media?tags=lake")).json()
    assert [each["id"] for each in listed["data"]] == [kept["id"]]
    again = await house.upload(external_id="one")
    assert again["id"] != made["id"]
    assert "assets" in house.tiers(made["id"])
    await house.run(Job("expire/now", "expire", {}))
    await until(lambda: house.tiers(made["id"]) == [])
    assert await house.statuses(*doors(kept, await path_of(house, kept["id"]))) == [200] * 6


async def test_what_is_deleted_leaves_nothing_in_any_tier(house):
    made = await house.upload(tags="lake", external_id="one")
    path = await path_of(house, made["id"])
    assert await house.statuses(*doors(made, path)) == [200] * 6
    before = house.tiers(made["id"])
    assert {name.split("/")[0] for name in before} >= {"blobs", "cache", "assets", "versions", "asset_tags"}
    assert (await house.http.delete(f"/v1/media/{made['id']}")).status_code == 204
    assert await house.statuses(*doors(made, path)) == [404] * 6
    await until(lambda: house.tiers(made["id"]) == [])


async def test_a_batch_that_is_deleted_leaves_nothing_in_any_tier(house):
    gone = [await house.upload() for _ in range(3)]
    for made in gone:
        assert await house.statuses(f"{made['src']}?size=s") == [200]
    ids = [made["id"] for made in gone]
    answer = await house.http.request("DELETE", "/v1/images/batch", json={"ids": ids})
    assert answer.status_code == 200
    await until(lambda: [tier for id_ in ids for tier in house.tiers(id_)] == [])


async def test_what_is_blocked_is_gone_from_every_door_at_the_next_request_and_back_when_cleared(house):
    made = await house.upload()
    path = await path_of(house, made["id"])
    for _ in range(2):
        assert await house.statuses(*doors(made, path)) == [200] * 6
    await command(house, "assets", "set", made["id"], "--block")
    assert await house.statuses(*doors(made, path)) == [403, 403, 403, 404, 403, 403]
    refused = await house.http.get(f"/v1/media/{made['id']}")
    assert (refused.status_code, refused.json()["error"]) == (403, "media_blocked")
    await command(house, "assets", "set", path, "--clear")
    assert await house.statuses(*doors(made, path)) == [200] * 6


async def test_what_is_locked_is_served_and_neither_changed_nor_deleted(house):
    made = await house.upload()
    await command(house, "assets", "set", made["id"], "--lock")
    assert await house.statuses(made["src"], f"/v1/media/{made['id']}") == [200, 200]
    for answer in (
        await house.http.patch(f"/v1/media/{made['id']}", json={"name": "new.jpg"}),
        await house.http.delete(f"/v1/media/{made['id']}"),
    ):
        assert (answer.status_code, answer.json()["error"]) == (403, "media_locked")
    await command(house, "assets", "set", made["id"], "--clear")
    assert (await house.http.delete(f"/v1/media/{made['id']}")).status_code == 204


async def command(house: House, *arguments: str) -> None:
    """Type a command, in a process of its own as an operator does."""
    from served import CALOTYPE

    process = await asyncio.create_subprocess_exec(
        CALOTYPE, *arguments, env={"CALOTYPE_DATA_DIR": str(house.settings.data_dir)}
    )
    assert await process.wait() == 0
