"""Delivery: bytes from the nearest tier, made once, and nothing left of what was deleted meanwhile."""

import asyncio
import io
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from PIL import Image

import pictures
from calotype.adapters.blobs.local import LocalBlobs
from calotype.adapters.blobs.memory import MemoryBlobs
from calotype.adapters.cache.disk import DiskCache
from calotype.adapters.locks.files import FileLocks
from calotype.adapters.rendering.inline import InlineRenderer
from calotype.domain.assets import Asset, Facts, Version, blob_prefix
from calotype.domain.formats import Format
from calotype.domain.planning import Plan
from calotype.domain.transformations import OutputWish, Transformation
from calotype.domain.visibility import Visibility
from calotype.domain.workspaces import OriginalPolicy
from calotype.errors import NotFound, Quarantined, RenderFailed, StorageFailed, UnnamedRefused, VariantLimit
from calotype.operations import Resize
from calotype.operations.steps import Step
from calotype.operations.trim import Trim
from calotype.services.delivery import Delivery
from calotype.services.workspaces import set_policies
from platforms import memory_platform

SMALL = Transformation.of(Resize(short_edge=30), format_=Format.WEBP)
SMALLER = Transformation.of(Resize(short_edge=20), format_=Format.WEBP)
UNTOUCHED = Transformation()
ID = "ab" + "1" * 22
PHOTO = pictures.jpeg(64, 48)


@dataclass
class Tiers:
    """Counts where bytes came from."""

    counts: Counter = field(default_factory=Counter)

    def tier(self, name):
        self.counts[name] += 1


class FarBlobs(MemoryBlobs):
    """The shipped store, as if it were across a network; it counts what was read."""

    remote = True

    def __init__(self):
        super().__init__()
        self.fetched = Counter()

    async def read(self, key, start=0, end=None):
        self.fetched[key.rpartition("/")[2]] += 1
        async for chunk in super().read(key, start, end):
            yield chunk


class Painter:
    """A renderer that answers `PAINT`, after *meanwhile* has happened; or fails with each of *causes* in turn."""

    def __init__(self, *causes, meanwhile=None):
        self.causes = list(causes)
        self.meanwhile = meanwhile
        self.renders = 0

    async def render(self, plan, sources, *, started=lambda: None, owner=""):
        started()
        self.renders += 1
        assert all(path.read_bytes() for path in sources.values())
        await asyncio.sleep(0.01)
        if self.meanwhile:
            await self.meanwhile()
        if self.causes:
            raise RenderFailed(cause=self.causes.pop(0))
        return b"paint"

    async def blank_gps(self, source, format_, target, *, owner=""):
        self.renders += 1
        target.write_bytes(source.read_bytes().replace(b"here", b"\0\0\0\0"))
        if self.meanwhile:
            await self.meanwhile()


@dataclass
class Machine:
    """A server's delivery, and what a test asks of it."""

    platform: object
    delivery: Delivery
    tiers: Tiers

    async def target(self, wish=SMALL, accepts=lambda _: True, storage=None, **asked):
        owner = await self.platform.catalog.workspace_by_slug("default")
        return await self.delivery.target(storage or owner.storage, ID, wish, accepts, **asked)

    async def get(self, wish=SMALL):
        return await self.delivery.bytes_of(await self.target(wish))

    async def delete(self):
        """Delete the asset, as `library.delete` does."""
        owner = await self.platform.catalog.workspace_by_slug("default")
        await self.platform.catalog.delete_asset(owner.id, ID, self.platform.clock())
        await self.platform.blobs.delete_prefix(blob_prefix(owner.id, ID))

    async def change(self, **fields):
        owner = await self.platform.catalog.workspace_by_slug("default")
        await self.platform.catalog.update_asset(
            owner.id, ID, lambda asset: replace(asset, **fields), self.platform.clock
        )

    @property
    def cached(self):
        folder = self.platform.settings.data_dir / "cache"
        return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != ".sweep")

    async def kept(self):
        return [blob.key.split("/", 3)[3] async for blob in self.platform.blobs.list()]


async def machine(platform):
    tiers = Tiers()
    delivery = Delivery(platform, tiers)
    await delivery.rows.start()
    return Machine(platform, delivery, tiers)


async def add_photo(platform, body=PHOTO, *, facts=None, **fields):
    owner = await platform.catalog.workspace_by_slug("default")
    source = platform.scratch / "source"
    source.write_bytes(body)
    await platform.blobs.put(f"{blob_prefix(owner.id, ID)}original", source)
    version = Version(ID, len(body), "aa", facts or Facts(Format.JPEG, 64, 48))
    now = platform.clock()
    asset = Asset(ID, owner.id, "a.jpg", "/", "a.jpg", version, now, now, **fields)
    return await platform.catalog.add_asset(asset, platform.clock)


@pytest.fixture
def build(tmp_path):
    """Build a machine with one photograph."""

    async def build(renderer=None, *, blobs=None, body=PHOTO, facts=None, settings=None, **fields):
        platform = await memory_platform(tmp_path, **(settings or {}))
        platform = replace(
            platform,
            renderer=renderer or Painter(),
            blobs=blobs or LocalBlobs(tmp_path / "blobs"),
            cache=DiskCache(tmp_path / "cache", 1_000_000),
        )
        await add_photo(platform, body, facts=facts, **fields)
        return await machine(platform)

    return build


# Which door opens


async def test_an_asset_is_found_by_storage_and_id_and_its_wish_is_planned(build):
    what = (await (await build()).target()).what
    assert isinstance(what, Plan)
    assert (what.width, what.height, what.media_type) == (40, 30, "image/webp")


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.UNLISTED])
async def test_whoever_has_the_id_gets_what_is_public_or_unlisted(build, visibility):
    assert await (await build(visibility=visibility)).get() == b"paint"


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.DRAFT])
async def test_what_is_private_or_a_draft_is_not_found(build, visibility):
    with pytest.raises(NotFound):
        await (await build(visibility=visibility)).target()


async def test_another_storage_segment_opens_nothing(build):
    with pytest.raises(NotFound):
        await (await build()).target(storage="zzzzzz")


async def test_the_workspace_bounds_how_long_others_may_keep_it(build):
    server = await build()
    owner = await server.platform.catalog.workspace_by_slug("default")
    before = (await server.target()).terms.max_age
    await server.platform.catalog.update_workspace(owner.id, lambda each: replace(each, max_age_s=60))
    assert (before, (await server.target()).terms.max_age) == (None, 60)


@pytest.mark.parametrize("policy", ["restrict_unsigned", "restrict_unnamed"])
async def test_a_workspace_that_wants_signatures_or_names_makes_nothing_of_a_urls_own(build, policy):
    server = await build()
    owner = await server.platform.catalog.workspace_by_slug("default")
    await server.target(unnamed=True)
    await set_policies(server.platform, owner, {policy: "on"})
    with pytest.raises(UnnamedRefused):
        await server.target(unnamed=True)
    assert await server.target() == await server.target(unnamed=True, owner=owner.id)


async def test_what_the_dialect_does_not_accept_is_not_found(build):
    with pytest.raises(NotFound):
        await (await build()).target(accepts=lambda asset: asset.version.facts.format is Format.PNG)


async def test_an_asset_is_gone_in_the_moment_it_expires(build):
    server = await build()
    await server.change(expires_at=server.platform.clock() + timedelta(minutes=5))
    assert await server.get() == b"paint"
    server.platform.clock.move(minutes=5)
    with pytest.raises(NotFound):
        await server.get()


async def test_an_asset_that_turns_private_is_gone_at_the_next_request(build):
    server = await build()
    await server.get()
    await server.change(visibility=Visibility.PRIVATE)
    with pytest.raises(NotFound):
        await server.get()


# Tiers


async def test_the_first_request_renders_and_the_next_reads_the_disk(build):
    server = await build()
    assert [await server.get() for _ in range(3)] == [b"paint"] * 3
    assert (server.platform.renderer.renders, server.tiers.counts) == (1, {"render": 1, "disk": 2})


async def test_five_hundred_callers_cause_one_render(build):
    server = await build()
    answers = await asyncio.gather(*(server.get() for _ in range(500)))
    assert (set(answers), server.platform.renderer.renders, server.tiers.counts["render"]) == (
        {b"paint"}, 1, 1,
    )  # fmt: skip


async def test_two_processes_on_one_folder_render_once(build, tmp_path):
    first = await build()
    sharing = [await machine(replace(first.platform, locks=FileLocks(tmp_path / "locks"))) for _ in range(2)]
    answers = await asyncio.gather(*(server.get() for server in sharing for _ in range(5)))
    assert (set(answers), first.platform.renderer.renders) == ({b"paint"}, 1)
    assert sum((server.tiers.counts for server in sharing), Counter()) == {"render": 1, "disk": 1}


async def test_a_variant_in_a_remote_store_serves_a_machine_with_an_empty_disk(build, tmp_path):
    first = await build(blobs=FarBlobs())
    await first.get()
    second = await machine(replace(first.platform, cache=DiskCache(tmp_path / "another", 1_000_000)))
    assert [await second.get() for _ in range(2)] == [b"paint"] * 2
    assert second.tiers.counts == {"blob": 1, "disk": 1}
    assert first.platform.renderer.renders == 1


async def test_variants_reach_a_remote_store_up_to_the_assets_budget(build):
    server = await build(blobs=FarBlobs(), settings={"remote_variant_bytes": 9})
    await server.get(SMALL)
    await server.get(SMALLER)  # 5 bytes each: the second no longer fits
    key = (await server.target(SMALL)).what.key
    assert await server.kept() == ["original", f"variants/{key}"]


async def test_variants_stay_out_of_a_local_store(build):
    server = await build()
    await server.get()
    assert await server.kept() == ["original"]


async def test_the_original_is_fetched_once_for_all_variants(build):
    server = await build(blobs=FarBlobs())
    await asyncio.gather(server.get(SMALL), server.get(SMALLER))
    assert server.platform.blobs.fetched["original"] == 1


async def test_a_variant_that_cannot_be_shared_is_still_answered(build):
    server = await build(blobs=FarBlobs())

    async def fail(key, source, *, durable=True):
        raise StorageFailed

    server.platform.blobs.put = fail
    assert await server.get() == b"paint"
    assert server.tiers.counts == {"render": 1}


async def test_an_original_without_bytes_is_not_found(build):
    server = await build()
    await server.platform.blobs.delete_prefix(blob_prefix((await server.target()).asset.workspace_id, ID))
    with pytest.raises(NotFound):
        await server.get()


# Originals


PLACED = {"body": b"taken here", "facts": Facts(Format.JPEG, 64, 48, gps=True)}


async def test_an_original_without_a_place_is_the_stored_file(build):
    server = await build()
    path = await server.get(UNTOUCHED)
    assert (path.read_bytes(), path.name, await server.kept()) == (PHOTO, "original", ["original"])


@pytest.mark.parametrize("blobs", [None, FarBlobs])
async def test_the_copy_without_its_place_is_made_once(build, blobs):
    server = await build(blobs=blobs and blobs(), **PLACED)
    paths = await asyncio.gather(*(server.get(UNTOUCHED) for _ in range(10)))
    assert {path.read_bytes() for path in paths} == {b"taken \0\0\0\0"}
    assert (server.platform.renderer.renders, await server.kept()) == (1, ["original", "delivered"])


async def test_a_workspace_that_keeps_originals_delivers_them_as_they_are(build):
    server = await build(**PLACED)
    owner = await server.platform.catalog.workspace_by_slug("default")
    keeping = replace(owner, originals=OriginalPolicy.KEEP)
    server.platform.catalog._workspaces[owner.id] = keeping
    assert (await server.get(UNTOUCHED)).read_bytes() == b"taken here"
    assert server.platform.renderer.renders == 0


async def test_the_place_is_gone_and_length_and_pixels_stay(tmp_path, build):
    body = pictures.jpeg(64, 48, gps=pictures.PLACE)
    server = await build(InlineRenderer(), body=body, facts=PLACED["facts"])
    sent = (await server.get(UNTOUCHED)).read_bytes()
    before, after = (Image.open(io.BytesIO(each)) for each in (body, sent))
    assert (len(sent), after.tobytes()) == (len(body), before.tobytes())
    assert (before.getexif().get_ifd(0x8825)[2], after.getexif().get_ifd(0x8825)) == ((48, 51, 30.24), {})


# Failures


async def test_two_crashes_set_a_version_aside_for_good(build):
    server = await build(Painter("crash", "crash"))
    for wish in (SMALL, SMALLER):
        with pytest.raises(RenderFailed):
            await server.get(wish)
    server.platform.clock.move(days=1000)
    with pytest.raises(Quarantined):
        await server.get(Transformation.of(Resize(short_edge=10), format_=Format.PNG))
    assert server.platform.renderer.renders == 2


async def test_one_crash_is_forgiven(build):
    server = await build(Painter("crash"))
    with pytest.raises(RenderFailed):
        await server.get()
    assert await server.get() == b"paint"


@pytest.mark.parametrize("cause", ["timeout", "memory"])
async def test_a_variant_that_asks_too_much_is_set_aside_for_ten_minutes_and_no_other(build, cause):
    server = await build(Painter(cause))
    with pytest.raises(RenderFailed):
        await server.get(SMALL)
    server.platform.clock.move(minutes=9, seconds=59)
    with pytest.raises(Quarantined):
        await server.get(SMALL)
    assert await server.get(SMALLER) == b"paint"
    server.platform.clock.move(seconds=1)
    assert await server.get(SMALL) == b"paint"


async def test_any_other_failure_sets_nothing_aside(build):
    server = await build(Painter("error", "error", "error"))
    for _ in range(3):
        with pytest.raises(RenderFailed):
            await server.get()
    assert await server.get() == b"paint"


# Deleted meanwhile


@pytest.mark.parametrize("blobs", [None, FarBlobs])
async def test_a_variant_deleted_while_it_is_made_reaches_its_caller_and_no_tier(build, blobs):
    server = await build(blobs=blobs and blobs())
    server.platform.renderer.meanwhile = server.delete
    assert await server.get() == b"paint"
    assert (await server.kept(), server.cached) == ([], [])


@pytest.mark.parametrize("blobs", [None, FarBlobs])
async def test_a_copy_of_an_original_deleted_while_it_is_made_is_not_found_and_not_kept(build, blobs):
    server = await build(blobs=blobs and blobs(), **PLACED)
    server.platform.renderer.meanwhile = server.delete
    with pytest.raises(NotFound):
        await server.get(UNTOUCHED)
    assert (await server.kept(), server.cached) == ([], [])


async def test_what_expires_while_it_is_made_keeps_its_bytes_for_those_who_list_rows(build):
    server = await build()
    await server.change(expires_at=server.platform.clock() + timedelta(minutes=5))

    async def time_passes():
        server.platform.clock.move(minutes=6)

    server.platform.renderer.meanwhile = time_passes
    await server.get()
    assert await server.kept() == ["original"]


async def test_following_the_events_takes_what_was_deleted_off_the_disk(build):
    server = await build()
    await server.get()
    await server.delete()
    assert len(server.cached) == 1
    await server.delivery.follow()
    assert server.cached == []


async def test_what_was_deleted_while_nobody_followed_leaves_the_disk_after_a_start(build):
    server = await build()
    await server.get()
    await server.delete()
    restarted = await machine(server.platform)
    assert len(restarted.cached) == 1
    await restarted.delivery.follow()
    assert restarted.cached == []


async def test_deletions_that_were_pruned_unread_leave_the_disk_too(build):
    server = await build()
    await server.delivery.follow()
    await server.get()
    await server.delete()
    await server.delivery.rows.start()  # behind its back: the event is never heard
    server.delivery._on_event(None)
    await server.delivery.follow()
    assert server.cached == []


async def test_a_change_that_is_no_deletion_leaves_the_disk_alone(build):
    server = await build()
    await server.get()
    await server.change(name="b.jpg")
    await server.delivery.follow()
    assert len(server.cached) == 1


# The budget of new variants


async def test_new_variants_are_refused_above_the_days_budget_and_old_ones_are_not(build):
    server = await build(settings={"variant_budget": 1})
    first = await server.get(SMALL)
    with pytest.raises(VariantLimit):
        await server.get(SMALLER)
    assert await server.get(SMALL) == first


async def test_a_workspace_may_have_a_budget_of_its_own(build):
    server = await build(settings={"variant_budget": 1})
    owner = await server.platform.catalog.workspace_by_slug("default")
    await set_policies(server.platform, owner, {"variant_budget": "0"})
    assert [await server.get(wish) for wish in (SMALL, SMALLER)]


async def test_a_look_at_the_pixels_counts_as_a_variant_and_what_is_known_does_not(build):
    server = await build(InlineRenderer(), settings={"variant_budget": 2})
    trimmed = [
        Transformation((Step((Resize(width=width),)), Step((Trim(threshold=5),))), OutputWish(Format.WEBP))
        for width in (30, 31, 32)
    ]
    for wish in trimmed[:2]:
        await server.target(wish)
    with pytest.raises(VariantLimit):
        await server.target(trimmed[2])
    assert (await server.target(trimmed[0])).what.looked
