"""`GET /v1/namespaces`: what each of a workspace's namespaces holds, the fullest first (contract, 5.10).

Why so: docs/adr/0034.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse

from calotype.dialects.imgpro.callers import caller_of
from calotype.dialects.imgpro.errors import HEADERS
from calotype.dialects.imgpro.values import LIMIT_MAX, page_limit
from calotype.domain.workspaces import Ability
from calotype.errors import Invalid
from calotype.ports import Platform
from calotype.services import batches
from calotype.web.reasons import Reasons

OFFSET_MAX = 1_000_000


async def listing(platform: Platform, request: Request) -> JSONResponse:
    """List the caller's own namespaces, one page at a time."""
    caller = await caller_of(platform, request)
    caller.need(Ability.READ)
    limit, offset = _window(request.query_params)
    totals, next_offset = await batches.namespaces(platform, caller, limit, offset)
    data = [{"namespace": each.namespace, "count": each.count, "storage_bytes": each.size} for each in totals]
    return JSONResponse({"data": data, "next_offset": next_offset}, headers=HEADERS)


def _window(parameters: Mapping[str, str]) -> tuple[int, int]:
    reasons = Reasons()
    limit, offset = LIMIT_MAX, 0
    with reasons.noting():
        limit = page_limit(parameters.get("limit") or str(LIMIT_MAX))
    with reasons.noting():
        offset = _offset(parameters.get("offset") or "0")
    reasons.check()
    return limit, offset


def _offset(raw: str) -> int:
    if not re.match(r"[0-9]{1,7}\Z", raw) or int(raw) > OFFSET_MAX:
        raise Invalid.field("offset", f"0 to {OFFSET_MAX:,}")
    return int(raw)
