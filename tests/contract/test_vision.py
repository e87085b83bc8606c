"""The Vision port: what every adapter of a talent keeps to, and what the model's server may do wrong."""

from __future__ import annotations

import base64
import io
import logging

import pytest
from PIL import Image

import onnx_models
import pictures
from calotype.adapters.vision import MemoryVision, open_vision
from calotype.errors import Busy, NotConfigured, VisionFailed, VisionRefused
from calotype.ports import Imagination, Label, Talent, TextFormat
from calotype.settings import Settings
from vision_servers import (
    HANG_UP,
    KEY,
    SILENCE,
    Answer,
    asking,
    failing,
    model_server,
    painted,
    said,
)

PHOTO = pictures.jpeg(64, 48)
FIVE = [
    {"label": "tabby", "score": 0.5},
    {"label": "tiger cat", "score": 0.25},
    {"label": "Egyptian cat", "score": 0.125},
    {"label": "lynx", "score": 0.0625},
    {"label": "plastic bag", "score": 0.03},
]
LABELS = tuple(Label(each["label"], each["score"]) for each in FIVE)


class Ledger:
    """Keeps what it is told."""

    def __init__(self):
        self.calls, self.costs = [], []

    def looked(self, talent, outcome, seconds):
        self.calls.append((talent, outcome))

    def spent(self, model, kind, amount):
        self.costs.append((model, kind, amount))


def mask_png() -> bytes:
    out = io.BytesIO()
    Image.new("LA", (4, 4), (0, 255)).save(out, "PNG")
    return out.getvalue()


ANSWERS = {
    Talent.IMAGINE: PHOTO,
    Talent.DESCRIBE: "A cat on a mat.",
    Talent.CLASSIFY: LABELS,
    Talent.READ_TEXT: "Total 12.50",
    Talent.REMOVE_BACKGROUND: mask_png(),
}
SERVED = {
    Talent.IMAGINE: painted(PHOTO),
    Talent.DESCRIBE: said("A cat on a mat."),
    Talent.CLASSIFY: said({"labels": FIVE}),
    Talent.READ_TEXT: said({"text": "Total 12.50"}),
}


@pytest.fixture
async def seeing(request, tmp_path):
    """Open the adapter and the talent that the parameter names."""
    kind, talent = request.param
    if kind == "memory":
        yield MemoryVision(ANSWERS)
    elif kind == "server":
        async with model_server(SERVED[talent]) as server, asking(server) as vision:
            yield vision
    else:
        classify = onnx_models.classifier(tmp_path / "c.onnx", {281: 5, 282: 4, 285: 3, 287: 2, 728: 1})
        remove = onnx_models.brightness_mask(tmp_path / "b.onnx")
        vision = open_vision(Settings(classify_model=classify, background_model=remove))
        yield vision
        await vision.close()


def having(talent: Talent, *kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "seeing", [(kind, talent) for kind in kinds], indirect=True, ids=list(kinds)
    )


@having(Talent.IMAGINE, "memory", "server")
async def test_a_painted_picture_is_the_bytes_of_an_image(seeing):
    assert await seeing.imagine(Imagination("a cat")) == PHOTO


@having(Talent.DESCRIBE, "memory", "server")
async def test_a_description_is_words(seeing):
    assert await seeing.describe(PHOTO, "What is this?") == "A cat on a mat."


@having(Talent.CLASSIFY, "memory", "server", "files")
async def test_a_classification_is_five_labels_the_surest_first(seeing):
    labels = await seeing.classify(PHOTO)
    scores = [each.score for each in labels]
    assert {each.name for each in labels} == {each.name for each in LABELS}
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= each <= 1 for each in scores)


@having(Talent.READ_TEXT, "memory", "server")
@pytest.mark.parametrize("form", TextFormat)
async def test_text_that_was_read_is_words(seeing, form):
    assert await seeing.read_text(PHOTO, form) == "Total 12.50"


@having(Talent.REMOVE_BACKGROUND, "memory", "files")
async def test_a_removed_background_is_a_png_with_opacity(seeing):
    with Image.open(io.BytesIO(await seeing.remove_background(PHOTO))) as found:
        assert (found.format, found.mode[-1]) == ("PNG", "A")


# Nothing configured


@pytest.mark.parametrize(
    ("talent", "setting"),
    [
        (Talent.IMAGINE, "CALOTYPE_VISION_IMAGE_MODEL"),
        (Talent.DESCRIBE, "CALOTYPE_VISION_CHAT_MODEL"),
        (Talent.CLASSIFY, "CALOTYPE_CLASSIFY_MODEL"),
        (Talent.READ_TEXT, "CALOTYPE_OCR"),
        (Talent.REMOVE_BACKGROUND, "CALOTYPE_BACKGROUND_MODEL"),
    ],
)
async def test_a_talent_that_nobody_has_names_its_setting(talent, setting):
    with pytest.raises(NotConfigured, match=setting):
        open_vision(Settings()).need(talent)


async def test_every_method_refuses_what_nobody_can_do():
    vision = open_vision(Settings())
    for work in (
        vision.imagine(Imagination("a")),
        vision.describe(PHOTO, "a"),
        vision.classify(PHOTO),
        vision.read_text(PHOTO, TextFormat.PLAIN),
        vision.remove_background(PHOTO),
    ):
        with pytest.raises(NotConfigured):
            await work


# What is asked of the server


async def test_a_prompt_is_sent_as_images_generations_has_it():
    wish = Imagination("a cat", negative="dogs", seed=7, model="flux")
    async with (
        model_server(painted(PHOTO)) as server,
        asking(server, vision_models={"flux": "flux.1-schnell"}) as vision,
    ):
        await vision.imagine(wish)
    assert server.lines == ["POST /v1/images/generations"]
    assert server.bodies == [
        {
            "model": "flux.1-schnell", "prompt": "a cat", "n": 1, "size": "1024x1024",
            "response_format": "b64_json", "seed": 7, "negative_prompt": "dogs",
        }
    ]  # fmt: skip


async def test_fields_that_a_server_does_not_take_are_not_sent():
    wish = Imagination("a cat", negative="dogs", seed=7)
    async with model_server(painted(PHOTO)) as server, asking(server, vision_image_fields=()) as vision:
        await vision.imagine(wish)
    assert server.bodies == [
        {"model": "painter-1", "prompt": "a cat\n\nDo not show: dogs", "n": 1, "size": "1024x1024"}
    ]


async def test_a_picture_is_shown_to_the_chat_beside_the_prompt():
    async with model_server(said("A cat.")) as server, asking(server) as vision:
        await vision.describe(PHOTO, "What is this?", "llava")
    url = f"data:image/jpeg;base64,{base64.b64encode(PHOTO).decode()}"
    text = {"type": "text", "text": "What is this?"}
    content = [text, {"type": "image_url", "image_url": {"url": url}}]
    assert server.lines == ["POST /v1/chat/completions"]
    assert server.bodies == [{"model": "seer-1", "messages": [{"role": "user", "content": content}]}]


async def test_labels_are_asked_for_as_structured_output():
    async with model_server(said({"labels": FIVE})) as server, asking(server) as vision:
        assert await vision.classify(PHOTO) == LABELS
    form = server.bodies[0]["response_format"]
    guess = form["json_schema"]["schema"]["$defs"]["_Guess"]
    assert (form["type"], form["json_schema"]["strict"]) == ("json_schema", True)
    assert guess["required"] == ["label", "score"]
    assert guess["additionalProperties"] is False
    assert guess["properties"] == {"label": {"type": "string"}, "score": {"type": "number"}}


async def test_the_key_is_sent_as_a_bearer_token():
    async with model_server(said("A cat.")) as server, asking(server) as vision:
        await vision.describe(PHOTO, "What?")
    assert f"Authorization: Bearer {KEY}\r\n" in server.origin.heads[0]


# What may go wrong


@pytest.mark.parametrize("status", ["429 Slow down", "500 Oops", "502 Bad", "503 Busy"])
async def test_what_may_pass_is_tried_again(status):
    async with model_server(failing(status), HANG_UP, said("A cat.")) as server, asking(server) as vision:
        assert await vision.describe(PHOTO, "What?") == "A cat."
    assert len(server.bodies) == 3


@pytest.mark.parametrize(
    ("answer", "error", "asked"),
    [
        (failing("500 Oops"), VisionFailed, 3),
        (failing("429 Slow down"), Busy, 3),
        (failing("429 Slow down", "Retry-After: 600"), Busy, 1),
        (failing("400 Bad"), VisionFailed, 1),
        (failing("401 No"), VisionFailed, 1),
        (failing("404 None"), VisionFailed, 1),
        (failing("400 Bad", body={"error": {"code": "content_policy_violation"}}), VisionRefused, 1),
        (failing("302 Found", "Location: http://127.0.0.1:1/"), VisionFailed, 1),
        (HANG_UP, VisionFailed, 3),
    ],
)
async def test_a_refusal_of_the_server_is_said_in_our_words(answer, error, asked):
    async with model_server(answer) as server, asking(server) as vision:
        with pytest.raises(error) as refused:
            await vision.describe(PHOTO, "What?")
    assert len(server.bodies) == asked
    assert KEY not in refused.value.message


async def test_how_long_a_server_wants_to_be_left_alone_is_passed_on():
    async with model_server(failing("429 Slow", "Retry-After: 600")) as server, asking(server) as vision:
        with pytest.raises(Busy) as busy:
            await vision.describe(PHOTO, "What?")
    assert busy.value.retry_after == 600


async def test_nobody_waits_longer_for_a_model_than_the_setting_says():
    async with model_server(SILENCE) as server, asking(server, vision_timeout_s=0.05) as vision:
        with pytest.raises(VisionFailed, match="CALOTYPE_VISION_TIMEOUT_S"):
            await vision.describe(PHOTO, "What?")


async def test_more_calls_than_are_allowed_at_once_wait_and_are_told_so():
    settings = {"vision_timeout_s": 0.05, "vision_at_once": 1}
    async with model_server(said("A cat.")) as server, asking(server, **settings) as vision:
        async with vision.server._slots:
            with pytest.raises(Busy, match="CALOTYPE_VISION_AT_ONCE"):
                await vision.describe(PHOTO, "What?")
        assert len(server.bodies) == 0


async def test_an_answer_is_read_up_to_its_limit():
    async with model_server(said("x" * 2000)) as server, asking(server, vision_max_bytes=1000) as vision:
        with pytest.raises(VisionFailed, match="CALOTYPE_VISION_MAX_BYTES"):
            await vision.describe(PHOTO, "What?")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"not JSON"),
        Answer([]),
        Answer({}),
        Answer({"choices": []}),
        Answer({"choices": [{"message": {"content": None}}]}),
        said(""),
        said("   "),
        Answer(b'{"choices": [{"message": {"content": "half \\ud800 a character"}}]}'),
        Answer(b"[" * 100_000),
        said("cut o", finish_reason="length"),
    ],
)
async def test_what_is_no_answer_is_never_made_into_one(answer):
    async with model_server(answer) as server, asking(server) as vision:
        with pytest.raises(VisionFailed):
            await vision.describe(PHOTO, "What?")


@pytest.mark.parametrize(
    "labels",
    [
        "cats",
        {"labels": FIVE[:4]},
        {"labels": [*FIVE[:4], {"label": "x", "score": 1.5}]},
        {"labels": [*FIVE[:4], {"label": "", "score": 0.1}]},
        {"labels": [*FIVE[:4], {"label": "x", "score": "much"}]},
        {"labels": FIVE, "more": 1},
    ],
)
async def test_labels_that_are_none_are_refused(labels):
    async with model_server(said(labels)) as server, asking(server) as vision:
        with pytest.raises(VisionFailed):
            await vision.classify(PHOTO)


@pytest.mark.parametrize(
    "answer",
    [
        Answer({"data": []}),
        Answer({"data": [{"b64_json": "no base64!"}]}),
        Answer({"data": [{"url": "http://127.0.0.1:1/a.png"}]}),
    ],
)
async def test_a_picture_that_is_not_there_is_not_looked_for_elsewhere(answer):
    async with model_server(answer) as server, asking(server) as vision:
        with pytest.raises(VisionFailed):
            await vision.imagine(Imagination("a cat"))


@pytest.mark.parametrize(
    "answer",
    [
        said("", finish_reason="content_filter"),
        said("", message={"content": None, "refusal": "I cannot help with that."}),
    ],
)
async def test_a_model_that_will_not_is_no_failure_of_ours(answer):
    async with model_server(answer) as server, asking(server) as vision:
        with pytest.raises(VisionRefused):
            await vision.describe(PHOTO, "What?")


async def test_the_key_is_in_no_log_and_no_settings_text(caplog):
    caplog.set_level(logging.DEBUG)
    async with model_server(failing("500 Oops")) as server, asking(server) as vision:
        with pytest.raises(VisionFailed):
            await vision.describe(PHOTO, "What?")
        shown = repr(vision) + repr(Settings(vision_key=KEY))
    assert f"Bearer {KEY}" in server.origin.heads[0]
    assert KEY not in caplog.text + shown


async def test_what_models_cost_is_counted():
    ledger = Ledger()
    async with model_server(said("A cat."), failing("400 Bad")) as server, asking(server, ledger) as vision:
        await vision.describe(PHOTO, "What?")
        with pytest.raises(VisionFailed):
            await vision.describe(PHOTO, "What?")
    assert ledger.calls == [("describe", "ok"), ("describe", "vision_failed")]
    assert ledger.costs == [("seer-1", "input", 70), ("seer-1", "output", 12)]


# Reaching them


async def test_a_server_is_reached_without_cost():
    async with model_server(Answer({"data": []})) as server, asking(server) as vision:
        assert await vision.reach() == "can imagine, describe, classify, read text"
    assert server.lines == ["GET /v1/models"]


async def test_a_server_that_does_not_know_the_key_is_not_reached():
    async with model_server(failing("401 No")) as server, asking(server) as vision:
        with pytest.raises(VisionFailed, match="401"):
            await vision.reach()


async def test_a_server_that_is_not_there_is_not_reached():
    vision = open_vision(Settings(vision_url="http://127.0.0.1:1/v1", vision_chat_model="seer-1"))
    with pytest.raises(VisionFailed, match="nobody answers"):
        await vision.reach()


async def test_models_from_files_are_loaded_to_be_reached(tmp_path):
    (tmp_path / "no.onnx").write_bytes(b"no model")
    good = onnx_models.brightness_mask(tmp_path / "b.onnx")
    assert await open_vision(Settings(background_model=good)).reach() == "can remove background"
    with pytest.raises(NotConfigured, match="classify_model"):
        await open_vision(Settings(classify_model=tmp_path / "no.onnx")).reach()


async def test_without_any_model_it_is_said_that_there_is_none():
    assert (await open_vision(Settings()).reach()).startswith("none")
