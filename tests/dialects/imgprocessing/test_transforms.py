"""Every transform of IMG Processing makes a new image: what is answered, what is refused, and what it comes to."""

import io
from dataclasses import replace

import pytest
from PIL import Image

import pictures
from calotype.domain.assets import Moderation
from calotype.domain.pictures import Source
from calotype.domain.workspaces import Ability, Stage
from calotype.errors import RenderFailed
from calotype.services import moderation
from calotype.settings import PlanChange
from hdr_pictures import ultra_hdr
from platforms import Wrapped, key_for
from processing_people import Sender, secret_for, served
from transforms import (
    BLUE,
    RED,
    WHITE,
    corners,
    downloaded,
    flat,
    made,
    pixels,
    quarters,
    refused,
    saved,
    sides,
)


async def test_a_transform_answers_a_new_private_image_with_the_name_of_its_source(live):
    source = await live.uploaded(quarters(), "Corners")
    response = await live.post(f"/{source['id']}/mirror", mode="both")
    body = response.json()
    assert response.status_code == 201
    assert response.headers["x-image-processing-usage"] == "1"
    assert body == {
        "id": body["id"],
        "name": "Corners",
        "url": None,
        "width": 40,
        "height": 20,
        "format": "png",
        "size": len((await live.get(f"/{body['id']}/download")).content),
        "created_at": "2024-01-01T00:00:00.000Z",
    }
    assert body["id"] != source["id"]


async def test_the_source_stays_as_it_is(live):
    source = await live.uploaded(quarters())
    before = await live.get(f"/{source['id']}/download")
    await live.post(f"/{source['id']}/blur", sigma=5)
    assert (await live.get(f"/{source['id']}/download")).content == before.content
    assert (await live.get(f"/{source['id']}")).json() == source


async def test_a_name_that_is_sent_is_that_of_the_new_image(live):
    assert (await made(live, quarters(), "mirror", mode="both", name="Flipped"))["name"] == "Flipped"


async def test_every_wrong_field_is_named_at_once(live):
    found = await refused(live, quarters(), "resize", name="", width=0, height="1", fit="x", position=1)
    assert found == [
        "name must have 1 to 30 characters",
        "width must be between 1 and 10,000",
        "height must be an integer",
        "fit must be one of cover, contain, fill",
        "position must be one of center, top, left, bottom, right, top-left, top-right, bottom-left, bottom-right",
    ]


async def test_unknown_fields_are_passed_over(live):
    assert sides(await made(live, quarters(), "resize", width=10, colour=["?"], enlarge=None)) == (10, 5)


async def test_an_image_that_is_nobody_s_is_not_found(live):
    response = await live.post("/image_0123456789abcdef01234567/blur")
    assert response.status_code == 404
    assert response.json()["message"] == "Image with id image_0123456789abcdef01234567 not found."


async def test_the_image_of_another_stage_is_not_found(platform, http, live):
    tester = Sender(http, {"x-api-key": await secret_for(platform, Stage.TEST)})
    source = await live.uploaded(quarters())
    assert (await tester.post(f"/{source['id']}/blur")).status_code == 404


@pytest.mark.parametrize("ability", [Ability.READ, Ability.WRITE])
async def test_a_key_that_cannot_read_and_write_makes_nothing(platform, http, live, ability):
    source = await live.uploaded(quarters())
    one = Sender(http, {"x-api-key": await secret_for(platform, Stage.LIVE, "default", frozenset({ability}))})
    assert (await one.post(f"/{source['id']}/blur")).status_code == 403


ENDPOINTS = ["resize", "crop", "rotate", "mirror", "convert", "blur", "modulate", "watermark"]


@pytest.mark.parametrize("path", ENDPOINTS)
async def test_what_no_json_object_can_be_is_refused_everywhere(live, path):
    source = await live.uploaded(quarters())
    answers = [
        await live.send(f"/{source['id']}/{path}", body) for body in (b"", b"{", b"[]", b'{"name":"\\ud800"}')
    ]
    assert [each.status_code for each in answers] == [400, 400, 422, 422]


@pytest.mark.parametrize("path", ["blur", "modulate"])
async def test_what_needs_no_field_needs_no_body(live, path):
    source = await live.uploaded(quarters())
    answers = [await live.bare(f"/{source['id']}/{path}"), await live.send(f"/{source['id']}/{path}", b"{}")]
    assert [each.status_code for each in answers] == [201, 201]


async def test_of_an_animation_the_first_frame_is_used(live):
    image = await made(live, pictures.webp(64, 48, frames=3), "mirror", mode="horizontal")
    done = await downloaded(live, image)
    assert (image["format"], done.n_frames, done.size) == ("webp", 1, (64, 48))


async def test_cmyk_becomes_srgb(live):
    data = saved(Image.new("CMYK", (16, 8), (0, 255, 255, 0)), "JPEG", quality=100)
    done = await pixels(live, data, "resize", width=8)
    red, _, blue = done.getpixel((4, 2))
    assert done.mode == "RGB"
    assert red > 200
    assert blue < 80


async def test_sixteen_bits_become_eight(live):
    done = await pixels(live, pictures.png(64, 48, bits=16), "mirror", mode="vertical")
    assert (done.format, done.mode, done.size) == ("PNG", "RGB", (64, 48))


async def test_boxes_are_those_of_the_upright_picture(live):
    data = quarters(40, 20, "JPEG", quality=95, exif=pictures.exif(orientation=6), subsampling=0)
    image = await made(live, data, "crop", x1=0, y1=0, x2=10, y2=20)
    done = await downloaded(live, image)
    assert sides(image) == (10, 20)
    assert done.getpixel((5, 10)) == pytest.approx(BLUE, abs=6)


async def test_five_transforms_follow_one_another(live):
    image = await live.uploaded(quarters())
    for path, members in (
        ("resize", {"width": 80}),
        ("rotate", {"angle": 90}),
        ("crop", {"x1": 0, "y1": 0, "x2": 10, "y2": 80}),
        ("mirror", {"mode": "vertical"}),
        ("convert", {"format": "webp"}),
    ):
        response = await live.post(f"/{image['id']}/{path}", **members)
        assert response.status_code == 201, response.text
        image = response.json()
    done = await downloaded(live, image)
    assert (image["format"], *sides(image)) == ("webp", 10, 80)
    assert corners(done) == [pytest.approx(each, abs=6) for each in (WHITE, WHITE, BLUE, BLUE)]
    assert len(await live.names()) == 6


class CountingRenderer:
    """Counts what the workers are asked to do."""

    def __init__(self, renderer):
        self._renderer = renderer
        self.done = []

    async def ingest(self, *args, **kwargs):
        self.done.append("ingest")
        return await self._renderer.ingest(*args, **kwargs)

    async def render(self, *args, **kwargs):
        self.done.append("render")
        return await self._renderer.render(*args, **kwargs)


async def test_what_was_just_encoded_is_not_decoded_again(platform):
    counting = CountingRenderer(platform.renderer)
    async with served(replace(platform, renderer=counting)) as http:
        live = Sender(http, {"x-api-key": await secret_for(platform)})
        source = await live.uploaded(quarters())
        counting.done.clear()
        await live.post(f"/{source['id']}/mirror", mode="both")
        assert counting.done == ["render"]
        await live.post(f"/{source['id']}/modulate")
        assert counting.done == ["render"]


async def test_what_was_made_has_no_mezzanine_and_is_delivered_in_every_size(platform, live):
    image = await made(live, pictures.jpeg(320, 240), "resize", width=2400)
    asset = await platform.catalog.asset(image["id"].removeprefix("image_"), platform.clock())
    facts = asset.version.facts
    assert (facts.mezzanine, facts.small) == (None, None)
    prefix = f"{asset.workspace_id}/{asset.id[:2]}/{asset.id}/"
    assert [await platform.blobs.size(f"{prefix}{each.value}") is None for each in Source] == [
        False,
        True,
        True,
    ]
    await live.post(f"/{image['id']}/publish")
    storage = (await platform.catalog.workspace(asset.workspace_id)).storage
    small = await live.http.get(f"/cdn/{storage}/{asset.id}.jpg?size=s")
    assert small.status_code == 200, small.text
    assert max(Image.open(io.BytesIO(small.content)).size) < 1000


async def test_without_room_nothing_is_rendered(platform, live):
    source = await live.uploaded(quarters())
    home = await platform.catalog.workspace_by_slug("default")
    full = PlanChange(uploads=1)
    counting = CountingRenderer(platform.renderer)
    settings = platform.settings.model_copy(update={"plans": {"free": full}})
    await platform.catalog.update_workspace(home.id, lambda old: replace(old, plan="free"))
    async with served(replace(platform, settings=settings, renderer=counting)) as http:
        response = await Sender(http, live.headers).post(f"/{source['id']}/blur")
    assert (response.status_code, counting.done) == (403, [])


async def test_masters_of_test_keys_are_clean_so_that_chains_stack_no_stamps(platform, http):
    tester = Sender(http, {"x-api-key": await secret_for(platform, Stage.TEST)})
    source = await tester.uploaded(flat(200, 100, RED))
    turned = (await tester.post(f"/{source['id']}/rotate", angle=90)).json()
    asset = await platform.catalog.asset(turned["id"].removeprefix("image_"), platform.clock())
    key = f"{asset.workspace_id}/{asset.id[:2]}/{asset.id}/original"
    stored = Image.open(io.BytesIO(b"".join([chunk async for chunk in platform.blobs.read(key)])))
    assert stored.tobytes() == bytes(RED) * 200 * 100
    assert (await downloaded(tester, turned)).tobytes() != stored.tobytes()


async def test_the_quality_is_that_of_the_workspace(platform, live):
    source = await live.uploaded(pictures.jpeg(320, 240))
    usual = (await live.post(f"/{source['id']}/resize", width=300)).json()
    home = await platform.catalog.workspace_by_slug("default")
    await platform.catalog.update_workspace(home.id, lambda old: replace(old, quality=10))
    coarse = (await live.post(f"/{source['id']}/resize", width=300)).json()
    assert coarse["size"] < usual["size"] / 2


@pytest.mark.parametrize("platform", [{"variant_budget": 1}], indirect=True)
async def test_new_images_are_no_variants_and_spend_none(live):
    source = await live.uploaded(quarters())
    answers = [await live.post(f"/{source['id']}/resize", width=width) for width in (5, 6, 7)]
    assert [each.status_code for each in answers] == [201, 201, 201]


async def test_what_kills_its_decoder_twice_is_set_aside(platform, live):
    async def killed(*_, **__):
        raise RenderFailed("The worker was ended by a signal.", cause="crash")

    source = await live.uploaded(quarters())
    object.__setattr__(platform, "renderer", Wrapped(platform.renderer, render=killed))
    answers = [await live.post(f"/{source['id']}/blur", sigma=sigma) for sigma in (1, 2, 3)]
    assert [each.status_code for each in answers] == [500, 500, 422]


async def test_of_a_blocked_image_nothing_is_made(platform, live):
    base, mark = await live.uploaded(quarters()), await live.uploaded(flat(6, 4, RED))
    asset = await platform.catalog.asset(mark["id"].removeprefix("image_"), platform.clock())
    await moderation.judge(platform, asset, Moderation.BLOCKED)
    answers = [
        await live.post(f"/{mark['id']}/blur"),
        await live.post(f"/{base['id']}/watermark", watermarks=[{"id": mark["id"]}]),
    ]
    assert [each.status_code for each in answers] == [403, 403]


async def test_where_a_picture_was_taken_is_not_handed_on(platform, live):
    user = {"Authorization": f"Bearer {await key_for(platform)}"}
    files = {"file": ("a.jpg", pictures.jpeg(64, 48, gps=pictures.PLACE), "image/jpeg")}
    sent = (await live.http.post("/v1/upload", files=files, headers=user)).json()
    copy = (await live.post(f"/image_{sent['id']}/modulate")).json()
    version = (await platform.catalog.asset(copy["id"].removeprefix("image_"), platform.clock())).version
    done = await downloaded(live, copy)
    assert (version.facts.gps, dict(done.getexif())) == (False, {})


@pytest.mark.parametrize(
    ("verb", "members"),
    [
        ("resize", {"width": 64}),
        ("crop", {"x1": 0, "y1": 0, "x2": 8, "y2": 8}),
        ("mirror", {"mode": "both"}),
        ("rotate", {"angle": 90}),
        ("modulate", {}),
    ],
)
async def test_a_picture_for_hdr_screens_becomes_a_plain_one(platform, live, verb, members):
    user = {"Authorization": f"Bearer {await key_for(platform)}"}
    files = {"file": ("a.jpg", ultra_hdr(orientation=3), "image/jpeg")}
    sent = (await live.http.post("/v1/upload", files=files, headers=user)).json()
    made_ = await live.post(f"/image_{sent['id']}/{verb}", **members)
    assert (made_.status_code, made_.json()["format"]) == (201, "jpeg")
    version = (
        await platform.catalog.asset(made_.json()["id"].removeprefix("image_"), platform.clock())
    ).version
    assert version.facts.gain_map is False
