"""`GET /v1/explain?url=…`: why a delivery URL answers what it answers. Ours; no img.pro has it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from calotype.dialects.imgpro.callers import caller_of
from calotype.dialects.imgpro.errors import HEADERS
from calotype.domain.workspaces import Ability
from calotype.errors import Invalid
from calotype.ports import Platform
from calotype.web.explaining import Explainer

URL_CHARS = 8192


async def explain(platform: Platform, request: Request) -> Response:
    """Explain the URL of an image that the caller's workspace owns, for a client that sends `accept`."""
    caller = await caller_of(platform, request)
    caller.need(Ability.READ)
    url = request.query_params.get("url", "")
    if not 0 < len(url) <= URL_CHARS:
        raise Invalid.field("url", f"the delivery URL to explain, 1 to {URL_CHARS:,} characters")
    accept = request.query_params.get("accept", request.headers.get("accept", ""))
    explainer: Explainer = request.app.state.explainer
    hints = [(name, value) for name, value in request.headers.raw if name.startswith(b"sec-ch-")]
    return JSONResponse(await explainer.explain(url, accept, caller.workspace.id, hints), headers=HEADERS)
