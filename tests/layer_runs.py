"""Ways for tests to lay something drawn, or given pixels, on a base of one colour, and to render whole plans."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from calotype import engine
from calotype.domain.assets import Asset, unstored
from calotype.domain.formats import Format
from calotype.domain.pictures import Measure, Picture, Source
from calotype.domain.planning import Context, Needs, Plan, plan
from calotype.domain.transformations import Transformation
from calotype.engine import compositing, drawing
from calotype.engine.vips import Image
from calotype.operations.base import Operation, Scene, Size
from calotype.operations.layer import ImageSource, Layer
from calotype.operations.steps import Step
from engine_runs import ingest

BROWN = (200, 100, 50)


def flat(width: int = 120, height: int = 80, colour: tuple[int, ...] = BROWN) -> Image:
    """Make a base of one colour."""
    return (Image.black(width, height) + list(colour)).cast("uchar").copy(interpretation="srgb")


def laid(base: Image, *steps: Operation, overlay: Image | None = None, **fields: object) -> np.ndarray:
    """Lay a layer of *fields* on *base*: what it draws, or *overlay*; answer the pixels."""
    size = Size(base.width, base.height)
    words = Layer(steps=(Step(steps),) if steps else (), **fields).resolve(Scene.of(*size))
    for layer in words:
        shown = drawing.draw(layer, size) if overlay is None else overlay
        base = compositing.compose(base, shown, layer)
    return base.numpy()


def rendered(data: bytes, folder: Path, *layers: Layer, images: Mapping[str, bytes] | None = None) -> Image:
    """Plan and render a PNG of *data* with *layers* in one step; *images* are those that they show, by path."""
    shown = {
        path: stored(folder, f"image-{number}", of)
        for number, (path, of) in enumerate((images or {}).items())
    }
    asset, file = stored(folder, "base", data)
    wish = Transformation.of(*layers, format_=Format.PNG)
    images_of = {each: shown[each.path][0] for each in wish.layer_sources() if each.path in shown}
    files = dict([(asset.version.id, file), *((each.version.id, path) for each, path in shown.values())])
    made = planned(
        asset, wish, images_of, lambda question: engine.measure(question, _sources(question.picture, files))
    )
    return Image.new_from_buffer(engine.render(made, _sources(made.picture, files)), "")


def planned(
    asset: Asset,
    wish: Transformation,
    images: Mapping[ImageSource, Asset],
    look: Callable[[Measure], tuple[int, ...]],
) -> Plan:
    """Plan *wish* for *asset* with layers that show *images*; *look* answers what only pixels know."""
    measured: dict[tuple[str, str], tuple[int, ...]] = {}
    while isinstance(made := plan(asset, wish, Context(layers=images, measured=measured)), Needs):
        question = made.measure
        measured[question.picture.version_id, question.key] = look(question)
    assert isinstance(made, Plan)
    return made


def _sources(picture: Picture, files: Mapping[str, str]) -> dict[tuple[str, Source], str]:
    return {each.file: files[each.version_id] for each in picture.files()}


def stored(folder: Path, name: str, data: bytes) -> tuple[Asset, str]:
    """Ingest *data*; always decode the original."""
    home = folder / name
    home.mkdir()
    facts = replace(ingest(data, home).facts, mezzanine=None, small=None)
    asset = unstored(facts, datetime(2024, 1, 1, tzinfo=UTC))
    version = replace(asset.version, id=hashlib.sha256(name.encode()).hexdigest()[:24])
    return replace(asset, version=version), str(home / "original")
