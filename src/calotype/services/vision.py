"""Asking models: what they see in an asset, and new assets of what they paint.

Law: a model never gets the bytes that somebody sent: a worker makes it a small JPEG of them. What a model gives goes
through the same ingest as an upload, and what is wrong with it is the model's failure, never the caller's.
"""

from __future__ import annotations

from dataclasses import replace

from calotype.domain.assets import Asset
from calotype.domain.formats import Format
from calotype.domain.moderation import check_served
from calotype.domain.planning import Context, Plan, plan
from calotype.domain.transformations import OutputWish, Transformation
from calotype.domain.workspaces import Ability
from calotype.operations import Resize
from calotype.operations.base import Size
from calotype.operations.resize import Fit
from calotype.operations.steps import Step
from calotype.ports import Imagination, Label, Platform, Talent, TextFormat
from calotype.services import library
from calotype.services.access import Caller
from calotype.services.delivery import Delivery
from calotype.services.given import ingested, spooled
from calotype.services.uploads import Described, Stored, Upload, store
from calotype.services.usage import check_room

LOOK_EDGE = 1024
"""Long edge, in pixels, of what a model looks at: they scale it down themselves, to less than that."""
READ_EDGE = 2048
"""The same for reading: small print has to stay print."""
PAINTED = Size(1024, 1024)
PAINTED_QUALITY = 95
LOOK_QUALITY = 90


async def describe(
    platform: Platform, delivery: Delivery, caller: Caller, asset_id: str, prompt: str, model: str = ""
) -> str:
    """Answer *prompt* (1 to 1,000 characters) about an asset of *caller*'s, with the *model* that they name.

    Raises:
        Unauthorized, Forbidden, NotFound: it is none of their own.
        MediaBlocked: it is served to nobody.
        NotConfigured, VisionFailed, VisionRefused, Busy: as the port `Vision` says.
        RenderFailed, Quarantined: it could not be rendered for the model.
    """
    image = await _shown(platform, delivery, caller, asset_id, Talent.DESCRIBE, LOOK_EDGE)
    return await platform.vision.describe(image, prompt, model)


async def classify(
    platform: Platform, delivery: Delivery, caller: Caller, asset_id: str
) -> tuple[Label, ...]:
    """Say what an asset of *caller*'s shows: five labels, the surest first.

    Raises:
        As `describe`.
    """
    image = await _shown(platform, delivery, caller, asset_id, Talent.CLASSIFY, LOOK_EDGE)
    return await platform.vision.classify(image)


async def read_text(
    platform: Platform, delivery: Delivery, caller: Caller, asset_id: str, form: TextFormat
) -> str:
    """Write down the text in an asset of *caller*'s; empty when there is none.

    Raises:
        As `describe`.
    """
    image = await _shown(platform, delivery, caller, asset_id, Talent.READ_TEXT, READ_EDGE)
    return await platform.vision.read_text(image, form)


async def imagine(platform: Platform, caller: Caller, wish: Imagination, described: Described) -> Stored:
    """Have a picture painted, and store it as a JPEG of 1024 x 1024 pixels.

    Raises:
        Unauthorized, Forbidden: a key with the write ability is needed.
        NotConfigured, VisionFailed, VisionRefused, Busy: as the port `Vision` says.
        QuotaExceeded: the plan has no room for it; nothing was painted then.
        RenderFailed, StorageFailed: it could not be decoded or kept.
    """
    caller.need(Ability.WRITE)
    platform.vision.need(Talent.IMAGINE)
    await check_room(platform, caller)
    body = await platform.vision.imagine(wish)
    async with ingested(platform, caller.workspace.id, body) as given:
        facts = given.asset.version.facts
        if (facts.format, facts.width, facts.height) != (Format.JPEG, *PAINTED):
            what = _planned(platform, given.asset, _PAINTING)
            sources = {given.file: given.path}
            body = await platform.renderer.render(what, sources, owner=caller.workspace.id)
    return await _stored(platform, caller, body, described)


_PAINTING = Transformation(
    (Step((Resize(width=PAINTED.width, height=PAINTED.height, fit=Fit.COVER),)),),
    OutputWish(Format.JPEG, quality=PAINTED_QUALITY, still=True),
)


def _look(edge: int) -> Transformation:
    """Word what a model is shown: at most *edge* pixels long, upright, one frame."""
    fit = Resize(width=edge, height=edge, fit=Fit.INSIDE)
    return Transformation((Step((fit,)),), OutputWish(Format.JPEG, quality=LOOK_QUALITY, still=True))


async def _shown(
    platform: Platform, delivery: Delivery, caller: Caller, asset_id: str, talent: Talent, edge: int
) -> bytes:
    """Make what a model of *talent* is shown of an asset; nothing, when there is no such model."""
    asset = await library.own(platform, caller, asset_id)
    check_served(asset)
    platform.vision.need(talent)
    return await delivery.rendered(asset, _planned(platform, asset, _look(edge)))


def _planned(platform: Platform, asset: Asset, wish: Transformation) -> Plan:
    """Plan a clean picture, for a model or for the library: without what marks those that leave."""
    what = plan(asset, wish, Context(max_cost=platform.settings.max_render_cost))
    if not isinstance(what, Plan):  # there are steps, and none of them asks for pixels
        raise TypeError(what)
    # The stored file itself would do where nothing changes, but a model shall get what a worker has made.
    return replace(what, alternative=None)


async def _stored(platform: Platform, caller: Caller, body: bytes, described: Described) -> Stored:
    with spooled(platform, body, described.get("name", "")) as file:
        words: Described = {**described, "name": file.filename}
        return await store(platform, caller, Upload(file.path, file.size, file.sha256, file.head, **words))
