"""`POST /v1/upload`: what goes in, and exactly what comes out."""

import asyncio
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

import pictures
from calotype.dialects import imgpro
from calotype.domain.assets import blob_prefix
from calotype.errors import Busy, RenderFailed
from platforms import memory_platform

PHOTO = pictures.jpeg(64, 48)
MONTH_S = 30 * 86_400
NOW_S = 1_704_067_200


async def blobs_of(platform):
    return [blob.key async for blob in platform.blobs.list()]


def left_behind(platform):
    return [*platform.scratch.iterdir()]


async def test_an_upload_with_a_key_answers_the_media_object_as_documented(owner, platform):
    response = await owner.upload(
        PHOTO, tags="hero, Homepage", namespace="my-project", author="Jane Doe", date="2024-01-15"
    )
    body = response.json()
    storage = (await platform.catalog.workspace_by_slug("default")).storage
    assert response.status_code == 201
    assert body == {
        "id": body["id"],
        "name": "photo.jpg",
        "url": f"https://img.example/{body['id']}",
        "src": f"https://cdn.example/{storage}/{body['id']}.jpeg",
        "width": 64,
        "height": 48,
        "filesize": len(PHOTO),
        "editable": True,
        "path": f"/my-project/photo_{body['id']}.jpg",
        "tags": ["hero", "homepage"],
        "namespace": "my-project",
        "date": "2024-01-15",
        "author": "Jane Doe",
        "created_at": NOW_S,
    }


async def test_an_upload_without_a_key_expires_in_thirty_days_and_tells_what_a_key_would_give(
    nobody, platform
):
    response = await nobody.upload(PHOTO)
    body = response.json()
    storage = (await platform.catalog.workspace_by_slug("anonymous")).storage
    assert response.status_code == 201
    assert body == {
        "id": body["id"],
        "name": "photo.jpg",
        "url": f"https://img.example/{body['id']}",
        "src": f"https://cdn.example/{storage}/{body['id']}.jpeg",
        "width": 64,
        "height": 48,
        "filesize": len(PHOTO),
        "expires_at": NOW_S + MONTH_S,
        "created_at": NOW_S,
        "upgrade": {
            "type": "register",
            "url": "https://img.example/api/quick-start",
            "message": "Get an API key for permanent storage and larger files",
            "label": "Create API Key",
        },
    }


async def test_every_answer_is_private_and_inert(owner, nobody):
    for response in (await owner.upload(), await nobody.upload(b""), await nobody.get("/v1/media")):
        assert response.headers["cache-control"] == "private, no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in response.headers["content-security-policy"]


async def test_the_stored_bytes_are_those_that_were_sent(owner, platform):
    body = await owner.uploaded(PHOTO)
    asset = await platform.catalog.asset(body["id"], platform.clock())
    key = f"{blob_prefix(asset.workspace_id, asset.id)}original"
    assert b"".join([chunk async for chunk in platform.blobs.read(key)]) == PHOTO
    assert left_behind(platform) == []


async def test_a_large_original_keeps_a_mezzanine_beside_it(owner, platform):
    await owner.uploaded(pictures.jpeg(2500, 60))
    kept = [key.rpartition("/")[2] for key in sorted(await blobs_of(platform))]
    assert kept == ["mezzanine", "mezzanine-small", "original"]


async def test_an_svg_is_stored_cleaned_and_measured_as_stored(owner, platform):
    harmful = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><script>alert(1)</script></svg>'
    )
    body = await owner.uploaded(harmful)
    [key] = await blobs_of(platform)
    stored = b"".join([chunk async for chunk in platform.blobs.read(key)])
    assert b"script" not in stored
    assert body["filesize"] == len(stored) != len(harmful)
    assert body["src"].endswith(".svg")


async def test_what_is_not_public_has_no_page(owner):
    body = await owner.uploaded(public="false")
    assert "url" not in body
    assert body["src"].startswith("https://cdn.example/")


@pytest.mark.parametrize(("ttl", "seconds"), [("300", 300), ("5m", 300), ("12h", 43_200), ("90d", 7_776_000)])
async def test_a_ttl_sets_when_it_expires(owner, ttl, seconds):
    assert (await owner.uploaded(ttl=ttl))["expires_at"] == NOW_S + seconds


async def test_without_a_ttl_an_upload_with_a_key_stays(owner):
    assert "expires_at" not in await owner.uploaded()


@pytest.mark.parametrize(("ttl", "seconds"), [("1h", 3600), ("90d", MONTH_S)])
async def test_an_anonymous_upload_may_expire_sooner_than_thirty_days_not_later(nobody, ttl, seconds):
    assert (await nobody.uploaded(ttl=ttl))["expires_at"] == NOW_S + seconds


async def test_an_anonymous_upload_is_public_whatever_it_asks_for(nobody):
    assert "url" in await nobody.uploaded(public="false")


async def test_reserved_names_are_silently_ignored_and_others_come_back(owner):
    body = await owner.uploaded(
        id="x",
        url="javascript:",
        src="y",
        width="1",
        status="failed",
        editable="no",
        path="/etc",
        sizes="s",
        alt="A",
    )
    assert body["width"] == 64
    assert body["alt"] == "A"
    assert body["src"].startswith("https://cdn.example/")
    assert {"status", "sizes"} & body.keys() == set()
    assert body["path"] != "/etc"


async def test_a_blank_form_field_is_one_that_was_not_filled_in(owner):
    body = await owner.uploaded(namespace="", ttl="", date="", tags="", external_id="", name="", public="")
    assert body["name"] == "photo.jpg"
    assert {"namespace", "expires_at", "date", "tags", "external_id"} & body.keys() == set()


async def test_all_bad_fields_are_named_at_once(owner, platform):
    response = await owner.upload(
        PHOTO,
        ttl="1s",
        tags="x" * 51,
        namespace="No!",
        public="maybe",
        date="2024-02-30",
        **{"bad name": "x"},
    )
    assert response.status_code == 422
    assert response.json() == {
        "error": "validation_error",
        "message": "Validation failed.",
        "errors": {
            "ttl": ["seconds, or a duration such as 5m, 12h or 30d"],
            "tags": ["a tag has at most 50 characters"],
            "namespace": ["2 to 64 lower-case letters, digits and hyphens, not at the ends a hyphen"],
            "public": ["true or false"],
            "date": ["a date such as 2024-01-15, or an ISO 8601 date and time"],
            "bad name": ["a custom field's name has 1 to 64 letters, digits, hyphens, underscores"],
        },
    }
    assert await blobs_of(platform) == left_behind(platform) == []


async def test_a_form_without_a_file_says_so_beside_its_other_faults(owner):
    files = {"ttl": (None, "1s")}
    response = await owner.http.post("/v1/upload", files=files, headers=owner.headers)
    assert response.status_code == 422
    assert response.json()["errors"].keys() == {"file", "ttl"}


async def test_a_field_that_is_given_twice_is_refused(owner):
    files = [("file", ("a.jpg", PHOTO)), ("tags", (None, "a")), ("tags", (None, "b"))]
    response = await owner.http.post("/v1/upload", files=files, headers=owner.headers)
    assert response.json()["errors"] == {"tags": ["given more than once"]}


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "image_empty"),
        (b"just text, called a photo", 415, "unsupported_media_type"),
        (PHOTO[:-200], 422, "image_truncated"),
        (pictures.png_declaring(20_000, 20_000), 422, "image_too_many_pixels"),
        (pictures.avif_declaring(17_000, 17_000), 422, "image_too_many_pixels"),
        (pictures.gif_frames(1024), 422, "image_too_many_frames"),
        (pictures.svg_with_entities(), 422, "svg_unsafe"),
    ],
)
async def test_a_bad_image_is_one_clear_refusal_and_leaves_nothing(owner, platform, data, status, code):
    response = await owner.upload(data)
    body = response.json()
    assert (response.status_code, body["error"]) == (status, code)
    assert body["errors"] == {"file": [body["message"]]}
    assert await blobs_of(platform) == left_behind(platform) == []


async def test_the_bytes_decide_what_it_is(owner):
    body = (await owner.upload(pictures.png(8, 8), "photo.jpg", "text/html")).json()
    assert (body["name"], body["src"].rpartition(".")[2]) == ("photo.jpg", "png")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("..\\windows\\a.jpg", "a.jpg"),
        ("a\0b.jpg", "ab.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie: x.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("x" * 300 + ".jpg", "x" * 251 + ".jpg"),
        ("фото 📷.jpg", "фото 📷.jpg"),
        ("a.php.jpg", "a.php.jpg"),
    ],
)
async def test_a_name_is_made_safe_to_show(owner, sent, shown):
    assert (await owner.uploaded(name=sent))["name"] == shown


async def test_a_name_of_which_nothing_is_left_becomes_the_id(owner):
    body = (await owner.upload(PHOTO, "..")).json()
    assert body["name"] == f"{body['id']}.jpg"


async def test_the_same_external_id_answers_the_image_that_is_there(owner, platform):
    first = await owner.uploaded(external_id="hero")
    response = await owner.upload(pictures.png(9, 9), external_id="hero")
    assert response.status_code == 200
    assert response.headers["x-deduplicated"] == "true"
    assert response.json() == first
    assert len(await blobs_of(platform)) == 1


async def test_an_external_id_is_each_workspaces_own(owner, neighbour):
    await owner.uploaded(external_id="hero")
    assert (await neighbour.upload(external_id="hero")).status_code == 201


async def test_an_external_id_is_free_again_when_its_image_has_expired(owner, platform):
    await owner.uploaded(external_id="hero", ttl="5m")
    platform.clock.move(minutes=6)
    assert (await owner.upload(external_id="hero")).status_code == 201


async def test_anonymous_uploads_share_no_external_id(nobody):
    first = await nobody.uploaded(external_id="hero")
    second = await nobody.uploaded(external_id="hero")
    assert first["id"] != second["id"]
    assert "external_id" not in first


async def test_of_a_race_for_an_external_id_all_get_the_winner_and_only_its_bytes_stay(owner, platform):
    responses = await asyncio.gather(*(owner.upload(external_id="hero") for _ in range(5)))
    assert sorted(each.status_code for each in responses) == [200, 200, 200, 200, 201]
    [winner] = {each.json()["id"] for each in responses}
    assert [key.split("/")[2] for key in await blobs_of(platform)] == [winner]


@pytest.mark.parametrize(
    "credential",
    ["", "Bearer", "Bearer x", "Basic dXNlcjpwYXNz", "Bearer img_live_" + "a" * 40, "Bearer img_live_é"],
)
async def test_a_bad_credential_is_refused_and_never_anonymous(nobody, credential):
    nobody.headers = {"Authorization": credential.encode()}
    response = await nobody.upload()
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json() == {"error": "unauthorized", "message": "Invalid or missing API key."}


async def test_two_credentials_are_refused(owner):
    headers = [*owner.headers.items(), *owner.headers.items()]
    response = await owner.http.post("/v1/upload", files={"file": PHOTO}, headers=headers)
    assert response.status_code == 401


async def test_a_key_that_may_only_read_is_told_so_before_its_form_is_read(reader):
    response = await reader.http.post("/v1/upload", content=b"no form at all", headers=reader.headers)
    assert response.status_code == 403
    assert response.json()["error"] == "forbidden"


async def test_the_twenty_first_anonymous_upload_of_an_hour_waits(nobody, owner):
    for _ in range(20):
        assert (await nobody.upload(b"x")).status_code == 415
    response = await nobody.upload()
    body = response.json()
    seconds = int(response.headers["retry-after"])
    assert (response.status_code, body["error"]) == (429, "rate_limited")
    assert body["action"] == {"type": "wait", "seconds": seconds}
    assert 0 < seconds <= 3600
    assert (await owner.upload()).status_code == 201


async def test_a_server_may_take_no_anonymous_uploads(tmp_path):
    platform = await memory_platform(tmp_path, anonymous_uploads=False)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=imgpro.routes(platform))),
        base_url="https://img.example",
    ) as http:
        assert (await http.post("/v1/upload", files={"file": PHOTO})).status_code == 401


async def test_files_over_the_limit_of_whoever_sends_them_are_refused(tmp_path):
    platform = await memory_platform(tmp_path, max_upload_bytes_anonymous=1000)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=imgpro.routes(platform))),
        base_url="https://img.example",
    ) as http:
        response = await http.post("/v1/upload", files={"file": ("a.jpg", PHOTO)})
    message = "The file is larger than 1,000 bytes (CALOTYPE_MAX_UPLOAD_BYTES_ANONYMOUS)."
    assert response.status_code == 413
    assert response.json() == {"error": "file_too_large", "message": message, "errors": {"file": [message]}}


class Failing:
    """A renderer whose every ingest fails in one way."""

    def __init__(self, error):
        self.error = error

    async def ingest(self, *_, **__):
        raise self.error


@pytest.mark.parametrize(
    ("error", "status"), [(RenderFailed(cause="error"), 500), (Busy(retry_after=7), 503)]
)
async def test_an_upload_that_cannot_be_decoded_now_fails_alone(platform, error, status):
    app = Starlette(routes=imgpro.routes(replace(platform, renderer=Failing(error))))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://img.example") as http:
        response = await http.post("/v1/upload", files={"file": ("a.jpg", PHOTO)})
    assert (response.status_code, response.json()["error"]) == (status, error.code)
    assert response.headers.get("retry-after") == ("7" if status == 503 else None)
    assert left_behind(platform) == []
