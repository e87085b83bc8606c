"""`/v1/media`: listing, showing, changing and deleting assets.

Law: abilities are judged before anything else of a request is read.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from calotype.dialects.imgpro import wire
from calotype.dialects.imgpro.callers import caller_of
from calotype.dialects.imgpro.cursors import cursor_after
from calotype.dialects.imgpro.documents import document_of
from calotype.dialects.imgpro.errors import HEADERS
from calotype.dialects.imgpro.fields import read_change, read_listing
from calotype.domain.workspaces import Ability
from calotype.ports import Platform
from calotype.services import library


async def listing(platform: Platform, request: Request) -> JSONResponse:
    """List the caller's own assets, newest first, one page at a time."""
    caller = await caller_of(platform, request)
    caller.need(Ability.READ)
    page = await library.page(platform, caller, read_listing(request.query_params, platform.clock()))
    body = {
        "data": [wire.media(asset, caller.workspace, platform.settings, owned=True) for asset in page.assets],
        "next_cursor": cursor_after(page.assets[-1]) if page.more else None,
        "has_more": page.more,
    }
    return JSONResponse(body, headers=HEADERS)


async def show(platform: Platform, request: Request) -> JSONResponse:
    """Show one asset: a public one to everybody, any to its owner."""
    caller = await caller_of(platform, request)
    asset, workspace = await library.get(platform, caller, request.path_params["asset_id"])
    own = caller.owns(asset.workspace_id)
    body = wire.media(asset, workspace, platform.settings, owned=own, editable=own)
    return JSONResponse(body, headers=HEADERS)


async def change(platform: Platform, request: Request) -> JSONResponse:
    """Merge the JSON members that were sent into one of the caller's own assets."""
    caller = await caller_of(platform, request)
    caller.need(Ability.WRITE)
    asked = read_change(await document_of(platform, request))
    asset = await library.update(platform, caller, request.path_params["asset_id"], asked)
    body = wire.media(asset, caller.workspace, platform.settings, owned=True, editable=True)
    return JSONResponse(body, headers=HEADERS)


async def delete(platform: Platform, request: Request) -> Response:
    """Delete one of the caller's own assets for good."""
    caller = await caller_of(platform, request)
    await library.delete(platform, caller, request.path_params["asset_id"])
    return Response(status_code=204, headers=HEADERS)
