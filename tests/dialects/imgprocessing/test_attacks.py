"""What attackers may try with IMG Processing's API: ids, URLs, forms, and what is held, expired or deleted."""

import asyncio

import pytest

import pictures
from calotype.domain.assets import Moderation
from calotype.domain.workspaces import Stage
from calotype.services import moderation
from platforms import key_for
from processing_people import BASE, IMAGES, PHOTO, Sender, sender_for


async def published(live: Sender) -> str:
    id_ = (await live.uploaded())["id"]
    assert (await live.bare(f"/{id_}/publish")).status_code == 201
    return id_


async def judged(platform, id_: str, verdict: Moderation) -> None:
    asset = await platform.catalog.asset(id_.removeprefix("image_"), platform.clock())
    await moderation.judge(platform, asset, verdict)


# --- public URLs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        "{core}",
        "{id}.jpeg",
        "{id}/",
        "{id}/download",
        "{upper}",
        "{id}%00",
        "{id}%0A",
        "",
        "..%2fimages%2f{id}",
    ],
)
async def test_a_public_url_has_one_spelling(live, asked):
    id_ = await published(live)
    path = asked.format(id=id_, core=id_.removeprefix("image_"), upper=id_.upper())
    response = await live.http.get(f"/img-processing/images/{path}")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


async def test_a_query_changes_nothing_of_a_public_url(live):
    url = f"/img-processing/images/{await published(live)}"
    plain, asked = await live.http.get(url), await live.http.get(f"{url}?w=1&blur=100&format=gif")
    assert asked.content == plain.content


async def test_a_public_url_is_only_read(live):
    url = f"/img-processing/images/{await published(live)}"
    assert (await live.http.post(url)).status_code == 405
    assert (await live.http.delete(url)).status_code == 405
    assert (await live.http.get(url)).status_code == 200


async def test_a_private_image_is_at_no_door_of_the_other_api(live, platform):
    core = (await live.uploaded())["id"].removeprefix("image_")
    storage = (await platform.catalog.workspace_by_slug("default")).storage
    doors = [f"/cdn/{storage}/{core}.jpeg", f"/{core}", f"/v1/media/{core}"]
    assert [(await live.http.get(door)).status_code for door in doors] == [404, 404, 404]


async def test_what_is_unlisted_elsewhere_is_not_published_here(live, platform):
    bearer = {"authorization": f"Bearer {await key_for(platform)}"}
    form = {"file": ("a.jpg", PHOTO, "image/jpeg")}
    made = await live.http.post("/v1/upload", files=form, data={"public": "false"}, headers=bearer)
    id_ = f"image_{made.json()['id']}"
    assert (await live.get(f"/{id_}")).json()["url"] is None
    assert (await live.http.get(f"/img-processing/images/{id_}")).status_code == 404


# --- what is held, expired or deleted -------------------------------------------------------------


async def test_an_image_whose_time_has_come_is_nowhere(http, platform, live):
    bearer = {"authorization": f"Bearer {await key_for(platform)}"}
    form = {"file": ("a.jpg", PHOTO, "image/jpeg")}
    made = await http.post("/v1/upload", files=form, data={"ttl": "5m"}, headers=bearer)
    id_ = f"image_{made.json()['id']}"
    asked = [f"{IMAGES}/{id_}", f"{IMAGES}/{id_}/download", f"/img-processing/images/{id_}"]
    before = [(await http.get(each, headers=live.headers)).status_code for each in asked]
    platform.clock.move(minutes=5)
    after = [(await http.get(each, headers=live.headers)).status_code for each in asked]
    assert (before, after) == ([200] * 3, [404] * 3)
    assert await live.names() == []
    assert (await live.bare(f"/{id_}/publish")).status_code == 404


async def test_a_blocked_image_leaves_by_no_door(live, platform):
    id_ = await published(live)
    await judged(platform, id_, Moderation.BLOCKED)
    answers = [await live.http.get(f"/img-processing/images/{id_}"), await live.get(f"/{id_}/download")]
    assert [each.status_code for each in answers] == [403, 403]
    assert [each.json()["type"].rpartition("/")[2] for each in answers] == ["forbidden"] * 2


@pytest.mark.parametrize(("method", "verb"), [("POST", "/unpublish"), ("DELETE", "")])
async def test_a_locked_image_stays_as_it_is(live, platform, method, verb):
    id_ = await published(live)
    await judged(platform, id_, Moderation.LOCKED)
    assert (await live.bare(f"/{id_}{verb}", method)).status_code == 403
    assert (await live.http.get(f"/img-processing/images/{id_}")).status_code == 200


async def test_deleting_leaves_no_byte(live, platform):
    id_ = await published(live)
    await live.http.get(f"/img-processing/images/{id_}")
    await live.bare(f"/{id_}", "DELETE")
    assert [blob async for blob in platform.blobs.list("")] == []


async def test_of_two_who_delete_at_once_one_does(live):
    id_ = (await live.uploaded())["id"]
    answers = await asyncio.gather(*(live.bare(f"/{id_}", "DELETE") for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [204, 404, 404, 404]


# --- forms ----------------------------------------------------------------------------------------


def form(*parts: bytes) -> bytes:
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


def text(name: bytes, value: bytes) -> bytes:
    return b'content-disposition: form-data; name="' + name + b'"\r\n\r\n' + value


def file(name: bytes, value: bytes = PHOTO) -> bytes:
    return b'content-disposition: form-data; name="' + name + b'"; filename="blob"\r\n\r\n' + value


@pytest.mark.parametrize(
    "body",
    [
        form(text(b"name", b"a"), text(b"image", b"a")),
        form(text(b"name", b"a"), file(b"file")),
        form(text(b"name", b"a"), file(b"image"), file(b"image")),
        form(text(b"name", b"a"), text(b"name", b"b"), file(b"image")),
        form(text(b"name", b"\xff"), file(b"image")),
        form(text(b"name", b"a"), file(b"image"))[:-4],
        form(text(b"name", b"a" * 70_000), file(b"image")),
        form(*[text(b"x%d" % number, b"") for number in range(200)], file(b"image")),
        form(text(b"name", b"a"), file(b"image", b"")),
        form(text(b"name", b"a"), file(b"image", PHOTO[: len(PHOTO) // 2])),
        form(text(b"name", b"a"), file(b"image", pictures.png_declaring())),
        b"no form at all",
        b"",
    ],
    ids=range(13),
)
async def test_a_form_that_cannot_be_right_is_a_validation_problem_and_leaves_nothing(live, platform, body):
    response = await live.send("/upload", body, "multipart/form-data; boundary=b")
    assert response.status_code == 422
    assert response.json()["errors"]
    assert list(platform.scratch.iterdir()) == []
    assert await live.names() == []


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", "image/jpeg", ""])
async def test_an_upload_that_is_no_form_is_refused(live, content_type):
    response = await live.send("/upload", PHOTO, content_type)
    assert response.status_code == 422
    assert "image" in response.json()["errors"][0] or "boundary" in response.json()["errors"][0]


async def test_a_url_that_carries_a_secret_is_not_repeated(live, platform):
    secret = "https://s3.amazonaws.com/b/a.jpg?X-Amz-Signature=secret"
    platform.fetcher.pages[secret] = PHOTO
    made = await live.post(name="a", url=secret)
    assert made.status_code == 201
    assert "secret" not in made.text
    assert "secret" not in (await live.get()).text


# --- stages ---------------------------------------------------------------------------------------


async def test_a_test_key_creates_nothing_in_the_live_workspace(http, platform, live):
    tester = await sender_for(http, platform, Stage.TEST)
    id_ = (await tester.uploaded())["id"].removeprefix("image_")
    asset = await platform.catalog.asset(id_, platform.clock())
    assert asset.workspace_id == (await platform.catalog.workspace_by_slug("default-test")).id
    assert await live.names() == []


async def test_links_of_one_stage_lead_nowhere_in_the_other(http, platform, live):
    tester = await sender_for(http, platform, Stage.TEST)
    for _ in range(2):
        await live.uploaded()
    url = (await live.get(take=1)).json()["links"]["next"]
    assert url.startswith(BASE)
    assert (await http.get(url, headers=tester.headers)).status_code == 422
