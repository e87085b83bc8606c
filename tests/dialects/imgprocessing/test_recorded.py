"""Recorded requests of IMG Processing's API, and the exact answer to each: status, headers that clients read, body."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from processing_people import IMAGES

TIME = "2026-05-01T12:00:00.000Z"


def still():
    """A PNG whose size does not depend on how well anything compresses: it is compared with what is downloaded."""
    out = io.BytesIO()
    Image.new("RGB", (40, 20), (255, 0, 0)).save(out, "PNG")
    return out.getvalue()


def masked(response):
    """Give the body with the ids, times and sizes that differ from run to run replaced."""
    text = re.sub(r"image_[0-9a-f]{24}", "image_ID", response.text)
    text = re.sub(r'"created_at":"[^"]+Z"', f'"created_at":"{TIME}"', text)
    return re.sub(r'"size":[1-9]\d*', '"size":1', text)


def image(width=40, height=20, name="a", format_="png", url="null"):
    return (
        f'{{"id":"image_ID","name":"{name}","url":{url},"width":{width},"height":{height},'
        f'"format":"{format_}","size":1,"created_at":"{TIME}"}}'
    )


PUBLISHED = '"https://img.example/img-processing/images/image_ID"'
TRANSFORMS = {
    "resize": (b'{"width":20,"fit":"fill"}', image(20, 10)),
    "crop": (b'{"x1":0,"y1":0,"x2":10,"y2":5,"name":"corner"}', image(10, 5, "corner")),
    "rotate": (b'{"angle":1.5707963267948966,"unit":"radians"}', image(20, 40)),
    "mirror": (b'{"mode":"vertical"}', image()),
    "convert": (b'{"format":"jpg","quality":90}', image(format_="jpeg")),
    "blur": (b"{}", image()),
    "modulate": (b'{"brightness":1.1,"hue":90}', image()),
    "publish": (b"{}", image(url=PUBLISHED)),
    "unpublish": (b"{}", image()),
}
"""Path below an image -> the body that was sent, and the body of the answer."""
MODELS = ("remove-background", "classify", "visualize", "extract-formatted-text", "extract-text")


async def test_an_upload_is_answered_with_the_image(live):
    response = await live.upload(still())
    assert (response.status_code, response.headers["x-image-processing-usage"]) == (201, "1")
    assert response.headers["content-type"] == "application/json"
    assert masked(response) == image()


@pytest.mark.parametrize("path", TRANSFORMS)
async def test_what_makes_or_moves_an_image_is_answered_with_it(live, path):
    body, expected = TRANSFORMS[path]
    source = await live.uploaded(still())
    response = await live.send(f"/{source['id']}/{path}", body)
    charged = "0" if "publish" in path else "1"
    assert (response.status_code, response.headers["x-image-processing-usage"]) == (201, charged)
    assert masked(response) == expected


async def test_a_watermark_is_answered_with_a_new_image(live):
    source = await live.uploaded(still())
    body = f'{{"watermarks":[{{"id":"{source["id"]}","left":5,"top":5}}]}}'
    response = await live.send(f"/{source['id']}/watermark", body.encode())
    assert (response.status_code, masked(response)) == (201, image())
    assert response.json()["id"] != source["id"]


async def test_a_page_is_answered_with_links(live):
    for _ in range(3):
        await live.uploaded(still())
    second = (await live.get(take=1)).json()["links"]["next"]
    response = await live.http.get(second, headers=live.headers)
    link = '"https://img.example/img-processing/v1/images?take=1&from=image_ID"'
    assert (response.status_code, masked(response)) == (
        200, f'{{"data":[{image()}],"links":{{"previous":{link},"next":{link}}}}}',
    )  # fmt: skip


async def test_an_image_is_shown_downloaded_and_deleted(live):
    source = await live.uploaded(still())
    shown, sent = await live.get(f"/{source['id']}"), await live.get(f"/{source['id']}/download")
    gone = await live.bare(f"/{source['id']}", "DELETE")
    assert (shown.status_code, masked(shown)) == (200, image())
    assert (sent.status_code, sent.headers["content-type"], len(sent.content)) == (
        200,
        "image/png",
        source["size"],
    )
    assert (gone.status_code, gone.content) == (204, b"")


async def test_a_url_of_no_allowed_origin_is_answered_with_a_problem(live):
    response = await live.send("", b'{"name":"a","url":"https://example.com/image.jpg"}')
    reason = "url must lead to an allowed origin (CALOTYPE_IMG_PROCESSING_ORIGINS)"
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    assert response.text == (
        '{"type":"https://docs.img-processing.com/errors/validation-error","error":"Validation Error",'
        f'"title":"Validation Error","status":422,"message":"{reason}","errors":["{reason}"]}}'
    )


@pytest.mark.parametrize("path", MODELS)
async def test_without_a_model_the_answer_says_so(live, path):
    source = await live.uploaded(still())
    response = await live.post(f"/{source['id']}/{path}", prompt="What is this?")
    assert (response.status_code, response.headers["x-should-retry"]) == (501, "false")
    assert response.json()["type"] == "https://docs.img-processing.com/errors/not-available"
    assert "errors" not in response.json()


async def test_an_image_that_is_not_there_is_answered_with_a_problem(live):
    response = await live.get("/image_exampleid")
    assert response.status_code == 404
    assert response.text == (
        '{"type":"https://docs.img-processing.com/errors/not-found","error":"Not Found","title":"Not Found",'
        '"status":404,"message":"Image with id image_exampleid not found."}'
    )


async def test_without_a_key_the_answer_is_a_problem(http):
    response = await http.get(IMAGES)
    assert (response.status_code, response.json()["error"]) == (401, "Unauthorized")
