"""Two workspaces with two stages each: who sees what at every endpoint, and what leaves a test stage at every door."""

import io
from datetime import timedelta
from itertools import permutations

import numpy as np
import pytest
from PIL import Image

import agents
import pictures
from calotype.dialects.imagekit import delivery as imagekit
from calotype.dialects.imgprocessing.api import PATHS
from calotype.domain.assets import blob_prefix
from calotype.domain.workspaces import Stage
from calotype.errors import NotFound
from calotype.services import library, stages, workspaces
from calotype.services.access import operator
from calotype.services.delivery import Delivery
from calotype.services.paths import PathDelivery
from calotype.services.signing_keys import SigningKeys
from platforms import key_for, memory_platform
from processing_people import IMAGES, PHOTO, Counter, sender_for, served

OWNERS = [(stage, slug) for slug in ("default", "rival") for stage in Stage]
OF_ONE_IMAGE = [(path, method) for path, verbs in PATHS.items() if "{image_id}" in path for method in verbs]
BODIES = {
    "/resize": {"width": 8}, "/crop": {"x1": 0, "y1": 0, "x2": 8, "y2": 8}, "/rotate": {"angle": 90},
    "/mirror": {"mode": "both"}, "/convert": {"format": "png"}, "/visualize": {"prompt": "What is it?"},
}  # fmt: skip


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path, img_processing_test_requests_per_minute=0)


@pytest.fixture
async def owners(http, platform):
    return [await sender_for(http, platform, *owner) for owner in OWNERS]


async def twin(platform):
    return await stages.twin_of(platform, await workspaces.find(platform, "default"))


def asset_id(image) -> str:
    return image["id"].removeprefix("image_")


async def master(platform, image) -> bytes:
    """What the library keeps of an image of the test stage."""
    key = f"{blob_prefix((await twin(platform)).id, asset_id(image))}original"
    return b"".join([chunk async for chunk in platform.blobs.read(key)])


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def has_stamp(data: bytes, clean: bytes) -> bool:
    """Whether a good part of the picture is far from the clean one, which has its size."""
    return (np.abs(pixels(data) - pixels(clean)).max(axis=2) > 40).mean() > 0.05


# --- who sees what --------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "method"), OF_ONE_IMAGE)
async def test_nobody_reaches_an_image_of_another_workspace_or_stage(owners, path, method):
    images = [(await owner.uploaded())["id"] for owner in owners]
    body = BODIES.get(path.removeprefix("/images/{image_id}"), {})
    for mine, theirs in permutations(range(4), 2):
        url = f"{IMAGES}{path.removeprefix('/images').format(image_id=images[theirs])}"
        sent = {"json": body} if method == "POST" else {}
        answer = await owners[mine].http.request(method, url, headers=owners[mine].headers, **sent)
        assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")
    assert [(await owner.get(f"/{image}")).status_code for owner, image in zip(owners, images, strict=True)] == [
        200, 200, 200, 200,
    ]  # fmt: skip


async def test_everybody_lists_their_own(owners):
    for number, owner in enumerate(owners):
        await owner.uploaded(name=f"of {number}")
    assert [await owner.names() for owner in owners] == [["of 0"], ["of 1"], ["of 2"], ["of 3"]]


async def test_nobody_lays_an_image_of_another_workspace_or_stage_on_their_own(owners):
    images = [(await owner.uploaded())["id"] for owner in owners]
    for mine, theirs in permutations(range(4), 2):
        marks = [{"id": images[theirs]}]
        assert (await owners[mine].post(f"/{images[mine]}/watermark", watermarks=marks)).status_code == 404


async def test_the_other_apis_of_the_workspace_have_nothing_of_its_test_stage(http, platform, test_stage):
    image = asset_id(await test_stage.uploaded())
    bearer = {"Authorization": f"Bearer {await key_for(platform)}"}
    assert (await http.get(f"/v1/media/{image}", headers=bearer)).status_code == 404
    assert (await http.get("/v1/media", headers=bearer)).json()["data"] == []


async def test_agents_of_the_workspace_have_nothing_of_its_test_stage(platform, test_stage):
    image = asset_id(await test_stage.uploaded())
    async with agents.door(platform) as app:
        agent = agents.Agent(app, await key_for(platform))
        listed = await agent.call_tool("list_images", {})
        shown = await agent.call_tool("get_image", {"id": image})
    assert listed.structured_content["images"] == []
    assert shown.structured_content["error"]["code"] == "not_found"


async def test_a_segment_of_the_other_stage_delivers_nothing(http, platform, live, test_stage):
    home = await workspaces.find(platform, "default")
    for owner in (live, test_stage):
        image = await owner.uploaded()
        await owner.bare(f"/{image['id']}/publish")
        segments = {home.storage, (await twin(platform)).storage}
        codes = [(await http.get(f"/cdn/{each}/{asset_id(image)}.jpg")).status_code for each in segments]
        assert sorted(codes) == [200, 404]


async def test_a_path_is_of_one_stage_and_is_stamped_there(platform, test_stage):
    image = await test_stage.uploaded()
    await test_stage.bare(f"/{image['id']}/publish")
    path = (await library.own(platform, operator(await twin(platform)), asset_id(image))).path
    target = await by_path(platform, f"default-test{path}")
    assert [step.operation.tag for step in target.what.picture.steps] == ["layer", "layer"]
    with pytest.raises(NotFound):
        await by_path(platform, f"default{path}")


async def by_path(platform, path):
    """Find what an ImageKit URL names."""
    delivery = Delivery(platform, Counter())
    await delivery.rows.start()
    words = imagekit.grammar(PathDelivery(platform, delivery, SigningKeys(platform, delivery.rows)))
    return await words.find({
        "type": "http", "path": f"/ik/{path}", "raw_path": f"/ik/{path}".encode(), "query_string": b"", "headers": [],
        "calotype.path": path,
    })  # fmt: skip


# --- what leaves a test stage ---------------------------------------------------------------------


async def test_what_is_downloaded_says_that_it_is_a_test_in_the_same_size_and_type(live, test_stage):
    tried, real = await test_stage.uploaded(), await live.uploaded()
    tried, real = await test_stage.get(f"/{tried['id']}/download"), await live.get(f"/{real['id']}/download")
    assert np.array_equal(pixels(real.content), pixels(PHOTO))
    assert tried.headers["content-type"] == "image/jpeg"
    assert pixels(tried.content).shape == (48, 64, 3)
    assert has_stamp(tried.content, PHOTO)


async def test_what_is_kept_is_clean(platform, test_stage):
    kept = await master(platform, await test_stage.uploaded())
    assert np.array_equal(pixels(kept), pixels(PHOTO))


@pytest.mark.parametrize("wish", [".jpg", ".webp", ".jpg?size=s"])
async def test_the_delivery_of_another_api_sends_the_stamp_too(http, platform, test_stage, wish):
    image = await test_stage.uploaded()
    await test_stage.bare(f"/{image['id']}/publish")
    answer = await http.get(f"/cdn/{(await twin(platform)).storage}/{asset_id(image)}{wish}")
    assert has_stamp(answer.content, PHOTO)


async def test_a_public_url_with_head_and_revalidation_is_about_the_stamped_bytes(http, test_stage):
    image = await test_stage.uploaded()
    url = (await test_stage.bare(f"/{image['id']}/publish")).json()["url"]
    full, head = await http.get(url), await http.head(url)
    assert has_stamp(full.content, PHOTO)
    assert head.headers["content-length"] == str(len(full.content))
    assert head.headers["etag"] == full.headers["etag"]
    assert (await http.get(url, headers={"if-none-match": full.headers["etag"]})).status_code == 304


async def test_what_is_made_of_what_moves_is_stamped_too(test_stage):
    image = await test_stage.uploaded(pictures.webp(64, 48, frames=3))
    clean = pictures.webp(64, 48)
    assert has_stamp((await test_stage.get(f"/{image['id']}/download")).content, clean)


async def test_stamps_do_not_pile_up_along_a_chain(platform, test_stage):
    image = await test_stage.uploaded(pictures.png(64, 48))
    for _ in range(4):
        image = (await test_stage.post(f"/{image['id']}/rotate", angle=90)).json()
    assert np.array_equal(pixels(await master(platform, image)), pixels(pictures.png(64, 48)))
    assert has_stamp((await test_stage.get(f"/{image['id']}/download")).content, pictures.png(64, 48))


async def test_an_image_of_a_test_stage_is_gone_after_ninety_days(platform, live, test_stage):
    tried, real = await test_stage.uploaded(), await live.uploaded()
    caller = operator(await twin(platform))
    asset = await library.own(platform, caller, asset_id(tried))
    assert asset.expires_at - asset.created_at == timedelta(days=90)
    url = (await test_stage.bare(f"/{tried['id']}/publish")).json()["url"]
    platform.clock.move(days=90)
    assert (await test_stage.http.get(url)).status_code == 404
    codes = [(await owner.get(f"/{i['id']}")).status_code for owner, i in ((test_stage, tried), (live, real))]
    assert codes == [404, 200]


async def test_no_quota_counts_in_a_test_stage(tmp_path):
    platform = await memory_platform(tmp_path, plans={"unlimited": {"uploads": 1}})
    async with served(platform) as http:
        tried, real = [await sender_for(http, platform, stage) for stage in (Stage.TEST, Stage.LIVE)]
        assert [(await tried.upload()).status_code for _ in range(2)] == [201, 201]
        assert [(await real.upload()).status_code for _ in range(2)] == [201, 403]
