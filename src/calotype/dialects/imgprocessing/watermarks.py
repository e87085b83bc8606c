"""Watermark: up to five images of the caller's, laid one over the other on a copy of an image (contract, 3.14).

Law: what an item says is checked before any of its images is looked up; an id that is none of the caller's is not
found, whoever else has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse

from calotype.dialects.imgprocessing import values
from calotype.dialects.imgprocessing.transforms import SIDE_MAX, answered, asked, changed
from calotype.dialects.imgprocessing.values import IMAGE_PREFIX, Members
from calotype.domain.assets import Asset
from calotype.errors import NotFound
from calotype.operations.base import Size
from calotype.operations.layer import ImageSource, Layer
from calotype.operations.placing import Offset, Position, Repeat
from calotype.operations.resize import Fit, Resize
from calotype.operations.steps import Step
from calotype.ports import Platform
from calotype.services.access import Caller
from calotype.services.transforming import source_of

ITEMS = 5
FAR = 100_000
"""The largest offset in pixels: beyond the edge of any image."""
REPETITIONS = {
    "no_repeat": Repeat.NONE,
    "repeat": Repeat.BOTH,
    "repeat_x": Repeat.X,
    "repeat_y": Repeat.Y,
}


async def watermark(platform: Platform, request: Request) -> JSONResponse:
    """Make an image with others on it."""
    caller, members, asset = await asked(platform, request)
    name = members.optional("name", values.name)
    items = [_item(each) for each in members.each("watermarks", 1, ITEMS)]
    members.check()
    layers = await _images(platform, caller, items)
    wish = changed(asset, *(item.layer(layers[item.source]) for item in items))
    return await answered(platform, request, caller, asset, wish, name, layers)


@dataclass(frozen=True, slots=True)
class _Item:
    """One image, where it lies and how large; sides in pixels, None: its own."""

    source: ImageSource
    left: int
    top: int
    width: int | None
    height: int | None
    repeat: Repeat

    def layer(self, asset: Asset) -> Layer:
        """Lay *asset* where it is said to be; beyond the edges it is cut off."""
        own = Size(asset.version.facts.width, asset.version.facts.height)
        word = Resize(width=self.width or own.width, height=self.height or own.height, fit=Fit.STRETCH)
        at = Position(x=Offset(value=self.left), y=Offset(value=self.top), free=True)
        return Layer(source=self.source, steps=(Step((word,)),), position=at, repeat=self.repeat)


def _item(members: Members) -> _Item:
    side = values.integer(1, SIDE_MAX)
    repetition = values.one_of([*REPETITIONS])
    return _Item(
        ImageSource(asset_id=members.required("id", values.image_id) or ""),
        members.optional("left", values.integer(0, FAR), 0),
        members.optional("top", values.integer(0, FAR), 0),
        members.optional("width", side),
        members.optional("height", side),
        REPETITIONS[members.optional("repetition_mode", repetition, "no_repeat")],
    )


async def _images(platform: Platform, caller: Caller, items: Iterable[_Item]) -> dict[ImageSource, Asset]:
    return {source: await _image(platform, caller, source.asset_id) for source in {i.source for i in items}}


async def _image(platform: Platform, caller: Caller, asset_id: str) -> Asset:
    """Find one image that is laid on.

    Raises:
        NotFound: naming it, for the path names another one.
    """
    try:
        return await source_of(platform, caller, asset_id)
    except NotFound:
        raise NotFound(f"Image with id {IMAGE_PREFIX}{asset_id} not found.") from None
