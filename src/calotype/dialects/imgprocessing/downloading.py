"""`GET /images/{image_id}/download`: the bytes of an image to its owner, published or not (contract, 3.5)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from calotype.dialects.imgprocessing.callers import caller_of
from calotype.dialects.imgprocessing.delivery import target_of
from calotype.dialects.imgprocessing.errors import HEADERS
from calotype.dialects.imgprocessing.values import asset_id_of
from calotype.domain.workspaces import Ability
from calotype.errors import NotFound
from calotype.ports import Platform
from calotype.services.delivery import Delivery
from calotype.web.delivery_headers import media_type_of
from calotype.web.departures import unless_client_leaves

CHUNK = 256 * 1024


async def download(platform: Platform, request: Request) -> Response:
    """Send the bytes of one of the caller's own images."""
    caller = await caller_of(platform, request)
    caller.need(Ability.READ)
    delivery: Delivery = request.app.state.delivery
    asset_id = asset_id_of(request.path_params["image_id"])
    target = await target_of(platform, delivery, asset_id, caller.workspace.id)
    body = await unless_client_leaves(request.receive, delivery.bytes_of(target))
    if isinstance(body, bytes):
        return Response(body, headers=HEADERS, media_type=media_type_of(target, body))
    return await _file(body, target.what.media_type, empty=request.method == "HEAD")


async def _file(path: Path, media_type: str, *, empty: bool) -> Response:
    file = await asyncio.to_thread(_opened, path)
    headers = {**HEADERS, "Content-Length": str(os.fstat(file.fileno()).st_size)}
    if empty:
        file.close()
        return Response(headers=headers, media_type=media_type)
    return StreamingResponse(_chunks(file), headers=headers, media_type=media_type)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise NotFound from None  # deleted since it was named


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
