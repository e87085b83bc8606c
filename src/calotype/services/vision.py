"""Asking models: what they see in an asset, and new assets of what they paint or cut out.

Law: a model never gets the bytes that somebody sent: a worker makes it a small JPEG of them. What a model gives goes
through the same ingest as an upload, and what is wrong with it is the model's failure, never the caller's.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from calotype.domain.assets import Asset, blob_prefix, unstored
from calotype.domain.formats import Format, sniff
from calotype.domain.moderation import check_served
from calotype.domain.pictures import Source
from calotype.domain.planning import Context, Needs, Original, Plan, plan
from calotype.domain.transformations import OutputWish, Transformation
from calotype.domain.variants import variant_key
from calotype.errors import FileTooLarge, ImageRefused, UnsupportedType, VisionFailed
from calotype.operations import Resize
from calotype.operations.base import Size
from calotype.operations.layer import ImageSource, Layer, Mode
from calotype.operations.resize import Fit
from calotype.operations.steps import Step
from calotype.ports import Imagination, Label, Platform, Sources, Talent, TextFormat
from calotype.services import library
from calotype.services.access import Caller
from calotype.services.flights import alone
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
_MASK = ImageSource(asset_id="mask")


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
        NotConfigured, VisionFailed, VisionRefused, Busy: as the port `Vision` says.
        QuotaExceeded: the plan has no room for it; nothing was painted then.
        RenderFailed, StorageFailed: it could not be decoded or kept.
    """
    platform.vision.need(Talent.IMAGINE)
    await check_room(platform, caller)
    body = await platform.vision.imagine(wish)
    async with _ingested(platform, caller, body) as given:
        facts = given.asset.version.facts
        if (facts.format, facts.width, facts.height) != (Format.JPEG, *PAINTED):
            body = await _rendered(platform, given.asset, _PAINTING, {given.file: given.path}, caller)
    return await _stored(platform, caller, body, described)


async def remove_background(
    platform: Platform, caller: Caller, asset_id: str, described: Described
) -> Stored:
    """Store a PNG of an asset of *caller*'s in its full size, of which only the subject shows.

    Raises:
        QuotaExceeded: the plan has no room for it.
        TooManyPixels, TooComplex: its full size is more than is rendered here.
        Otherwise as `describe`.
    """
    asset = await _own(platform, caller, asset_id)
    platform.vision.need(Talent.REMOVE_BACKGROUND)
    await check_room(platform, caller)
    mask = await _mask(platform, caller, asset)
    async with _ingested(platform, caller, mask) as given:
        wish = _cut_out(asset)
        what = _plan(platform, asset, wish, {_MASK: given.asset})
        sources = {given.file: given.path, **await _files(platform, what)}
        body = await platform.renderer.render(what, sources, owner=caller.workspace.id)
    return await _stored(platform, caller, body, {**described, "name": described.get("name", asset.name)})


_PAINTING = Transformation(
    (Step((Resize(width=PAINTED.width, height=PAINTED.height, fit=Fit.COVER),)),),
    OutputWish(Format.JPEG, quality=PAINTED_QUALITY, still=True),
)


def _look(edge: int) -> Transformation:
    """Word what a model is shown: at most *edge* pixels long, upright, one frame."""
    fit = Resize(width=edge, height=edge, fit=Fit.INSIDE)
    return Transformation((Step((fit,)),), OutputWish(Format.JPEG, quality=90, still=True))


def _cut_out(asset: Asset) -> Transformation:
    """Word what is left of *asset* where a mask, stretched over it, is opaque."""
    facts = asset.version.facts
    stretch = Resize(width=facts.width, height=facts.height, fit=Fit.STRETCH)
    layer = Layer(source=_MASK, steps=(Step((stretch,)),), mode=Mode.CUTTER)
    return Transformation((Step((layer,)),), OutputWish(Format.PNG, still=True))


async def _own(platform: Platform, caller: Caller, asset_id: str) -> Asset:
    asset = await library.own(platform, caller, asset_id)
    check_served(asset)
    return asset


async def _shown(platform: Platform, caller: Caller, asset_id: str, talent: Talent, edge: int) -> bytes:
    """Make what a model of *talent* is shown of an asset; nothing, when there is no such model."""
    asset = await _own(platform, caller, asset_id)
    platform.vision.need(talent)
    return await _seen(platform, caller, asset, edge)


async def _seen(platform: Platform, caller: Caller, asset: Asset, edge: int) -> bytes:
    what = _plan(platform, asset, _look(edge))
    return await platform.renderer.render(what, await _files(platform, what), owner=caller.workspace.id)


async def _mask(platform: Platform, caller: Caller, asset: Asset) -> bytes:
    """Give the mask of an asset's subject: kept beside its variants, and made once for all who ask."""
    key = variant_key([asset.version.id, "subject", str(platform.settings.background_model)])
    async with alone(platform.locks, key):
        mask = platform.cache.get(asset.id, key)
        if mask is None:
            mask = await platform.vision.remove_background(await _seen(platform, caller, asset, LOOK_EDGE))
            await platform.cache.put(asset.id, key, mask)
    return mask


def _plan(
    platform: Platform, asset: Asset, wish: Transformation, layers: dict[ImageSource, Asset] | None = None
) -> Plan:
    """Plan what is for a model, or for the library: a clean picture, without what marks those that leave."""
    what = plan(asset, wish, Context(layers=layers or {}, max_cost=platform.settings.max_render_cost))
    if isinstance(what, Original | Needs):  # there are steps, and none of them asks for pixels
        raise TypeError(what)
    # The stored file itself would do where nothing changes, but a model shall get what a worker has made.
    return replace(what, alternative=None)


async def _files(platform: Platform, what: Plan) -> Sources:
    picture = what.picture
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
async def _ingested(platform: Platform, caller: Caller, body: bytes) -> AsyncIterator[_Given]:
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
            found = await platform.renderer.ingest(
                file.path, format_, limits, Path(scratch), owner=caller.workspace.id
            )
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


async def _rendered(
    platform: Platform, asset: Asset, wish: Transformation, sources: Sources, caller: Caller
) -> bytes:
    return await platform.renderer.render(_plan(platform, asset, wish), sources, owner=caller.workspace.id)


async def _stored(platform: Platform, caller: Caller, body: bytes, described: Described) -> Stored:
    with _spooled(platform, body, described.get("name", "")) as file:
        words: Described = {**described, "name": file.filename}
        return await store(platform, caller, Upload(file.path, file.size, file.sha256, file.head, **words))
