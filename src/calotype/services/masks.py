"""Masks: where the subject of a picture is, as a model says. Measured once, and kept beside the picture's bytes.

Law: a model is shown a small JPEG that a worker has made, and its mask is decoded by a worker before it is kept.

Why so: docs/adr/0037.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from calotype.domain.assets import blob_prefix
from calotype.domain.formats import Format
from calotype.domain.output import encoding
from calotype.domain.pictures import Measure, Picture, Planned
from calotype.domain.planning import Plan
from calotype.domain.transformations import OutputWish
from calotype.domain.workspaces import Policy
from calotype.errors import NotConfigured, VisionFailed
from calotype.operations.base import Size
from calotype.operations.models import BACKGROUND_MODEL
from calotype.operations.scale import Scale
from calotype.ports import Platform, Sources, Talent
from calotype.services.given import ingested

EDGE = 1024
"""Long edge, in pixels, of what the model is shown."""
QUALITY = 90


def models(platform: Platform) -> frozenset[str]:
    """List the settings of models that operations need and that are set."""
    try:
        platform.vision.need(Talent.REMOVE_BACKGROUND)
    except NotConfigured:
        return frozenset()
    return frozenset({BACKGROUND_MODEL})


async def find_subject(
    platform: Platform, measure: Measure, sources: Sources, started: Callable[[], None], owner: str
) -> tuple[int, ...]:
    """Have a model find the subject of the picture of *measure*, and keep its mask; the answer is the mask's size.

    The mask lies below the version's own bytes, and goes when they go.

    Raises:
        VisionFailed, VisionRefused, NotConfigured, Busy: as the port `Vision` says.
        RenderFailed: the picture could not be rendered for the model.
    """
    look = OutputWish(Format.JPEG, quality=QUALITY)
    what = Plan(
        measure.key,
        _at_most(measure.picture, EDGE),
        encoding(Format.JPEG, look, Policy()),
        "for a model",
    )
    image = await platform.renderer.render(what, sources, started=started, owner=owner)
    async with ingested(platform, owner, await platform.vision.remove_background(image)) as given:
        facts = given.asset.version.facts
        if facts.format is not Format.PNG:
            raise VisionFailed("The model's mask is no PNG.")
        prefix = blob_prefix(measure.picture.workspace_id, measure.mask_version)
        await platform.blobs.put(f"{prefix}original", given.path)
    return facts.width, facts.height


def _at_most(picture: Picture, edge: int) -> Picture:
    """Scale *picture*, after all that is done to it, to at most *edge* pixels; of several frames, show the first."""
    width, height = picture.size
    scale = edge / max(width, height)
    picture = replace(picture, frames=1)
    if scale >= 1:
        return picture
    size = Size(max(1, round(width * scale)), max(1, round(height * scale)))
    step = Planned(Scale(width=size.width, height=size.height), size)
    return replace(picture, steps=(*picture.steps, step), size=size)
