"""A Plan executed: decode, turn upright, apply the steps, make it sRGB, encode.

Law: decides nothing. The result has exactly the size that the plan names, or there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from calotype.domain.planning import Plan, Step
from calotype.domain.transformations import OUTPUTS
from calotype.engine import colour
from calotype.engine.alpha import premultiplied
from calotype.engine.decoding import open_image, upright
from calotype.engine.encoding import encode
from calotype.engine.vips import Error, Image, is_out_of_memory, pyvips
from calotype.errors import ImageRefused, RenderFailed
from calotype.operations import Resize, Stage


def render(plan: Plan, source: str) -> bytes:
    """Execute *plan* on the file *source* and answer the encoded variant.

    Raises:
        RenderFailed: the file cannot be decoded, or the result is not what the plan says.
    """
    try:
        image = open_image(source, plan.source_format, animated=plan.frames > 1, target=_scaled_to(plan))
        return encode(_checked(_frames_changed(image, plan), plan), plan.output)
    except (Error, ImageRefused, MemoryError) as error:
        raise RenderFailed(
            f"The {plan.source_format.value} could not be rendered: {_last_line(error)}",
            cause="memory" if is_out_of_memory(error) else "error",
        ) from error


def warm() -> None:
    """Render something tiny into every format, so that the first real render finds its codecs loaded."""
    picture = Image.black(16, 16, bands=3).copy(interpretation="srgb").resize(0.5, kernel="lanczos3")
    for output in OUTPUTS.values():
        Image.new_from_buffer(encode(picture, output), "").copy_memory()


def _scaled_to(plan: Plan) -> tuple[int, int] | None:
    """Name the size that the picture has after the first step, when that step only scales all of it."""
    first = plan.steps[0] if plan.steps else None
    return (first.width, first.height) if first and isinstance(first.operation, Resize) else None


def _frames_changed(image: Image, plan: Plan) -> Image:
    """Apply the steps to each frame by itself: no frame sees its neighbours in the strip.

    Each is finished before the next begins: a thousand unfinished pipelines would hold a gigabyte of buffers.
    """
    if plan.frames == 1:
        return _changed(image, plan.steps)
    height = image.get("page-height")
    frames = [
        _changed(image.crop(0, top, image.width, height), plan.steps).copy_memory()
        for top in range(0, image.height, height)
    ]
    strip = Image.arrayjoin(frames, across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    return strip


def _changed(image: Image, steps: Sequence[Step]) -> Image:
    """Apply geometry to the samples as they are stored, and every effect in sRGB."""
    geometry = [step for step in steps if step.operation.stage <= Stage.RESIZE]
    picture = colour.before_mixing(upright(image))
    if geometry:
        picture = premultiplied(picture, lambda pixels: _apply(pixels, geometry))
    return _apply(colour.to_srgb(picture), steps[len(geometry) :])


def _apply(image: Image, steps: Sequence[Step]) -> Image:
    return reduce(lambda pixels, step: step.operation.apply(pixels, pyvips), steps, image)


def _checked(image: Image, plan: Plan) -> Image:
    height = image.get("page-height") if plan.frames > 1 else image.height
    if (image.width, height) != (plan.width, plan.height):
        raise RenderFailed(
            f"The plan says {plan.width}x{plan.height}, the pixels say {image.width}x{height}."
        )
    return image


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else "unknown failure"
