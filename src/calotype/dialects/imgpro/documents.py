"""The JSON document of a request, received at the rate that this server expects."""

from __future__ import annotations

from starlette.requests import Request

from calotype.ports import Platform
from calotype.web.intake import receive_json


async def document_of(platform: Platform, request: Request) -> object:
    """Receive the JSON of *request*.

    Raises:
        Invalid, FileTooLarge, RequestTooSlow, ClientDisconnect: as `receive_json`.
    """
    settings = platform.settings
    return await receive_json(request, min_rate=settings.min_upload_rate, grace_s=settings.upload_grace_s)
