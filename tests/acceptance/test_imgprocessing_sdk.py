"""Both generations of the vendor's Node SDK through a whole session, on a real server, as they are on the wire."""

from __future__ import annotations

import io
import json
import re

import pytest
from node_sdks import ApiError, FirstSdk, SecondSdk, repeats
from PIL import Image
from served import Served

import pictures

IMAGE_KEYS = ["id", "name", "url", "width", "height", "format", "size", "created_at"]
ID = re.compile(r"^image_[a-zA-Z0-9]{24}$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
TYPES = "https://docs.img-processing.com/errors"
PHOTO = pictures.jpeg(400, 300)
TRANSFORMS = {
    "/resize": ('{"width":200,"height":100,"fit":"cover","position":"top-left"}', (200, 100, "jpeg")),
    "/crop": ('{"x1":0,"y1":0,"x2":100,"y2":80}', (100, 80, "jpeg")),
    "/rotate": ('{"angle":90,"unit":"degrees"}', (300, 400, "jpeg")),
    "/mirror": ('{"mode":"both"}', (400, 300, "jpeg")),
    "/convert": ('{"format":"webp","quality":80}', (400, 300, "webp")),
    "/blur": ('{"sigma":2}', (400, 300, "jpeg")),
    "/modulate": ('{"brightness":10,"contrast":-5,"exposure":3}', (400, 300, "jpeg")),
}
"""What the second generation sends to each, and what an upload of 400x300 is then."""
MODELS = {
    "/imagine": '{"name":"a","prompt":"a cat","seed":42}',
    "/{}/remove-background": "{}",
    "/{}/classify": None,
    "/{}/visualize": '{"prompt":"What is this?"}',
    "/{}/extract-formatted-text": '{"format":"markdown"}',
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    settings = {
        "img_processing_live_requests_per_minute": 0,
        "img_processing_url": "https://api.img-processing.com",
    }
    with Served(tmp_path_factory.mktemp("sdk"), **settings) as server:
        yield server


def key_of(server, stage="live"):
    return server.json("keys", "create", "--api", "img-processing", "--stage", stage)["key"]


def base_of(server):
    return f"{server.url}/img-processing/"


@pytest.fixture(scope="module")
def live(server):
    return key_of(server)


@pytest.fixture
def first(server, live):
    return FirstSdk(base_of(server), live)


@pytest.fixture
def second(server, live):
    return SecondSdk(base_of(server), live)


def size_of(answer):
    return Image.open(io.BytesIO(answer.content)).size


def kind_of(image):
    return image["width"], image["height"], image["format"]


def refused(call, *arguments):
    with pytest.raises(ApiError) as caught:
        call(*arguments)
    return caught.value


def test_the_first_uploads_shows_publishes_and_deletes(first):
    image = first.upload("from 2024", PHOTO, "image/jpeg")
    assert list(image) == IMAGE_KEYS
    assert (ID.match(image["id"]) is None, TIME.match(image["created_at"]) is None) == (False, False)
    assert (image["name"], image["url"], *kind_of(image)) == ("from 2024", None, 400, 300, "jpeg")
    assert first.get(image["id"]) == image
    published = first.bare(f"/{image['id']}/publish")
    assert published["url"] == f"https://api.img-processing.com/images/{image['id']}"
    assert first.bare(f"/{image['id']}/unpublish") == image
    assert size_of(first.download(image["id"])) == (400, 300)
    first.delete(image["id"])
    assert refused(first.get, image["id"]).status == 404


def test_the_first_transforms_and_every_answer_is_a_new_image(first):
    image = first.upload("a", PHOTO, "image/jpeg")
    bodies = {
        "/resize": '{"width":50,"height":60,"fit":"contain"}',
        "/crop": '{"x1":0,"y1":0,"x2":100,"y2":100}',
        "/rotate": '{"angle":90}',
        "/mirror": '{"mode":"horizontal"}',
        "/convert": '{"format":"jpg"}',
        "/blur": "{}",
        "/modulate": '{"brightness":1.2,"saturation":0.5,"hue":120}',
        "/watermark": json.dumps({"watermarks": [{"id": image["id"], "left": 10, "top": 10}]}),
    }
    made = {path: first.post(f"/{image['id']}{path}", body) for path, body in bodies.items()}
    assert {path: kind_of(each)[:2] for path, each in made.items()} == {
        "/resize": (50, 60), "/crop": (100, 100), "/rotate": (300, 400), "/mirror": (400, 300),
        "/convert": (400, 300), "/blur": (400, 300), "/modulate": (400, 300), "/watermark": (400, 300),
    }  # fmt: skip
    assert {each["name"] for each in made.values()} == {"a"}
    assert len({each["id"] for each in made.values()} | {image["id"]}) == 9


def test_the_first_lists_what_it_leaves_unsaid_and_follows_the_link_to_the_next_page(server):
    server.run("workspaces", "create", "lister")
    key = server.json(
        "keys", "create", "--api", "img-processing", "--workspace", "lister", "--stage", "live"
    )["key"]
    sdk = FirstSdk(base_of(server), key)
    ids = [sdk.upload(str(number), PHOTO, "image/jpeg")["id"] for number in range(12)][::-1]
    page = sdk.list()
    assert [each["id"] for each in page["data"]] == ids[:10]
    assert page["links"]["previous"] is None
    assert page["links"]["next"] == f"https://api.img-processing.com/v1/images?take=10&from={ids[10]}"
    last = sdk.follow(page["links"]["next"])
    assert [each["id"] for each in last["data"]] == ids[10:]
    assert last["links"]["next"] is None
    assert sdk.follow(last["links"]["previous"])["data"] == page["data"]


def test_the_first_is_refused_as_its_own_tests_say(first):
    image = first.upload("a", PHOTO, "image/jpeg")["id"]
    svg = refused(first.upload, "a", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "application/xml")
    assert (svg.status, svg.body["type"], svg.body["error"]) == (
        422, f"{TYPES}/validation-error", "Validation Error",
    )  # fmt: skip
    assert [type(each) for each in svg.body["errors"]] == [str]
    wrong = {
        "": '{"url":"https://storage.googleapis.com/a.jpg"}',
        f"/{image}/crop": '{"x1":0.5,"y1":0,"x2":9,"y2":9}',
        f"/{image}/convert": '{"format":"jpeg","quality":101}',
        f"/{image}/modulate": '{"hue":120.5}',
        "/imagine": '{"name":"a","prompt":"a","seed":42.1}',
    }
    problems = [refused(first.post, path, body).body for path, body in wrong.items()]
    assert [problem["errors"] for problem in problems] == [
        ["name is required"], ["x1 must be an integer"], ["quality must be between 1 and 100"],
        ["hue must be an integer"], ["seed must be an integer"],
    ]  # fmt: skip


def test_the_first_does_not_send_a_key_that_is_none(server):
    with pytest.raises(ValueError, match="Invalid API key"):
        FirstSdk(base_of(server), server.key)


def test_the_second_uploads_transforms_and_downloads(second):
    image = second.upload("from 2025", PHOTO, "image/jpeg")
    for path, (body, expected) in TRANSFORMS.items():
        made = second.post(f"/{image['id']}{path}", body)
        assert (list(made), kind_of(made)) == (IMAGE_KEYS, expected), path
        answer = second.download(made["id"])
        assert (answer.headers["content-type"], size_of(answer)) == (f"image/{expected[2]}", expected[:2])
    assert second.get(f"/{image['id']}") == image


def test_the_second_lays_one_image_over_another_again_and_again(second):
    image = second.upload("a", pictures.png(40, 30), "image/png")["id"]
    item = {"id": image, "width": 5, "height": 5, "repetition_mode": "repeat_x"}
    made = second.post(f"/{image}/watermark", json.dumps({"watermarks": [item], "name": "tiled"}))
    assert (made["name"], kind_of(made)) == ("tiled", (40, 30, "png"))


def test_the_second_asks_nothing_more_and_nothing_is_missing(second):
    image = second.upload("a", PHOTO, "image/jpeg")["id"]
    assert second.post(f"/{image}/publish")["url"].endswith(f"/images/{image}")
    assert second.post(f"/{image}/unpublish")["url"] is None
    assert second.post(f"/{image}/modulate", "{}")["id"] != image
    assert [each["id"] for each in second.get(f"?take=1&from={image}")["data"]] == [image]
    gone = second.delete(image)
    assert (gone.status_code, gone.content) == (204, b"")
    assert refused(second.delete, image).name == "NotFoundError"


@pytest.mark.parametrize("path", MODELS)
def test_without_a_model_the_second_is_told_so_once(second, path):
    image = second.upload("a", PHOTO, "image/jpeg")["id"]
    error = refused(second.post, f"{path.format(image)}", MODELS[path])
    assert (error.status, error.body["type"], repeats(error.answer)) == (501, f"{TYPES}/not-available", False)
    assert re.search(r"CALOTYPE_(VISION_URL|BACKGROUND_MODEL|LABEL_MODEL|OCR)", error.body["message"])


def test_the_first_is_told_that_there_is_no_model_with_an_empty_object_for_a_body(first):
    image = first.upload("a", PHOTO, "image/jpeg")["id"]
    paths = [f"/{image}/remove-background", f"/{image}/classify", f"/{image}/extract-text"]
    assert [refused(first.post, path).status for path in paths] == [501, 501, 501]


def test_each_refusal_is_the_class_that_the_second_has_for_it_and_repeated_only_where_it_helps(second):
    image = second.upload("a", PHOTO, "image/jpeg")["id"]
    stranger = SecondSdk(second.base, "live_nobody")
    errors = [
        refused(second.post, f"/{image}/blur", ""),
        refused(stranger.get, ""),
        refused(second.get, "/image_" + "0" * 24),
        refused(second.post, f"/{image}/resize", "{}"),
    ]
    assert [each.name for each in errors] == [
        "BadRequestError", "AuthenticationError", "NotFoundError", "UnprocessableEntityError",
    ]  # fmt: skip
    for error in errors:
        assert error.answer.headers["content-type"] == "application/problem+json"
        assert (error.body["status"], error.body["title"]) == (error.status, error.body["error"])
        assert not repeats(error.answer)


def test_a_test_key_that_asks_too_often_is_told_when_to_ask_again(server):
    sdk = SecondSdk(base_of(server), key_of(server, "test"))
    answers = [sdk.get("") for _ in range(10)]
    error = refused(sdk.get, "")
    assert [each["data"] for each in answers] == [[]] * 10
    assert (error.name, error.body["type"]) == ("RateLimitError", f"{TYPES}/too-many-requests")
    assert 1 <= int(error.answer.headers["retry-after"]) <= 60
    assert repeats(error.answer)
