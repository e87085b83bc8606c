"""Ways for tests and the reference to do one operation to a picture, as a plan would."""

from __future__ import annotations

from dataclasses import replace

from calotype.engine.alpha import premultiplied
from calotype.engine.vips import Image, pyvips
from calotype.operations.base import Operation, Scene, Size


def flat(*colour: int, width: int = 40, height: int = 40) -> Image:
    """Make a picture of one colour: red, green, blue, and alpha if there are four."""
    levels = Image.black(width, height, bands=len(colour)) + list(colour)
    return levels.cast("uchar").copy(interpretation="srgb")


def scene(width: int, height: int, *, alpha: bool = False) -> Scene:
    """Begin with a picture of *width* x *height* pixels."""
    return replace(Scene.of(width, height), alpha=alpha)


def resolved(operation: Operation, width: int = 96, height: int = 64, *, alpha: bool = False) -> list[object]:
    """Resolve *operation* for a picture, and give what would be keyed."""
    return [each.digest() for each in operation.resolve(scene(width, height, alpha=alpha))]


def applied(operation: Operation, image: Image) -> Image:
    """Do *operation* to *image* (8-bit sRGB), and check each primitive against what it had said."""
    for primitive in operation.resolve(scene(image.width, image.height, alpha=image.hasalpha())):
        said = primitive.size_after(Size(image.width, image.height))
        transparent = primitive.alpha_after(image.hasalpha())
        image = _done(primitive, image)
        assert (image.width, image.height, image.bands) == (*said, 4 if transparent else 3), primitive
        assert (image.format, image.interpretation) == ("uchar", "srgb"), primitive
    return image.copy_memory()


def _done(primitive: Operation, image: Image) -> Image:
    if primitive.mixes:
        return premultiplied(image, lambda pixels: primitive.apply(pixels, pyvips))
    return primitive.apply(image, pyvips)
