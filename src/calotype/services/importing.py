"""Imports: an image that a URL leads to becomes an asset, as if it had been uploaded.

Law: one way in. What was fetched goes through the same ingest as what was sent, and is held to the same limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

from calotype.domain.assets import Asset
from calotype.errors import ImportFailed, RenderFailed, StorageFailed
from calotype.ports import Platform
from calotype.services.access import Caller
from calotype.services.admission import Admission
from calotype.services.uploads import Described, Stored, Upload, store
from calotype.services.usage import check_room
from calotype.spool import Spool


async def import_image(
    platform: Platform,
    caller: Caller,
    admission: Admission,
    url: str,
    described: Described,
    asset_id: str = "",
) -> Stored:
    """Fetch *url* and store what it leads to; nothing is fetched for an external id that has its asset.

    The asset's id is *asset_id*, if one was reserved.

    When cancelled, it stops at the next step and leaves nothing behind, as `store` does.

    Raises:
        FetchFailed: the URL leads nowhere that we fetch from, or to no whole answer in time.
        FileTooLarge: what came is more than *admission* allows.
        QuotaExceeded: the plan has no room for it.
        ImportFailed: it could not be decoded or kept, by our fault.
        Busy: too many fetches or decodes are under way.
        Refused: whatever `store` refuses.
    """
    holder = await _holder(platform, caller, described.get("external_id"))
    if holder is not None:
        return Stored(holder, deduplicated=True)
    await check_room(platform, caller)
    with _failing_as_import(), _spool(platform, admission) as spool:
        await platform.fetcher.fetch(url, spool)
        file = spool.close(described.get("name") or name_in(url))
        words: Described = {**described, "name": file.filename}
        upload = Upload(file.path, file.size, file.sha256, file.head, source_url=url, **words)
        return await store(platform, caller, upload, asset_id)


def name_in(url: str) -> str:
    """Name what *url* leads to by the last part of its path; empty when it ends in a slash, or has none."""
    path = url.partition("#")[0].partition("?")[0].partition("://")[2].partition("/")[2]
    return unquote(path.rpartition("/")[2])


async def _holder(platform: Platform, caller: Caller, external_id: str | None) -> Asset | None:
    if external_id is None or caller.anonymous:
        return None
    return await platform.catalog.asset_by_external_id(caller.workspace.id, external_id, platform.clock())


@contextmanager
def _spool(platform: Platform, admission: Admission) -> Iterator[Spool]:
    spool = Spool(platform.scratch, admission.max_bytes, admission.setting)
    try:
        yield spool
    finally:
        spool.discard()


@contextmanager
def _failing_as_import() -> Iterator[None]:
    try:
        yield
    except (StorageFailed, RenderFailed) as error:
        raise ImportFailed from error
