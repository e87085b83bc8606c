"""`POST /images/upload` and `POST /images`: what goes in, and exactly what comes out."""

import io

import pytest
from PIL import Image

import pictures
from platforms import memory_platform
from processing_people import IMAGES, PHOTO, Sender, secret_for, served

URL = "https://bucket.s3.eu-west-1.amazonaws.com/photo.jpg?X-Amz-Signature=abc"
ERRORS = "https://docs.img-processing.com/errors"


def opened(data):
    return Image.open(io.BytesIO(data))


def invalid(*reasons):
    return {
        "type": f"{ERRORS}/validation-error",
        "error": "Validation Error",
        "title": "Validation Error",
        "status": 422,
        "message": "; ".join(reasons),
        "errors": list(reasons),
    }


async def test_an_upload_answers_the_image_object(live):
    response = await live.upload(name="Holiday")
    body = response.json()
    assert response.status_code == 201
    assert body == {
        "id": body["id"],
        "name": "Holiday",
        "url": None,
        "width": 64,
        "height": 48,
        "format": "jpeg",
        "size": body["size"],
        "created_at": "2024-01-01T00:00:00.000Z",
    }
    assert body["id"].startswith("image_")
    assert len(body["id"]) == 30


async def test_the_parts_of_the_form_come_in_any_order(live):
    parts = [("image", ("x.png", PHOTO, "application/xml")), ("name", (None, "b"))]
    response = await live.http.post(f"{IMAGES}/upload", files=parts, headers=live.headers)
    assert (response.status_code, response.json()["name"]) == (201, "b")


@pytest.mark.parametrize(
    ("data", "format_"),
    [(pictures.jpeg(8, 8), "jpeg"), (pictures.png(8, 8), "png"), (pictures.webp(8, 8), "webp")],
    ids=["jpeg", "png", "webp"],
)
async def test_the_bytes_say_what_the_format_is(live, data, format_):
    assert (await live.uploaded(data))["format"] == format_


async def test_other_formats_are_refused(live):
    response = await live.upload(pictures.gif())
    assert response.status_code == 422
    assert response.json() == invalid("image: It is GIF, and must be JPEG, PNG or WebP.")


async def test_what_is_no_image_is_refused(live):
    response = await live.upload(b"<svg>only words</svg>" * 10)
    assert response.status_code == 422
    assert response.json()["type"] == f"{ERRORS}/validation-error"


async def test_everything_that_is_missing_is_said_at_once(live):
    parts = {"other": (None, "x")}
    response = await live.http.post(f"{IMAGES}/upload", files=parts, headers=live.headers)
    assert response.json() == invalid("name is required", "image is required")
    assert response.headers["content-type"] == "application/problem+json"


async def test_what_is_wrong_with_name_and_file_is_said_at_once(live):
    assert (await live.upload(pictures.gif(), name="")).json() == invalid(
        "name must have 1 to 30 characters", "image: It is GIF, and must be JPEG, PNG or WebP."
    )
    assert (await live.upload(b"", name="")).json() == invalid(
        "name must have 1 to 30 characters", "image: The file is empty."
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "name must have 1 to 30 characters"),
        ("a" * 31, "name must have 1 to 30 characters"),
        ("a\0b", "name must have no NUL characters and no lone surrogates"),
        ("a\u202eb", "name must have no control characters"),
    ],
)
async def test_a_name_has_1_to_30_characters_that_can_be_shown(live, name, reason):
    assert (await live.upload(name=name)).json() == invalid(reason)


async def test_a_name_is_a_title_and_keeps_its_slashes(live):
    assert (await live.uploaded(name="1/2 .. done.jpg"))["name"] == "1/2 .. done.jpg"


async def test_a_file_over_the_limit_is_a_validation_problem(tmp_path):
    platform = await memory_platform(tmp_path, img_processing_max_upload_bytes=1000)
    async with served(platform) as http:
        live = Sender(http, {"x-api-key": await secret_for(platform)})
        response = await live.upload(PHOTO)
    limit = "1,000 bytes (CALOTYPE_IMG_PROCESSING_MAX_UPLOAD_BYTES)"
    assert response.json() == invalid(f"image: The file is larger than {limit}.")


async def test_a_turned_picture_is_stored_upright(live):
    body = await live.uploaded(pictures.jpeg(64, 48, orientation=6))
    assert (body["width"], body["height"]) == (48, 64)
    data = (await live.get(f"/{body['id']}/download")).content
    assert opened(data).size == (48, 64)


async def test_metadata_is_dropped_and_no_pixel_changes(live):
    sent = pictures.jpeg(64, 48, gps=pictures.PLACE)
    data = (await live.get(f"/{(await live.uploaded(sent))['id']}/download")).content
    assert pictures.CAMERA.encode() in sent
    assert pictures.CAMERA.encode() not in data
    assert opened(data).tobytes() == opened(sent).tobytes()


async def test_of_an_animation_the_first_frame_is_stored(live):
    body = await live.uploaded(pictures.webp(16, 16, frames=3))
    data = (await live.get(f"/{body['id']}/download")).content
    assert (body["format"], getattr(opened(data), "n_frames", 1)) == ("webp", 1)


async def test_what_is_created_is_private(live, platform):
    body = await live.uploaded()
    assert (await live.http.get(f"/img-processing/images/{body['id']}")).status_code == 404
    asset = await platform.catalog.asset(body["id"].removeprefix("image_"), platform.clock())
    assert asset.visibility == "private"


async def test_an_image_is_created_from_an_allowed_url(live, platform):
    platform.fetcher.pages[URL] = PHOTO
    response = await live.post(name="fetched", url=URL)
    assert (response.status_code, response.json()["name"], response.json()["url"]) == (201, "fetched", None)


async def test_a_url_of_another_origin_is_not_fetched(live, platform):
    platform.fetcher.pages["https://example.com/a.jpg"] = PHOTO
    response = await live.post(name="x", url="https://example.com/a.jpg")
    reason = "url must lead to an allowed origin (CALOTYPE_IMG_PROCESSING_ORIGINS)"
    assert (response.status_code, response.json()) == (422, invalid(reason))


async def test_a_url_that_leads_nowhere_is_one_sentence(live):
    response = await live.post(name="x", url=URL)
    assert response.status_code == 422
    assert len(response.json()["errors"]) == 1
    assert response.json()["errors"][0].startswith("url: ")


async def test_a_url_that_leads_to_another_format_is_refused(live, platform):
    platform.fetcher.pages[URL] = pictures.gif()
    response = await live.post(name="x", url=URL)
    assert response.json() == invalid("url: It is GIF, and must be JPEG, PNG or WebP.")


async def test_without_name_and_url_both_are_named(live):
    assert (await live.post()).json() == invalid("name is required", "url is required")


async def test_creating_is_charged_as_one_image(live):
    assert (await live.upload()).headers["x-image-processing-usage"] == "1"


async def test_a_full_plan_is_403_and_not_to_be_retried(tmp_path):
    platform = await memory_platform(tmp_path, plans={"unlimited": {"uploads": 1}})
    async with served(platform) as http:
        live = Sender(http, {"x-api-key": await secret_for(platform)})
        await live.uploaded()
        response = await live.upload()
    assert response.status_code == 403
    assert response.json()["type"] == f"{ERRORS}/quota-exceeded"
    assert (
        response.json()["message"] == "Monthly upload limit reached. The plan Unlimited has 1 upload a month."
    )
    assert response.headers["x-should-retry"] == "false"


async def test_a_plan_that_is_used_up_is_told_with_all_its_limits(tmp_path):
    plans = {"unlimited": {"label": "Home", "uploads": 1_000, "storage_bytes": 512}}
    platform = await memory_platform(tmp_path, plans=plans)
    async with served(platform) as http:
        live = Sender(http, {"x-api-key": await secret_for(platform)})
        response = await live.upload()
    assert response.json()["message"] == (
        "Storage limit reached. The plan Home has 1,000 uploads a month and 512 bytes of originals."
    )
