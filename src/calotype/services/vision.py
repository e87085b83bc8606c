"""Asking models: what they see in an asset, where its subject is, and new assets of what they paint.

Law: a model never gets the bytes that somebody sent: a worker makes it a small JPEG of them. What a model gives goes
through the same ingest as an upload, and what is wrong with it is the model's failure, never the caller's.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from calotype.domain.assets import Asset, blob_prefix, unstored
from calotype.domain.formats import Format, sniff
from calotype.domain.moderation import check_served
from calotype.domain.output import encoding
from calotype.domain.pictures import Measure, Picture, Planned, Source
from calotype.domain.planning import Context, Plan, plan
from calotype.domain.transformations import OutputWish, Transformation
from calotype.domain.workspaces import Ability, Policy
from calotype.errors import FileTooLarge, ImageRefused, NotConfigured, UnsupportedType, VisionFailed
from calotype.operations import Resize
from calotype.operations.base import Size
from calotype.operations.models import BACKGROUND_MODEL
from calotype.operations.resize import Fit
from calotype.operations.scale import Scale
from calotype.operations.steps import Step
from calotype.ports import Imagination, Label, Platform, Sources, Talent, TextFormat
from calotype.services import library
from calotype.services.access import Caller
from calotype.services.uploads import Described, Stored, Upload, ingest_limits, store
from calotype.services.usage import check_room
from calotype.spool import Spool, Spooled

LOOK_EDGE = 1024
"""Long edge, in pixels, of what a model looks at: they scale it down themselves, to less than that."""
READ_EDGE = 2048
"""The same for reading: small print has to stay print."""
PAINTED = Size(1024, 1024)
PAINTED_QUALITY = 95
_PAINTED_FORMATS = frozenset({Format.JPEG, Format.PNG, Format.WEBP})
LOOK_QUALITY = 90


async def describe(platform: Platform, caller: Caller, asset_id: str, prompt: str, model: str = "") -> str:
    """Answer *prompt* (1 to 1,000 characters) about an asset of *caller*'s, with the *model* that they name.

    Raises:
        Unauthorized, Forbidden, NotFound: it is none of their own.
        MediaBlocked: it is served to nobody.
        NotConfigured, VisionFailed, VisionRefused, Busy: as the port `Vision` says.
        RenderFailed: it could not be rendered for the model.
    """
    image = await _shown(platform, caller, asset_id, Talent.DESCRIBE, LOOK_EDGE)
    return await platform.vision.describe(image, prompt, model)


async def classify(platform: Platform, caller: Caller, asset_id: str) -> tuple[Label, ...]:
    """Say what an asset of *caller*'s shows: five labels, the surest first.

    Raises:
        As `describe`.
    """
    image = await _shown(platform, caller, asset_id, Talent.CLASSIFY, LOOK_EDGE)
    return await platform.vision.classify(image)


async def read_text(platform: Platform, caller: Caller, asset_id: str, form: TextFormat) -> str:
    """Write down the text in an asset of *caller*'s; empty when there is none.

    Raises:
        As `describe`.
    """
    image = await _shown(platform, caller, asset_id, Talent.READ_TEXT, READ_EDGE)
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
    async with _ingested(platform, caller.workspace.id, body) as given:
        facts = given.asset.version.facts
        if (facts.format, facts.width, facts.height) != (Format.JPEG, *PAINTED):
            what = _planned(platform, given.asset, _PAINTING)
            body = await _rendered(platform, what, {given.file: given.path})
    return await _stored(platform, caller, body, described)


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
    look = OutputWish(Format.JPEG, quality=LOOK_QUALITY)
    what = Plan(
        measure.key,
        _at_most(measure.picture, LOOK_EDGE),
        encoding(Format.JPEG, look, Policy()),
        "for a model",
    )
    image = await platform.renderer.render(what, sources, started=started, owner=owner)
    async with _ingested(platform, owner, await platform.vision.remove_background(image)) as given:
        facts = given.asset.version.facts
        if facts.format is not Format.PNG:
            raise VisionFailed("The model's mask is no PNG.")
        prefix = blob_prefix(measure.picture.workspace_id, measure.mask_version)
        await platform.blobs.put(f"{prefix}original", given.path)
    return facts.width, facts.height


_PAINTING = Transformation(
    (Step((Resize(width=PAINTED.width, height=PAINTED.height, fit=Fit.COVER),)),),
    OutputWish(Format.JPEG, quality=PAINTED_QUALITY, still=True),
)


def _look(edge: int) -> Transformation:
    """Word what a model is shown: at most *edge* pixels long, upright, one frame."""
    fit = Resize(width=edge, height=edge, fit=Fit.INSIDE)
    return Transformation((Step((fit,)),), OutputWish(Format.JPEG, quality=LOOK_QUALITY, still=True))


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


async def _shown(platform: Platform, caller: Caller, asset_id: str, talent: Talent, edge: int) -> bytes:
    """Make what a model of *talent* is shown of an asset; nothing, when there is no such model."""
    asset = await library.own(platform, caller, asset_id)
    check_served(asset)
    platform.vision.need(talent)
    return await _rendered(platform, _planned(platform, asset, _look(edge)))


def _planned(platform: Platform, asset: Asset, wish: Transformation) -> Plan:
    """Plan a clean picture, for a model or for the library: without what marks those that leave."""
    what = plan(asset, wish, Context(max_cost=platform.settings.max_render_cost))
    if not isinstance(what, Plan):  # there are steps, and none of them asks for pixels
        raise TypeError(what)
    # The stored file itself would do where nothing changes, but a model shall get what a worker has made.
    return replace(what, alternative=None)


async def _rendered(platform: Platform, what: Plan, sources: Sources | None = None) -> bytes:
    owner = what.picture.workspace_id
    files = sources or await _files(platform, what.picture)
    return await platform.renderer.render(what, files, owner=owner)


async def _files(platform: Platform, picture: Picture) -> Sources:
    key = f"{blob_prefix(picture.workspace_id, picture.version_id)}{picture.source.value}"
    return {picture.file: await platform.cache.file(picture.version_id, platform.blobs, key)}


@dataclass(frozen=True, slots=True)
class _Given:
    """A picture that a model gave: decoded once by a worker, stored nowhere."""

    asset: Asset
    path: Path

    @property
    def file(self) -> tuple[str, Source]:
        """Its name among the sources of a plan."""
        return self.asset.version.id, Source.ORIGINAL


@asynccontextmanager
async def _ingested(platform: Platform, owner: str, body: bytes) -> AsyncIterator[_Given]:
    """Decode what a model gave, in a worker; its files are there for the block.

    Raises:
        VisionFailed: it is no picture that we accept.
    """
    with (
        _spooled(platform, body, "") as file,
        tempfile.TemporaryDirectory(prefix="model-", dir=platform.scratch) as scratch,
    ):
        with _blaming_model():
            format_ = sniff(file.head)
            if format_ not in _PAINTED_FORMATS or format_ is None:
                raise UnsupportedType
            limits = ingest_limits(platform.settings)
            found = await platform.renderer.ingest(file.path, format_, limits, Path(scratch), owner=owner)
        facts = replace(found.facts, mezzanine=None, small=None)
        yield _Given(unstored(facts, platform.clock()), file.path)


@contextmanager
def _blaming_model() -> Iterator[None]:
    try:
        yield
    except (ImageRefused, UnsupportedType, FileTooLarge) as error:
        raise VisionFailed("The model's picture is none that can be decoded.") from error


@contextmanager
def _spooled(platform: Platform, body: bytes, name: str) -> Iterator[Spooled]:
    spool = Spool(platform.scratch, len(body), "")
    try:
        spool.write(memoryview(body))
        yield spool.close(name)
    finally:
        spool.discard()


async def _stored(platform: Platform, caller: Caller, body: bytes, described: Described) -> Stored:
    with _spooled(platform, body, described.get("name", "")) as file:
        words: Described = {**described, "name": file.filename}
        return await store(platform, caller, Upload(file.path, file.size, file.sha256, file.head, **words))
