"""What `fsck` finds, what it deletes, and what it never touches; on a real store and a real database."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from calotype.adapters.blobs.local import LocalBlobs
from calotype.adapters.catalog import MEMORY, Stores, migrate, open_stores
from calotype.adapters.catalog.schema import usage
from calotype.domain.assets import Asset, Facts, Version, blob_prefix
from calotype.domain.formats import Format
from calotype.domain.plans import Usage
from calotype.domain.workspaces import Workspace
from calotype.ports import Catalog, Platform
from calotype.services.fsck import Finding, Report, fsck
from calotype.settings import Settings

A, B = "0f3a5c7e9b1d2f4a6c8e0b1d", "0f99999999999999999999ff"
WORKSPACE = "5e5e5e5e5e5e5e5e5e5e5e5e"
BODY = b"a photograph"


@dataclass
class World:
    """A platform, and hands to put things into it."""

    platform: Platform
    now: datetime

    async def store(self, version_id: str, name: str = "original", workspace: str = WORKSPACE) -> str:
        """Put a blob without a row, as an upload does first."""
        spool = self.platform.scratch / "spool"
        spool.write_bytes(BODY)
        key = f"{blob_prefix(workspace, version_id)}{name}"
        await self.platform.blobs.put(key, spool)
        return key

    async def add(self, version_id: str, body: bytes = BODY, **changes: object) -> None:
        """Add a row that says that its original is *body*."""
        await self.platform.catalog.add_asset(asset(version_id, body, **changes), lambda: self.now)

    async def check(self, *, repair: bool = False, holds_lock: bool = False, **choices: object) -> Report:
        return await fsck(self.platform, repair=repair, holds_lock=holds_lock, **choices)

    async def keys(self) -> list[str]:
        return sorted([blob.key async for blob in self.platform.blobs.list()])

    def wait(self, hours: float) -> None:
        """Let time pass."""
        self.now += timedelta(hours=hours)


def asset(version_id: str, body: bytes, **changes: object) -> Asset:
    version = Version(version_id, len(body), hashlib.sha256(body).hexdigest(), Facts(Format.JPEG, 1, 1))
    now = datetime.now(UTC)
    return replace(Asset(version_id, WORKSPACE, "a", "/", f"{version_id}.jpg", version, now, now), **changes)


async def world_of(stores: Stores, data: Path, blobs: Path) -> World:
    (data / "scratch").mkdir(parents=True)
    world = World(None, datetime.now(UTC))
    asked = {"settings", "catalog", "blobs", "meter", "clock"}
    nothing = dict.fromkeys(name for name in Platform.__slots__ if name not in asked)
    settings = Settings(data_dir=data)
    world.platform = Platform(
        settings=settings,
        catalog=stores.catalog,
        blobs=LocalBlobs(blobs),
        meter=stores.meter,
        clock=lambda: world.now,
        **nothing,
    )
    await stores.catalog.add_workspace(Workspace(WORKSPACE, "default", "abc", world.now))
    return world


@pytest.fixture(params=["memory", "sqlite"])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stores]:
    url = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'calotype.db'}"
    await migrate(url)
    opened = await open_stores(url)
    yield opened
    await opened.catalog.close()


@pytest.fixture
async def world(stores: Stores, tmp_path: Path) -> World:
    return await world_of(stores, tmp_path / "data", tmp_path / "data" / "blobs")


# Bytes and rows that agree


async def test_an_empty_installation_is_clean(world: World):
    report = await world.check()
    assert report == Report()
    assert report.clean


async def test_a_blob_with_its_row_is_clean(world: World):
    await world.store(A)
    await world.store(A, "mezzanine")
    await world.add(A)
    world.wait(hours=2)
    assert await world.check(verify=True) == Report(blobs=2, versions=1)


async def test_an_expired_asset_keeps_its_bytes_as_long_as_its_row(world: World):
    await world.store(A)
    await world.add(A, expires_at=world.now + timedelta(minutes=1))
    world.wait(hours=2)
    assert await world.check(repair=True, verify=True) == Report(blobs=1, versions=1)


# Bytes without a row


async def test_an_orphan_is_reported_and_stays(world: World):
    key = await world.store(A)
    world.wait(hours=2)
    report = await world.check()
    assert report == Report(blobs=1, orphans=Finding(1, 12, (key,)))
    assert not report.clean
    assert await world.keys() == [key]


async def test_repair_deletes_an_orphan_whole_and_spares_its_neighbour(world: World):
    kept = await world.store(A)
    await world.add(A)
    await world.store(B)
    await world.store(B, "mezzanine")
    world.wait(hours=2)
    report = await world.check(repair=True)
    assert (report.orphans.count, report.orphans.size, report.deleted, report.clean) == (2, 24, 2, True)
    assert await world.keys() == [kept]


async def test_an_orphan_younger_than_an_hour_may_be_an_upload_and_is_left_alone(world: World):
    key = await world.store(A)
    world.wait(hours=0.9)
    report = await world.check(repair=True)
    assert report == Report(blobs=1, young=Finding(1, 12, (key,)))
    assert report.clean
    assert await world.keys() == [key]


async def test_whoever_holds_the_lock_need_not_wait(world: World):
    await world.store(A)
    world.wait(hours=0.1)
    report = await world.check(repair=True, holds_lock=True)
    assert (report.young.count, report.deleted) == (0, 1)
    assert await world.keys() == []


async def test_the_lock_says_nothing_of_a_store_outside_the_data_directory(tmp_path: Path):
    world = await world_of(await open_stores(MEMORY), tmp_path / "data", tmp_path / "shared" / "blobs")
    key = await world.store(A)
    world.wait(hours=0.1)
    report = await world.check(repair=True, holds_lock=True)
    assert (report.young.count, report.deleted) == (1, 0)
    assert await world.keys() == [key]


async def test_a_version_is_deleted_only_when_all_of_it_is_old(world: World, monkeypatch: pytest.MonkeyPatch):
    old = await world.store(A)
    young = await world.store(A, "mezzanine")
    ages = {old: timedelta(hours=2), young: timedelta(0)}
    aged = LocalBlobs.list

    async def list_(self: LocalBlobs, prefix: str = ""):
        async for blob in aged(self, prefix):
            yield replace(blob, modified=world.now - ages[blob.key])

    monkeypatch.setattr(LocalBlobs, "list", list_)
    report = await world.check(repair=True)
    assert (report.orphans.count, report.young.count, report.deleted) == (1, 1, 0)


async def test_blobs_of_another_layout_or_another_catalog_are_never_touched(world: World):
    strange = await world.store(A, workspace="eeeeeeeeeeeeeeeeeeeeeeee")  # as with the wrong database_url
    for key in ("holiday.jpg", f"{WORKSPACE}/00/{A}/original", f"{WORKSPACE}/0f/{A[:-1]}/original"):
        spool = world.platform.scratch / "spool"
        spool.write_bytes(BODY)
        await world.platform.blobs.put(key, spool)
    world.wait(hours=2)
    report = await world.check(repair=True)
    assert (report.foreign.count, report.orphans.count, report.deleted) == (4, 0, 0)
    assert strange in report.foreign.examples
    assert len(await world.keys()) == 4


async def test_a_row_that_is_committed_while_fsck_looks_saves_its_blob(world: World, monkeypatch):
    key = await world.store(A)
    world.wait(hours=2)
    plain = LocalBlobs.list

    async def list_then_commit(self: LocalBlobs, prefix: str = ""):
        async for blob in plain(self, prefix):
            yield blob
        await world.add(A)

    monkeypatch.setattr(LocalBlobs, "list", list_then_commit)
    assert (await world.check(repair=True)).orphans.count == 0
    assert await world.platform.blobs.size(key) == 12


# Rows without their bytes


async def test_a_missing_original_is_damage_and_its_row_stays(world: World):
    await world.add(A)
    report = await world.check(repair=True)
    assert report == Report(versions=1, missing=Finding(1, 12, (f"{WORKSPACE}/0f/{A}/original",)))
    assert report.damaged
    assert not report.clean
    assert await world.platform.catalog.known_versions([A]) == {A}


async def test_an_original_of_another_size_is_damage(world: World):
    key = await world.store(A)
    await world.add(A, b"a longer photograph")
    assert await world.check() == Report(blobs=1, versions=1, wrong_size=Finding(1, 12, (key,)))


async def test_other_bytes_of_the_same_size_are_found_when_asked_for(world: World):
    key = await world.store(A)
    await world.add(A, b"a_photograph")
    assert (await world.check()).clean
    assert await world.check(verify=True) == Report(blobs=1, versions=1, wrong_hash=Finding(1, 12, (key,)))


async def test_damage_is_never_repaired_away(world: World):
    key = await world.store(A)
    await world.add(A, b"a longer photograph")
    world.wait(hours=2)
    assert (await world.check(repair=True, holds_lock=True)).damaged
    assert await world.keys() == [key]


async def test_an_asset_that_is_deleted_while_fsck_looks_is_no_damage(world: World, monkeypatch):
    await world.add(A)
    catalog = type(world.platform.catalog)
    plain = catalog.version_ids

    async def page_then_delete(self: Catalog, after: str = "", limit: int = 1000):
        page = await plain(self, after, limit)
        await self.delete_asset(WORKSPACE, A, world.now)
        return page

    monkeypatch.setattr(catalog, "version_ids", page_then_delete)
    assert await world.check() == Report(versions=1)


# Counts of what is stored


@pytest.mark.parametrize("stores", ["sqlite"], indirect=True)
async def test_a_count_that_is_wrong_is_found_and_repaired(world: World):
    await world.store(A)
    await world.add(A)
    await world.platform.meter._database.execute(update(usage).values(stored=3, stored_bytes=1_000))
    found = await world.check()
    assert found == Report(blobs=1, versions=1, miscounted=Finding(1, 988, (WORKSPACE,)))
    assert not found.clean
    assert not found.damaged
    repaired = await world.check(repair=True)
    assert (repaired.miscounted.count, repaired.recounted, repaired.clean) == (1, 1, True)
    assert await world.platform.meter.usage(WORKSPACE, world.now) == Usage(1, 1, 12)
    assert await world.check() == Report(blobs=1, versions=1)


# Scratch files, and many of everything


async def test_scratch_files_of_an_hour_ago_are_leftovers(world: World):
    (world.platform.scratch / "folder").mkdir()
    (world.platform.scratch / "folder" / "spool").write_bytes(BODY)
    assert await world.check(repair=True) == Report()
    world.wait(hours=2)
    assert await world.check() == Report(leftovers=Finding(1, 12, ("folder/spool",)))
    assert (await world.check(repair=True)).clean
    assert not (world.platform.scratch / "folder" / "spool").exists()


async def test_thousands_are_compared_page_by_page(tmp_path: Path):
    world = await world_of(await open_stores(MEMORY), tmp_path / "data", tmp_path / "data" / "blobs")
    for number in range(1100):
        await world.add(f"{number:024x}")
        folder = tmp_path / "data" / "blobs" / blob_prefix(WORKSPACE, f"ff{number:022x}")
        folder.mkdir(parents=True)
        (folder / "original").write_bytes(BODY)
    world.wait(hours=2)
    pages: list[Report] = []
    report = await world.check(progress=pages.append)
    assert (report.missing.count, report.orphans.count, report.orphans.size) == (1100, 1100, 13_200)
    assert (len(report.missing.examples), len(report.orphans.examples)) == (20, 20)
    assert [(page.blobs, page.versions) for page in pages] == [
        (1000, 0),
        (1100, 0),
        (1100, 1000),
        (1100, 1100),
        (1100, 1100),
    ]


async def test_a_scratch_file_that_goes_while_we_look_is_no_finding(world: World, monkeypatch):
    gone = [(str(world.platform.scratch), [], ["upload-gone"])]
    monkeypatch.setattr("calotype.services.fsck.os.walk", lambda _: gone)
    assert (await world.check(holds_lock=True)).leftovers == Finding()
