"""What a layer shows that is not stored: text and colours, changed by the layer's steps.

Law: what has layers on it is changed as its plan says, elsewhere; here is only what nothing lies on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from calotype.engine import text
from calotype.engine.alpha import premultiplied
from calotype.engine.vips import Image, pyvips
from calotype.errors import Invalid
from calotype.operations.base import EDGE, Operation, Scene, Size
from calotype.operations.layer import DRAWN_PIXELS, ImageSource, Layer, SolidSource, unseen
from calotype.operations.steps import Branch, Step, Steps


def draw(layer: Layer, base: Size) -> Image:
    """Draw what *layer* (resolved, and no image) shows on a base of this size: 8-bit sRGB, alpha where it needs some.

    Raises:
        Invalid: a text or the result of a step is too large, or a step cannot be done at this size.
    """
    return _changed(drawn(layer), layer.steps, base)


def drawn(layer: Layer) -> Image:
    """Draw what *layer* (resolved, and no image) shows, before its steps.

    Raises:
        Invalid: a text is too large.
    """
    if isinstance(layer.source, ImageSource):
        raise TypeError("an image is no drawing")
    return solid(layer.source) if isinstance(layer.source, SolidSource) else text.draw(layer.source)


def solid(source: SolidSource) -> Image:
    """Make a resolved rectangle of one colour."""
    if not isinstance(source.width, int | float) or not isinstance(source.height, int | float):
        raise TypeError("a rectangle is resolved before it is drawn")
    levels = source.colour.rgb if source.colour.is_opaque else source.colour.rgba
    return (
        (Image.black(int(source.width), int(source.height)) + levels)
        .cast("uchar")
        .copy(interpretation="srgb")
    )


def _changed(image: Image, steps: Steps, base: Size) -> Image:
    """Resolve each word at the size that the picture has by then, and apply what it means."""
    begun = Scene.of(image.width, image.height)
    for step in steps:
        before = Size(image.width, image.height)
        scene = replace(begun, before=before, size=before, parent=base, measure=unseen)
        for word in _words(step, scene):
            now = replace(scene, size=Size(image.width, image.height), alpha=image.hasalpha())
            for primitive in word.resolve(now):
                image = _applied(image, primitive)
            _check(image)  # nothing is computed yet
    return image


def _check(image: Image) -> None:
    if max(image.width, image.height) > EDGE or image.width * image.height > DRAWN_PIXELS:
        raise Invalid.field(
            "layer",
            f"it would be {image.width}x{image.height}; at most {EDGE} pixels a side and {DRAWN_PIXELS:,} in all.",
        )


def _words(step: Step | Branch, scene: Scene) -> Iterator[Operation]:
    if isinstance(step, Step):
        yield from step.ordered()
        return
    for chosen in step.chosen(scene):
        yield from _words(chosen, scene)


def _applied(image: Image, primitive: Operation) -> Image:
    if not primitive.mixes:
        return primitive.apply(image, pyvips)
    return premultiplied(image, lambda pixels: primitive.apply(pixels, pyvips))
