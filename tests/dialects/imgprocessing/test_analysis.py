"""Endpoints of IMG Processing that need a model: what goes to it, what comes back, and what is refused."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from PIL import Image

import onnx_models
import pictures
from calotype.adapters.vision import MemoryVision, open_vision
from calotype.errors import Busy, VisionFailed, VisionRefused
from calotype.ports import Imagination, Label, Talent, TextFormat
from calotype.settings import Settings
from platforms import memory_platform
from processing_people import PHOTO, Sender, served
from vision_servers import KEY, asking, model_server, painted, said


def opaque() -> bytes:
    """Make a mask that keeps everything."""
    out = io.BytesIO()
    Image.new("LA", (4, 4), (0, 255)).save(out, "PNG")
    return out.getvalue()


LABELS = (
    Label("tabby", 0.5),
    Label("tiger cat", 0.25),
    Label("carpenter's kit", 0.125),
    Label("lynx", 0.0625),
    Label("CD player", 0.03125),
)
ANSWERS = {
    Talent.IMAGINE: pictures.png(512, 512),
    Talent.DESCRIBE: "A cat on a mat.",
    Talent.CLASSIFY: LABELS,
    Talent.READ_TEXT: "Total\n12.50",
    Talent.REMOVE_BACKGROUND: opaque(),
}
ENDPOINTS = {
    "/imagine": {"name": "a", "prompt": "a cat"},
    "/{}/remove-background": {},
    "/{}/classify": {},
    "/{}/visualize": {"prompt": "What is this?"},
    "/{}/extract-formatted-text": {},
    "/{}/extract-text": {},
}


@pytest.fixture
async def platform(tmp_path):
    plain = await memory_platform(tmp_path)
    return replace(plain, vision=MemoryVision(ANSWERS))


def half_bright() -> bytes:
    """Make a JPEG whose left half is black and whose right half is white."""
    picture = Image.new("RGB", (200, 100), "black")
    picture.paste("white", (100, 0, 200, 100))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()


async def downloaded(sender: Sender, image: dict) -> Image.Image:
    response = await sender.get(f"/{image['id']}/download")
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(response.content))


# Imagine


async def test_a_prompt_becomes_a_jpeg_of_1024_pixels(live):
    response = await live.post("/imagine", name="Cat", prompt="a cat")
    image = response.json()
    shown = {key: image[key] for key in ("name", "url", "width", "height", "format")}
    assert response.status_code == 201
    assert shown == {"name": "Cat", "url": None, "width": 1024, "height": 1024, "format": "jpeg"}
    with await downloaded(live, image) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1024, 1024))


async def test_the_model_is_asked_for_all_that_the_body_says(live, platform):
    body = {"prompt": "a cat", "negative_prompt": "dogs", "seed": 0, "model": "flux"}
    await live.post("/imagine", name="Cat", **body)
    assert platform.vision.asked == [(Talent.IMAGINE, Imagination("a cat", "dogs", 0, "flux"))]


async def test_everything_that_is_wrong_with_a_prompt_is_said_at_once(live, platform):
    response = await live.post(
        "/imagine", name="", prompt="", negative_prompt="x" * 1001, seed=42.1, model="dall-e"
    )
    assert response.status_code == 422
    assert response.json()["errors"] == [
        "name must have 1 to 30 characters",
        "prompt must have 1 to 1,000 characters",
        "negative_prompt must have 1 to 1,000 characters",
        "seed must be an integer",
        "model must be one of sdxl, flux",
    ]
    assert platform.vision.asked == []


@pytest.mark.parametrize("seed", [-1, 2**53, 1e300, True, "7"])
async def test_a_seed_is_a_whole_number_from_0(live, seed):
    assert (await live.post("/imagine", name="a", prompt="a", seed=seed)).status_code == 422


@pytest.mark.parametrize("prompt", ["a\x00b", 7, ["a"], None, "x" * 1001])
async def test_a_prompt_is_text_that_can_be_sent_on(live, prompt):
    response = await live.post("/imagine", name="a", prompt=prompt)
    assert response.status_code == 422
    assert response.json()["errors"][0].startswith("prompt ")


@pytest.mark.parametrize("given", [b"", b"no picture", pictures.gif(), pictures.svg(), PHOTO[:200]])
async def test_what_a_model_paints_that_is_no_picture_is_its_failure(live, platform, given):
    platform.vision.answers[Talent.IMAGINE] = given
    response = await live.post("/imagine", name="a", prompt="a cat")
    assert (response.status_code, response.json()["title"]) == (502, "Bad Gateway")
    assert response.headers["x-should-retry"] == "true"
    assert await live.names() == []


# Remove background


async def test_a_removed_background_is_a_png_of_full_size(live, platform, tmp_path):
    model = onnx_models.brightness_mask(tmp_path / "subject.onnx")
    vision = open_vision(Settings(background_model=model))
    async with served(replace(platform, vision=vision)) as http:
        sender = Sender(http, live.headers)
        source = await sender.uploaded(half_bright(), "Half")
        response = await sender.post(f"/{source['id']}/remove-background")
        image = response.json()
        assert (response.status_code, image["name"], image["format"]) == (201, "Half", "png")
        with await downloaded(sender, image) as picture:
            assert (picture.size, picture.mode) == ((200, 100), "RGBA")
            assert [picture.getpixel((x, 50))[3] for x in (5, 50, 150, 195)] == [0, 0, 255, 255]
            assert picture.getpixel((150, 50))[:3] == (255, 255, 255)


async def test_a_cut_out_may_have_a_name_of_its_own(live):
    source = await live.uploaded()
    response = await live.post(f"/{source['id']}/remove-background", name="Cut")
    assert response.json()["name"] == "Cut"
    assert (await live.names()) == ["Cut", "a"]


async def test_the_mask_of_an_image_is_made_once(live, platform):
    source = await live.uploaded()
    for _ in range(2):
        assert (await live.bare(f"/{source['id']}/remove-background")).status_code == 201
    assert [each[0] for each in platform.vision.asked] == [Talent.REMOVE_BACKGROUND]


async def test_a_cut_out_is_named_as_any_image(live, platform):
    source = await live.uploaded()
    response = await live.post(f"/{source['id']}/remove-background", name="x" * 31)
    assert (response.status_code, response.json()["errors"]) == (422, ["name must have 1 to 30 characters"])
    assert platform.vision.asked == []


# Classify


async def test_labels_are_answered_with_the_surest_apart(live):
    source = await live.uploaded()
    response = await live.bare(f"/{source['id']}/classify")
    assert response.status_code == 201
    assert response.json() == {
        "main_label": "Tabby",
        "main_score": 0.5,
        "secondary_labels": [
            {"label": "Tiger Cat", "score": 0.25},
            {"label": "Carpenter's Kit", "score": 0.125},
            {"label": "Lynx", "score": 0.0625},
            {"label": "CD Player", "score": 0.03125},
        ],
    }


async def test_a_test_key_gets_scores_without_labels(test_stage):
    source = await test_stage.uploaded()
    body = (await test_stage.post(f"/{source['id']}/classify")).json()
    assert (body["main_label"], body["main_score"]) == ("result masked", 0.5)
    assert [each["label"] for each in body["secondary_labels"]] == ["result masked"] * 4


async def test_a_model_sees_a_jpeg_of_at_most_1024_pixels(live, platform):
    source = await live.uploaded(pictures.png(1500, 700))
    await live.bare(f"/{source['id']}/classify")
    ((_, image),) = platform.vision.asked
    with Image.open(io.BytesIO(image)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (1024, 478))


async def test_a_model_never_sees_the_bytes_that_were_sent(live, platform):
    source = await live.uploaded(PHOTO)
    await live.bare(f"/{source['id']}/classify")
    ((_, image),) = platform.vision.asked
    assert image[:2] == b"\xff\xd8"
    assert image != PHOTO


async def test_a_picture_is_classified_by_a_model_from_a_file(live, platform, tmp_path):
    model = onnx_models.classifier(tmp_path / "r.onnx", {281: 9, 282: 8, 285: 7, 287: 6, 728: 5})
    async with served(replace(platform, vision=open_vision(Settings(classify_model=model)))) as http:
        sender = Sender(http, live.headers)
        source = await sender.uploaded()
        body = (await sender.bare(f"/{source['id']}/classify")).json()
    labels = [body["main_label"], *(each["label"] for each in body["secondary_labels"])]
    assert labels == ["Tabby", "Tiger Cat", "Egyptian Cat", "Lynx", "Plastic Bag"]


# Visualize and read


async def test_a_question_is_answered_in_words(live, platform):
    source = await live.uploaded()
    response = await live.post(f"/{source['id']}/visualize", prompt="What is this?", model="gemini")
    assert (response.status_code, response.json()) == (201, {"response": "A cat on a mat."})
    ((_, _, *asked),) = platform.vision.asked
    assert asked == ["What is this?", "gemini"]


async def test_everything_that_is_wrong_with_a_question_is_said_at_once(live):
    source = await live.uploaded()
    response = await live.post(f"/{source['id']}/visualize", model="gpt")
    assert response.status_code == 422
    assert response.json()["errors"] == [
        "prompt is required",
        "model must be one of uform-gen, llava, gemini",
    ]


@pytest.mark.parametrize("form", ["plain", "markdown"])
async def test_text_is_answered_in_the_form_that_was_asked_for(live, platform, form):
    source = await live.uploaded()
    response = await live.post(f"/{source['id']}/extract-formatted-text", format=form)
    assert (response.status_code, response.json()) == (201, {"format": form, "content": "Total\n12.50"})
    assert platform.vision.asked[0][2] is TextFormat(form)


async def test_text_is_plain_unless_something_else_was_asked_for(live):
    source = await live.uploaded()
    assert (await live.bare(f"/{source['id']}/extract-formatted-text")).json()["format"] == "plain"
    response = await live.post(f"/{source['id']}/extract-formatted-text", format="html")
    assert response.json()["errors"] == ["format must be one of plain, markdown"]


async def test_text_is_answered_line_by_line_too(live):
    source = await live.uploaded()
    response = await live.bare(f"/{source['id']}/extract-text")
    assert (response.status_code, response.json()) == (201, {"lines": ["Total", "12.50"]})


async def test_small_print_is_shown_larger_than_anything_else(live, platform):
    source = await live.uploaded(pictures.png(1500, 700))
    await live.bare(f"/{source['id']}/extract-text")
    ((_, image, _),) = platform.vision.asked
    with Image.open(io.BytesIO(image)) as shown:
        assert shown.size == (1500, 700)


# All of them


@pytest.mark.parametrize("path", ENDPOINTS)
async def test_without_a_model_the_setting_is_named(live, platform, path):
    platform.vision.answers.clear()
    async with served(replace(platform, vision=open_vision(Settings()))) as http:
        sender = Sender(http, live.headers)
        source = await sender.uploaded()
        response = await sender.post(path.format(source["id"]), **ENDPOINTS[path])
    body = response.json()
    assert (response.status_code, body["type"].rpartition("/")[2]) == (501, "not-available")
    assert re.fullmatch(r"[A-Z][a-z ]+ needs a model: CALOTYPE_[\w, ]+ must be set\.", body["message"])
    assert response.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("path", [path for path in ENDPOINTS if "{}" in path])
async def test_the_images_of_the_other_stage_are_not_there(live, test_stage, path):
    source = await live.uploaded()
    response = await test_stage.post(path.format(source["id"]), **ENDPOINTS[path])
    assert response.status_code == 404
    assert response.json()["message"] == f"Image with id {source['id']} not found."


@pytest.mark.parametrize("path", ENDPOINTS)
async def test_nobody_without_a_key_asks_a_model(http, live, path):
    source = await live.uploaded()
    response = await Sender(http, {}).post(path.format(source["id"]), **ENDPOINTS[path])
    assert response.status_code == 401


@pytest.mark.parametrize(
    ("error", "status"), [(VisionFailed(), 502), (VisionRefused(), 422), (Busy(retry_after=7), 503)]
)
async def test_what_a_model_does_not_do_is_said_as_it_is(live, platform, error, status):
    platform.vision.answers[Talent.DESCRIBE] = error
    source = await live.uploaded()
    response = await live.post(f"/{source['id']}/visualize", prompt="What?")
    assert (response.status_code, response.json()["message"]) == (status, error.message)


async def test_a_whole_session_with_a_server_of_openais_protocol(live, platform):
    answers = (painted(pictures.png(64, 64)), said("A cat."), said({"text": "MENU"}))
    async with (
        model_server(*answers) as server,
        asking(server) as vision,
        served(replace(platform, vision=vision)) as http,
    ):
        sender = Sender(http, live.headers)
        image = (await sender.post("/imagine", name="Cat", prompt="a cat")).json()
        seen = await sender.post(f"/{image['id']}/visualize", prompt="What?")
        read = await sender.post(f"/{image['id']}/extract-formatted-text", format="markdown")
    assert seen.json() == {"response": "A cat."}
    assert read.json() == {"format": "markdown", "content": "MENU"}
    assert KEY not in seen.text + read.text
