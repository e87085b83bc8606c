"""`/v1/media/batch` and `/v1/images/batch`: up to a hundred images changed or deleted by one request.

Law: another workspace's ids are answered as unknown ones are. The first generation counts, the second one tells what
became of each.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse

from calotype.dialects.imgpro.batch_fields import (
    read_image_batch,
    read_image_ids,
    read_media_batch,
    read_media_deletion,
)
from calotype.dialects.imgpro.callers import caller_of
from calotype.dialects.imgpro.documents import document_of
from calotype.dialects.imgpro.errors import HEADERS
from calotype.dialects.imgpro.image_object import Json, image
from calotype.dialects.imgpro.modern_errors import error_of
from calotype.domain.workspaces import Ability
from calotype.ports import Platform
from calotype.services import batches
from calotype.services.access import Caller


async def change_media(platform: Platform, request: Request) -> JSONResponse:
    """Change all of the caller's own images that are named, or none."""
    caller = await _writer(platform, request)
    batch = read_media_batch(await document_of(platform, request))
    updated = await batches.update_all(platform, caller, batch.ids, batch.change)
    return JSONResponse({"updated": updated}, headers=HEADERS)


async def delete_media(platform: Platform, request: Request) -> JSONResponse:
    """Delete the caller's own images that are named, or up to 1,000 of a namespace."""
    caller = await _writer(platform, request)
    asked = read_media_deletion(await document_of(platform, request))
    if isinstance(asked, str):
        deleted = await batches.delete_namespace(platform, caller, asked)
    else:
        deleted = await batches.delete_all(platform, caller, asked)
    return JSONResponse({"deleted": deleted}, headers=HEADERS)


async def change_images(platform: Platform, request: Request) -> JSONResponse:
    """Change each of the caller's own images that is named, where it can be."""
    caller = await _writer(platform, request)
    batch = read_image_batch(await document_of(platform, request))
    outcomes = await batches.update_each(platform, caller, batch.ids, batch.change)
    changed = [image(asset, caller.workspace, platform.settings) for asset in outcomes.changed.values()]
    refused: list[Json] = [{"id": id_, "error": error_of(error)} for id_, error in outcomes.refused.items()]
    return _result(changed, refused)


async def delete_images(platform: Platform, request: Request) -> JSONResponse:
    """Delete each of the caller's own images that is named; what is gone already counts as deleted."""
    caller = await _writer(platform, request)
    ids = read_image_ids(await document_of(platform, request))
    held = await batches.delete_each(platform, caller, ids)
    refused: list[Json] = [{"id": id_, "error": error_of(error)} for id_, error in held.items()]
    return _result([{"id": id_, "deleted": True} for id_ in ids if id_ not in held], refused)


async def _writer(platform: Platform, request: Request) -> Caller:
    caller = await caller_of(platform, request)
    caller.need(Ability.WRITE)
    return caller


def _result(data: list[Json], errors: list[Json]) -> JSONResponse:
    return JSONResponse({"object": "batch_result", "data": data, "errors": errors}, headers=HEADERS)
