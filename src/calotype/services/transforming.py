"""Transforming: an asset, changed, becomes a new asset; what it was made from stays as it is.

Law: what is made here is a master. It is rendered clean, whatever its workspace marks on what leaves, and stored by
the same way in as an upload, but for the decode: our own engine has just encoded it.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from calotype.domain.assets import Asset, Facts
from calotype.domain.moderation import check_served
from calotype.domain.negotiation import Accept
from calotype.domain.planning import Plan
from calotype.domain.rendered import facts_of, without_mezzanines
from calotype.domain.transformations import Transformation
from calotype.domain.visibility import Visibility
from calotype.domain.workspaces import Ability, Policy
from calotype.errors import NotFound
from calotype.operations.layer import ImageSource
from calotype.ports import Platform
from calotype.services import library
from calotype.services.access import Caller
from calotype.services.delivery import Delivery
from calotype.services.planner import NO_LAYERS
from calotype.services.uploads import Stored, Upload, store_rendered
from calotype.services.usage import check_room


async def source_of(platform: Platform, caller: Caller, asset_id: str) -> Asset:
    """Find an asset of *caller*'s own that something new may be made from.

    Raises:
        Unauthorized, Forbidden: a key that may read and write is needed.
        NotFound: none of their own living assets.
        MediaBlocked: it is served to nobody.
    """
    caller.need(Ability.WRITE)
    asset = await library.own(platform, caller, asset_id)
    check_served(asset)
    return asset


async def transform(
    platform: Platform,
    delivery: Delivery,
    caller: Caller,
    asset: Asset,
    wish: Transformation,
    *,
    name: str | None = None,
    layers: Mapping[ImageSource, Asset] = NO_LAYERS,
) -> Stored:
    """Make a private asset of *caller*'s from *asset* (see `source_of`), called *name*, or as its source is.

    It is one frame in the format that *wish* names, or in its source's natural one. Where nothing changes and no
    quality is asked for, it has its source's very bytes, unless those say where they were taken. *layers* are the
    images that the wish's layers show.

    When cancelled, it stops at the next step and leaves nothing behind, as `uploads.store` does.

    Raises:
        QuotaExceeded: the plan has no room for it; nothing was rendered then.
        Refused: the wish cannot be planned (see `planning.plan`).
        NotFound: the asset was deleted meanwhile.
        Quarantined, RenderFailed, Busy: it could not be rendered.
        StorageFailed: the bytes or the row could not be kept.
    """
    await check_room(platform, caller)
    what = await _planned(delivery, caller, asset, wish, layers)
    with tempfile.TemporaryDirectory(prefix="made-", dir=platform.scratch) as scratch:
        file = Path(scratch) / "made"
        facts, size, sha256 = await _made(delivery, asset, what, file)
        upload = Upload(
            file, size, sha256, b"", name=name or asset.name, titled=True, visibility=Visibility.PRIVATE
        )
        return await store_rendered(platform, caller, upload, facts)


async def _planned(
    delivery: Delivery,
    caller: Caller,
    asset: Asset,
    wish: Transformation,
    layers: Mapping[ImageSource, Asset],
) -> Plan:
    """Plan one frame of *wish*, without an HDR gain map. Of the workspace's policy a master has the quality alone."""
    still = replace(wish, output=replace(wish.output, still=True))
    clean = Policy(quality=caller.workspace.quality)
    plain = _without_gain_map(asset)
    what = await delivery.planner.plan(plain, still, caller.workspace, Accept.NEITHER, layers, policy=clean)
    if not isinstance(what, Plan):  # `still` is a wish that no stored file fulfils as it is
        raise TypeError(what)
    # A quality that was asked for is that of the result, even where the stored file would be smaller; and where
    # something was taken is not handed on.
    copied = wish.output.quality is None and not asset.version.facts.gps
    return what if copied else replace(what, alternative=None)


def _without_gain_map(asset: Asset) -> Asset:
    """Plan for *asset* as if it had none: what is made has one only where it is a copy of the source's very bytes."""
    facts = replace(asset.version.facts, gain_map=False)
    return replace(asset, version=replace(asset.version, facts=facts))


async def _made(delivery: Delivery, asset: Asset, what: Plan, file: Path) -> tuple[Facts, int, str]:
    """Write what *what* comes to into *file*, and say what it is, its bytes and their SHA-256."""
    if what.alternative is not None:  # nothing changes: coding the pixels once more would
        stored = (await delivery.files(what.picture))[what.picture.file]
        await asyncio.to_thread(_copied, stored, file)
        return without_mezzanines(asset.version.facts), asset.version.size, asset.version.sha256
    body = await delivery.rendered(asset, what)
    sha256 = await asyncio.to_thread(_written, body, file)
    return facts_of(what, asset.version.facts), len(body), sha256


def _written(body: bytes, file: Path) -> str:
    file.write_bytes(body)
    return hashlib.sha256(body).hexdigest()


def _copied(stored: Path, file: Path) -> None:
    try:
        shutil.copyfile(stored, file)
    except FileNotFoundError:
        raise NotFound from None  # deleted since it was named
