"""Purging: variants leave every tier, originals stay, and the receipt says what went."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calotype.adapters.blobs.memory import MemoryBlobs
from calotype.adapters.cache.disk import DiskCache
from calotype.domain.assets import Asset, Facts, Version, blob_prefix
from calotype.domain.formats import Format
from calotype.errors import Invalid, NotFound, StorageFailed
from calotype.ports import Dropped
from calotype.services import purging
from calotype.services.delivery import Delivery
from calotype.services.purging import PurgeAsset, PurgeUrl, PurgeWildcard, Status, purge
from platforms import memory_platform

PATHS = {"a": ("/trips/", "a.jpg"), "b": ("/trips/2024/", "b.jpg"), "c": ("/", "c.jpg")}
KEY = "4e07408562bedb8b60ce05c1decfe3ad16b72230"


class FarBlobs(MemoryBlobs):
    """The shipped store, as if it were across a network, which may be down."""

    remote = True
    down = False

    async def delete_prefix(self, prefix):
        if self.down:
            raise StorageFailed
        return await super().delete_prefix(prefix)


class Nobody:
    def tier(self, name):
        """Count nothing."""


def named(letter: str) -> str:
    return letter * 24


@pytest.fixture
async def platform(tmp_path):
    """Three assets, each with an original, a variant in the remote store and one on the disk."""
    plain = await memory_platform(tmp_path)
    platform = replace(plain, blobs=FarBlobs(), cache=DiskCache(tmp_path / "cache", 1_000_000))
    owner = await platform.catalog.workspace_by_slug("default")
    for letter, (folder, file_name) in PATHS.items():
        version, now = Version(named(letter), 8, "aa", Facts(Format.JPEG, 4, 3)), platform.clock()
        asset = Asset(named(letter), owner.id, file_name, folder, file_name, version, now, now)
        await platform.catalog.add_asset(asset, platform.clock)
        for name, body in (("original", b"original"), (f"variants/{KEY}", b"paint")):
            source = platform.scratch / "source"
            source.write_bytes(body)
            await platform.blobs.put(f"{blob_prefix(owner.id, named(letter))}{name}", source)
        await platform.cache.put(named(letter), KEY, b"paint")
    return platform


async def purged(platform, what):
    owner = await platform.catalog.workspace_by_slug("default")
    return await purge(platform, owner.id, what)


async def left(platform) -> str:
    """Name the assets that still have a variant, on the disk and in the store."""
    on_disk = [letter for letter in PATHS if platform.cache.get(named(letter), KEY)]
    stored = [blob.key.split("/")[2][0] async for blob in platform.blobs.list() if "variants" in blob.key]
    return "".join(on_disk) + " " + "".join(sorted(stored))


@pytest.mark.parametrize(
    ("what", "stay"),
    [
        (PurgeAsset(named("a")), "bc bc"),
        (PurgeUrl("/trips/a.jpg"), "bc bc"),
        (PurgeUrl("//trips/./a.jpg"), "bc bc"),
        (PurgeWildcard("/trips/*"), "c c"),
        (PurgeWildcard("/trips/a*"), "bc bc"),
        (PurgeWildcard("/*"), " "),
        (PurgeWildcard("/none/*"), "abc abc"),
    ],
)
async def test_what_is_named_leaves_the_disk_and_the_store_and_nothing_else_does(platform, what, stay):
    await purged(platform, what)
    assert await left(platform) == stay
    originals = [blob.key async for blob in platform.blobs.list() if blob.key.endswith("original")]
    assert len(originals) == 3


@pytest.mark.parametrize(
    ("word", "what"),
    [
        (named("a"), PurgeAsset(named("a"))),
        ("/trips/a.jpg", PurgeUrl("/trips/a.jpg")),
        ("/trips/*", PurgeWildcard("/trips/*")),
        ("a.jpg", PurgeUrl("a.jpg")),
        ("", PurgeUrl("")),
    ],
)
def test_what_an_operator_types_is_an_id_a_path_or_a_pattern(word, what):
    assert purging.named(word) == what


async def test_the_receipt_says_what_went_and_when(platform):
    receipt = await purged(platform, PurgeWildcard("/trips/*"))
    assert (receipt.what, receipt.at, receipt.assets) == ("/trips/*", platform.clock(), 2)
    assert (receipt.remote, receipt.disk.count, receipt.status) == (Dropped(2, 10), 2, Status.COMPLETED)
    assert receipt.disk.size >= 10


async def test_purging_twice_is_safe(platform):
    first, second = [await purged(platform, PurgeAsset(named("a"))) for _ in range(2)]
    assert (first.remote.count, second.remote.count, second.disk) == (1, 0, Dropped())
    assert first.id != second.id


async def test_every_process_hears_of_it_and_every_other_machines_disk_follows(platform, tmp_path):
    there = replace(platform, cache=DiskCache(tmp_path / "there", 1_000_000))
    delivery, heard = Delivery(there, Nobody()), []
    await delivery.rows.start()
    delivery.rows.listen(heard.append)
    await delivery.follow()
    await there.cache.put(named("a"), KEY, b"paint")
    await there.cache.put(named("b"), KEY, b"paint")
    await purged(platform, PurgeAsset(named("a")))
    await delivery.follow()
    assert [(event.kind, event.asset_id) for event in heard] == [("asset.purged", named("a"))]
    assert (there.cache.get(named("a"), KEY), there.cache.get(named("b"), KEY)) == (None, b"paint")


@pytest.mark.parametrize(
    "what", [PurgeAsset("x"), PurgeAsset("0" * 24), PurgeUrl("/trips/none.jpg"), PurgeUrl("/trips/A.jpg")]
)
async def test_what_is_not_there_is_not_found(platform, what):
    with pytest.raises(NotFound):
        await purged(platform, what)


@pytest.mark.parametrize("what", [PurgeAsset(named("a")), PurgeUrl("/trips/a.jpg"), PurgeWildcard("/*")])
async def test_nobody_purges_what_belongs_to_another_workspace(platform, what):
    other = await platform.catalog.workspace_by_slug("anonymous")
    if isinstance(what, PurgeWildcard):
        assert (await purge(platform, other.id, what)).assets == 0
    else:
        with pytest.raises(NotFound):
            await purge(platform, other.id, what)
    assert await left(platform) == "abc abc"


@pytest.mark.parametrize(
    "what",
    [PurgeUrl("trips/a.jpg"), PurgeUrl("/trips/"), PurgeUrl("/../a.jpg"), PurgeWildcard("/trips/"),
     PurgeWildcard("*"), PurgeWildcard("/a*/*"), PurgeWildcard("/*/a.jpg"), PurgeWildcard("/../*"), PurgeWildcard("")],
)  # fmt: skip
async def test_a_malformed_path_or_pattern_is_refused(platform, what):
    with pytest.raises(Invalid):
        await purged(platform, what)


async def test_a_store_that_is_down_is_told_and_nothing_is_announced(platform):
    before, platform.blobs.down = await platform.catalog.last_event(), True
    with pytest.raises(StorageFailed):
        await purged(platform, PurgeAsset(named("a")))
    assert await platform.catalog.last_event() == before
