"""A way for tests to lay something drawn, or given pixels, on a base of one colour."""

from __future__ import annotations

import numpy as np

from calotype.engine import compositing, drawing
from calotype.engine.vips import Image
from calotype.operations.base import Operation, Scene, Size
from calotype.operations.layer import Layer
from calotype.operations.steps import Step

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
