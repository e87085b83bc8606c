"""A Plan executed: pictures decoded, turned upright and changed as they say, then encoded.

Law: decides nothing. The result has exactly the size that the plan names, or there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from calotype.domain.pictures import EXTENT, Drawing, Framing, Picture, Planned, Source
from calotype.domain.planning import Plan
from calotype.domain.transformations import OUTPUTS
from calotype.engine import colour, compositing, drawing, measuring
from calotype.engine.alpha import premultiplied
from calotype.engine.decoding import open_image, upright
from calotype.engine.encoding import encode
from calotype.engine.gain_maps import with_gain_map
from calotype.engine.stripping import smaller
from calotype.engine.vips import Error, Image, is_out_of_memory, pyvips
from calotype.errors import ImageRefused, RenderFailed
from calotype.operations.base import STREAMED, Operation, Size
from calotype.operations.layer import Layer
from calotype.operations.scale import Scale

Sources = Mapping[tuple[str, Source], str]
"""Where the files of a plan's pictures are, by `Picture.file`."""


def render(plan: Plan, sources: Sources) -> bytes:
    """Execute *plan* on the files *sources* and answer the encoded variant.

    Raises:
        RenderFailed: a file cannot be decoded, or the result is not what the plan says.
    """
    try:
        pixels = _checked(pictured(plan.picture, sources), plan.picture)
        if plan.output.keep_gain_map:
            primitives = [planned.operation for planned in plan.picture.steps]
            pixels = with_gain_map(pixels, sources[plan.picture.file], primitives)
        body = encode(pixels, plan.output)
        if plan.alternative:
            return smaller(body, sources[plan.picture.file], plan.alternative)
    except (Error, ImageRefused, MemoryError) as error:
        raise _failed(plan.picture, error) from error
    return body


def measure(kind: str, argument: int, picture: Picture, sources: Sources) -> tuple[int, ...]:
    """Look at *picture* as it is after its steps (see `Measure`).

    Raises:
        Invalid: a text takes more pixels than can be drawn.
        RenderFailed: a file cannot be decoded.
    """
    try:
        if kind == EXTENT:
            return _extent(picture.steps[-1].operation)
        return measuring.LOOKS[kind](pictured(picture, sources), argument)
    except (Error, ImageRefused, MemoryError) as error:
        raise _failed(picture, error) from error


def _extent(text: Operation) -> tuple[int, ...]:
    if not isinstance(text, Layer):
        raise TypeError("only a text's extent is measured")
    drawn = drawing.drawn(text)
    return drawn.width, drawn.height


def warm() -> None:
    """Render something tiny into every format, so that the first real render finds its codecs loaded."""
    picture = Image.black(16, 16, bands=3).copy(interpretation="srgb").resize(0.5, kernel="lanczos3")
    for output in OUTPUTS.values():
        Image.new_from_buffer(encode(picture, output), "").copy_memory()


def pictured(picture: Picture, sources: Sources) -> Image:
    """Decode *picture* and change it; an animation is a strip with its `page-height`."""
    image = open_image(
        sources[picture.file],
        picture.format,
        page=picture.page,
        frames=picture.frames,
        shrink=picture.shrink,
        raster=picture.raster,
    )
    change = _Change(picture, sources)
    return change.of(image) if picture.frames == 1 else _each_frame(image, change.of)


def _each_frame(strip: Image, change: Callable[[Image], Image]) -> Image:
    """Change each frame by itself: no frame sees its neighbours in the strip.

    Each is finished before the next begins: a thousand unfinished pipelines would hold a gigabyte of buffers.
    """
    height = strip.get("page-height")
    tops = range(0, strip.height, height)
    frames = [change(strip.crop(0, top, strip.width, height)).copy_memory() for top in tops]
    joined = Image.arrayjoin(frames, across=1).copy()
    joined.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    return joined


class _Change:
    """What one picture's steps do to a frame of it; the layers are made once for all frames."""

    def __init__(self, picture: Picture, sources: Sources) -> None:
        self._picture = picture
        self._sources = sources
        self._layers: dict[int, Image] = {}

    def of(self, image: Image) -> Image:
        """Apply the leading geometry to the samples as they are stored, and everything after it in sRGB."""
        picture = self._picture
        pixels = colour.before_mixing(upright(image))
        if picture.framing:
            pixels, rest = _framed(pixels, picture.framing), picture.steps[picture.framing.replaces :]
        else:
            count = _leading(picture.steps)
            pixels, rest = _geometry(pixels, picture.steps[:count]), picture.steps[count:]
        pixels = colour.in_own_space(pixels) if picture.keep_profile else colour.to_srgb(pixels)
        for planned in rest:
            pixels = self._next(pixels, planned)
        return pixels

    def _next(self, image: Image, planned: Planned) -> Image:
        primitive = planned.operation
        held = image if primitive.tag in STREAMED else image.copy_memory()
        if isinstance(primitive, Layer):
            return compositing.compose(held, self._overlay(primitive, planned, held), primitive)
        return _applied(held, primitive)

    def _overlay(self, layer: Layer, planned: Planned, base: Image) -> Image:
        made = self._layers.get(id(planned))
        if made is None:
            made = self._layers[id(planned)] = self._made(layer, planned.layer, base).copy_memory()
        return made

    def _made(self, layer: Layer, inner: Picture | Drawing | None, base: Image) -> Image:
        if isinstance(inner, Picture):
            return pictured(inner, self._sources)
        if inner is None:
            return drawing.draw(layer, Size(base.width, base.height))
        # Where it was measured, another version of Pango may have set the text a pixel wider.
        image = drawing.drawn(layer).embed(0, 0, *inner.drawn)
        for planned in inner.steps:
            image = self._next(image, planned)
        return image


def _leading(steps: Sequence[Planned]) -> int:
    """Count the crops and scales that *steps* begin with."""
    return next((at for at, planned in enumerate(steps) if planned.operation.tag not in STREAMED), len(steps))


def _geometry(image: Image, steps: Sequence[Planned]) -> Image:
    def change(pixels: Image) -> Image:
        for planned in steps:
            pixels = planned.operation.apply(pixels, pyvips)
        return pixels

    return premultiplied(image, change) if steps else image


def _framed(image: Image, framing: Framing) -> Image:
    """Crop and scale the mezzanine. What is scaled whole may have come smaller than it is stored."""

    def change(pixels: Image) -> Image:
        if not framing.whole:
            pixels = pixels.crop(framing.left, framing.top, framing.width, framing.height)
        return Scale(width=framing.to.width, height=framing.to.height).apply(pixels, pyvips)

    return premultiplied(image, change)


def _applied(image: Image, primitive: Operation) -> Image:
    if not primitive.mixes:
        return primitive.apply(image, pyvips)
    return premultiplied(image, lambda pixels: primitive.apply(pixels, pyvips))


def _checked(image: Image, picture: Picture) -> Image:
    height = image.get("page-height") if picture.frames > 1 else image.height
    if (image.width, height) != picture.size:
        raise RenderFailed(
            f"The plan says {picture.size.width}x{picture.size.height}, the pixels say {image.width}x{height}."
        )
    return image


def _failed(picture: Picture, error: Exception) -> RenderFailed:
    lines = str(error).strip().splitlines()
    last = lines[-1].strip() if lines else "unknown failure"
    cause = "memory" if is_out_of_memory(error) else "error"
    return RenderFailed(f"The {picture.format.value} could not be rendered: {last}", cause=cause)
