"""Models that run here, from files: exact answers of tiny ones, and what is said of files that are none."""

from __future__ import annotations

import asyncio
import io
import math
import sys
import threading

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import onnx_models
from calotype.adapters.vision import open_vision
from calotype.adapters.vision.onnx import imagenet
from calotype.adapters.vision.threads import ModelThreads
from calotype.engine.fonts import FOLDER
from calotype.errors import Busy, NotConfigured, VisionFailed
from calotype.ports import TextFormat
from calotype.settings import Settings


def picture(*, left: str = "black", right: str = "white", size: tuple[int, int] = (512, 256)) -> bytes:
    drawn = Image.new("RGB", size, left)
    drawn.paste(right, (size[0] // 2, 0, *size))
    return saved(drawn)


def saved(drawn: Image.Image) -> bytes:
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


def opacity(mask: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(mask)) as found:
        return np.asarray(found.getchannel("A"))


async def test_scores_become_probabilities(tmp_path):
    model = onnx_models.classifier(tmp_path / "c.onnx", {281: math.log(997), 282: math.log(200)})
    vision = open_vision(Settings(classify_model=model))
    grey = picture(
        left="#7c7c7c", right="#7c7c7c"
    )  # 124: ImageNet's mean of red, so class 0 gets next to nothing
    first, second, *_ = await vision.classify(grey)
    assert (first.name, second.name) == ("tabby", "tiger cat")
    assert first.score == pytest.approx(997 / (997 + 200 + 998), rel=1e-3)
    assert second.score == pytest.approx(200 / (997 + 200 + 998), rel=1e-3)


async def test_a_classifier_sees_the_middle_normalised_as_it_was_trained(tmp_path):
    model = onnx_models.classifier(tmp_path / "c.onnx", {})
    vision = open_vision(Settings(classify_model=model))
    wide = Image.new("RGB", (1000, 250), "black")
    wide.paste("white", (375, 0, 625, 250))  # more than the square in the middle, which is all that it sees
    best, *_ = await vision.classify(saved(wide))
    odds = math.exp((1 - 0.485) / 0.229)
    assert best.name == "tench"
    assert best.score == pytest.approx(odds / (odds + 999), rel=1e-2)


async def test_a_strip_is_no_large_picture(tmp_path):
    model = onnx_models.classifier(tmp_path / "c.onnx", {281: 9})
    labels = await open_vision(Settings(classify_model=model)).classify(picture(size=(1024, 2)))
    assert labels[0].name == "tabby"


async def test_a_mask_is_the_models_own_stretched_to_its_ends(tmp_path):
    model = onnx_models.brightness_mask(tmp_path / "b.onnx", side=32)
    mask = opacity(
        await open_vision(Settings(background_model=model)).remove_background(picture(left="#404040"))
    )
    assert mask.shape == (32, 32)
    assert mask[:, :14].max() <= 8
    assert mask[:, 18:].min() >= 247


async def test_a_picture_of_one_colour_has_no_subject_made_of_noise(tmp_path):
    model = onnx_models.brightness_mask(tmp_path / "b.onnx")
    vision = open_vision(Settings(background_model=model))
    assert opacity(await vision.remove_background(picture(left="black", right="black"))).max() == 0


def test_imagenets_names_stand_at_their_indices():
    names = imagenet()
    assert len(names) == 1000
    assert (names[0], names[281], names[285], names[728], names[999]) == (
        "tench", "tabby", "Egyptian cat", "plastic bag", "toilet tissue",
    )  # fmt: skip


@pytest.mark.parametrize("setting", ["classify_model", "background_model"])
async def test_a_file_that_is_no_model_names_the_setting_and_not_the_folder(tmp_path, setting):
    path = tmp_path / "secret-folder" / "model.onnx"
    path.parent.mkdir()
    path.write_bytes(b"no model")
    vision = open_vision(Settings(**{setting: path}))
    work = vision.classify if setting == "classify_model" else vision.remove_background
    with pytest.raises(NotConfigured, match=setting) as refused:
        await work(picture())
    assert "secret-folder" not in refused.value.message


async def test_a_model_of_other_classes_is_refused(tmp_path):
    model = onnx_models.classifier(tmp_path / "c.onnx", {}, classes=10)
    with pytest.raises(NotConfigured, match="10 classes"):
        await open_vision(Settings(classify_model=model)).classify(picture())


async def test_a_model_of_another_kind_is_refused(tmp_path):
    masks = onnx_models.brightness_mask(tmp_path / "b.onnx")
    with pytest.raises(NotConfigured, match="224 x 224"):
        await open_vision(Settings(classify_model=masks)).classify(picture())
    classes = onnx_models.classifier(tmp_path / "c.onnx", {})
    with pytest.raises(NotConfigured, match="mask"):
        await open_vision(Settings(background_model=classes)).remove_background(picture())


async def test_what_are_no_numbers_is_no_answer(tmp_path):
    model = onnx_models.classifier(tmp_path / "c.onnx", {281: math.nan})
    with pytest.raises(VisionFailed):
        await open_vision(Settings(classify_model=model)).classify(picture())


@pytest.mark.parametrize(("package", "extra"), [("onnxruntime", "onnx"), ("rapidocr", "ocr")])
async def test_a_package_that_is_not_installed_is_named(monkeypatch, tmp_path, package, extra):
    monkeypatch.setitem(sys.modules, package, None)
    vision = open_vision(Settings(classify_model=tmp_path / "c.onnx", ocr="rapidocr"))
    work = vision.classify(picture()) if extra == "onnx" else vision.read_text(picture(), TextFormat.PLAIN)
    with pytest.raises(NotConfigured, match=rf"calotype\[{extra}\]"):
        await work


async def test_models_run_beside_the_event_loop_and_as_many_as_allowed(tmp_path, monkeypatch):
    model = onnx_models.classifier(tmp_path / "c.onnx", {281: 9})
    vision = open_vision(Settings(classify_model=model, vision_at_once=2))
    await vision.classify(picture())
    threads, running, most, gate = set(), 0, 0, threading.Barrier(2)
    labels = vision.classifier._labels

    def watched(session, image):
        nonlocal running, most
        threads.add(threading.current_thread())
        running += 1
        most = max(most, running)
        gate.wait(timeout=10)  # passes only when two are inside
        running -= 1
        return labels(session, image)

    monkeypatch.setattr(type(vision.classifier), "_labels", lambda _, *given: watched(*given))
    await asyncio.gather(*(vision.classify(picture()) for _ in range(4)))
    assert threading.main_thread() not in threads
    assert most == 2
    await vision.close()


async def test_whoever_waits_too_long_for_a_model_is_told_so():
    threads, gate = ModelThreads(1, 0.01), threading.Event()
    first = asyncio.create_task(threads.run(gate.wait, 10))
    await asyncio.sleep(0)
    with pytest.raises(Busy, match="CALOTYPE_VISION_AT_ONCE"):
        await threads.run(gate.is_set)
    gate.set()
    assert await first
    assert await threads.run(gate.is_set)
    threads.close()


@pytest.mark.slow
async def test_print_is_read_here():
    page = Image.new("RGB", (600, 200), "white")
    drawing = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(FOLDER / "Amaranth-Regular.ttf"), 40)
    drawing.text((20, 20), "Hello Calotype", "black", font)
    drawing.text((20, 110), "Total 12.50", "black", font)
    vision = open_vision(Settings(ocr="rapidocr"))
    assert await vision.read_text(saved(page), TextFormat.PLAIN) == "Hello Calotype\nTotal 12.50"
    assert "Hello Calotype" in await vision.read_text(saved(page), TextFormat.MARKDOWN)
    assert await vision.read_text(picture(left="white"), TextFormat.PLAIN) == ""
