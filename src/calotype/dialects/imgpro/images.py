"""`/v1/images`: taking in, listing, showing, changing and deleting, as img.pro's second generation does.

Law: abilities are judged before anything else of a request is read; the library is the first generation's.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from calotype.dialects.imgpro.callers import address_of, caller_of
from calotype.dialects.imgpro.cursors import cursor_after
from calotype.dialects.imgpro.documents import document_of
from calotype.dialects.imgpro.errors import HEADERS
from calotype.dialects.imgpro.image_fields import (
    read_image_change,
    read_image_form,
    read_image_import,
    read_image_listing,
)
from calotype.dialects.imgpro.image_object import image
from calotype.dialects.imgpro.importing import receive_import
from calotype.dialects.imgpro.repeating import replay_headers
from calotype.dialects.imgpro.uploading import receive_upload
from calotype.domain.workspaces import Ability
from calotype.ports import Platform
from calotype.services import library
from calotype.services.access import Caller
from calotype.services.admission import Admission, admit
from calotype.services.uploads import Stored
from calotype.web.reasons import naming


async def create(platform: Platform, request: Request) -> JSONResponse:
    """Take in an image: a form with the file, or JSON with the URL to fetch it from."""
    caller = await caller_of(platform, request)
    admission = await admit(platform, caller, address_of(request))
    receive = _receive_file if _is_form(request) else _receive_url
    stored = await receive(platform, caller, request, admission)
    body = image(stored.asset, caller.workspace, platform.settings)
    return JSONResponse(body, 201, {**HEADERS, **replay_headers(stored)})


async def listing(platform: Platform, request: Request) -> JSONResponse:
    """List the caller's own images, newest first, one page at a time."""
    caller = await caller_of(platform, request)
    caller.need(Ability.READ)
    query = read_image_listing(request.query_params.multi_items(), platform.clock())
    page = await library.page(platform, caller, query)
    body = {
        "object": "list",
        "data": [image(asset, caller.workspace, platform.settings) for asset in page.assets],
        "pagination": {
            "next_cursor": cursor_after(page.assets[-1]) if page.more else None,
            "has_more": page.more,
        },
    }
    return JSONResponse(body, headers=HEADERS)


async def show(platform: Platform, request: Request) -> JSONResponse:
    """Show one image: a public one to everybody, any to its owner."""
    caller = await caller_of(platform, request)
    asset, workspace = await library.get(platform, caller, request.path_params["asset_id"])
    return JSONResponse(image(asset, workspace, platform.settings), headers=HEADERS)


async def change(platform: Platform, request: Request) -> JSONResponse:
    """Merge the JSON members that were sent into one of the caller's own images."""
    caller = await caller_of(platform, request)
    caller.need(Ability.WRITE)
    asked = read_image_change(await document_of(platform, request))
    asset = await library.update(platform, caller, request.path_params["asset_id"], asked)
    return JSONResponse(image(asset, caller.workspace, platform.settings), headers=HEADERS)


async def delete(platform: Platform, request: Request) -> Response:
    """Delete one of the caller's own images for good."""
    caller = await caller_of(platform, request)
    await library.delete(platform, caller, request.path_params["asset_id"])
    return Response(status_code=204, headers=HEADERS)


def _is_form(request: Request) -> bool:
    """Say whether the body is a form; what is neither that nor JSON is refused as JSON."""
    return request.headers.get("content-type", "").lower().startswith("multipart/")


async def _receive_file(platform: Platform, caller: Caller, request: Request, admission: Admission) -> Stored:
    with naming("file"):
        return await receive_upload(platform, caller, request, admission, read_image_form)


async def _receive_url(platform: Platform, caller: Caller, request: Request, admission: Admission) -> Stored:
    return await receive_import(platform, caller, request, admission, read_image_import)
