"""Listing, showing, publishing and deleting images (contract, 3.4 and 3.5)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from calotype.dialects.imgprocessing import listing, wire
from calotype.dialects.imgprocessing.callers import caller_of
from calotype.dialects.imgprocessing.creating import created
from calotype.dialects.imgprocessing.errors import HEADERS
from calotype.dialects.imgprocessing.values import asset_id_of
from calotype.ports import Platform
from calotype.services import browsing, library, publishing


async def page(platform: Platform, request: Request) -> JSONResponse:
    """List images, newest first, beginning with the one that `from` names."""
    caller = await caller_of(platform, request)
    take, first = listing.read(request.query_params)
    leaf = await browsing.leaf(platform, caller, first, take)
    data = [wire.image(asset, platform.settings) for asset in leaf.assets]
    links = {
        "previous": listing.link(platform.settings, take, leaf.previous),
        "next": listing.link(platform.settings, take, leaf.next),
    }
    return JSONResponse({"data": data, "links": links}, headers=HEADERS)


async def show(platform: Platform, request: Request) -> JSONResponse:
    """Show one image."""
    caller = await caller_of(platform, request)
    asset = await library.own(platform, caller, _asked(request))
    return JSONResponse(wire.image(asset, platform.settings), headers=HEADERS)


async def delete(platform: Platform, request: Request) -> Response:
    """Delete an image with all that was made of it; whatever body came is passed over."""
    caller = await caller_of(platform, request)
    await library.delete(platform, caller, _asked(request))
    return Response(status_code=204, headers=HEADERS)


async def publish(platform: Platform, request: Request) -> JSONResponse:
    """Make an image everybody's."""
    caller = await caller_of(platform, request)
    asset = await publishing.publish(platform, caller, _asked(request))
    return created(asset, platform.settings)


async def unpublish(platform: Platform, request: Request) -> JSONResponse:
    """Make an image its owner's alone again."""
    caller = await caller_of(platform, request)
    asset = await publishing.unpublish(platform, caller, _asked(request))
    return created(asset, platform.settings)


def _asked(request: Request) -> str:
    return asset_id_of(request.path_params["image_id"])
