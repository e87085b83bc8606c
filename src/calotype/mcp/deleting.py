"""Deleting in two steps: first what would go and a token, then, with the token, it goes.

Law (attack A10): no single call deletes, so that what a text talks an agent into is seen by someone before it happens.

Why so: docs/adr/0033.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from calotype.dialects.imgpro.modern_errors import error_of
from calotype.domain.workspaces import Ability
from calotype.errors import NotFound, Refused
from calotype.mcp.answers import to_delete
from calotype.mcp.confirming import TOKEN_S, check_confirmation, confirmation
from calotype.ports import AssetQuery, Platform
from calotype.services import library
from calotype.services.access import Caller

NEXT_STEP = (
    "Nothing was deleted. Show this to the person you work for; when they agree, call delete_image again with the "
    "same ids and `confirm`."
)


async def delete_image(
    platform: Platform, caller: Caller, ids: Sequence[str], confirm: str | None
) -> dict[str, Any]:
    """Delete *caller*'s own images among *ids* when they *confirm* it; else show them what would be deleted.

    Raises:
        Unauthorized, Forbidden: a key with both abilities is needed.
        Invalid: *confirm* is for something else, or too old.
    """
    caller.need(Ability.WRITE)
    caller.need(Ability.READ)
    if confirm is None:
        return await _shown(platform, caller, ids)
    check_confirmation(platform.secret_key, confirm, caller, ids, platform.clock())
    return await _deleted(platform, caller, ids)


async def _shown(platform: Platform, caller: Caller, ids: Sequence[str]) -> dict[str, Any]:
    now = platform.clock()
    page = await library.page(platform, caller, AssetQuery("", now, max(1, len(ids)), ids=tuple(ids)))
    found = {asset.id for asset in page.assets}
    return {
        "would_delete": [to_delete(asset, platform.settings) for asset in page.assets],
        "not_found": [each for each in ids if each not in found],
        "confirm": confirmation(platform.secret_key, caller, ids, now),
        "confirm_expires_in_seconds": TOKEN_S,
        "next_step": NEXT_STEP,
    }


async def _deleted(platform: Platform, caller: Caller, ids: Sequence[str]) -> dict[str, Any]:
    deleted: list[str] = []
    not_found: list[str] = []
    refused: list[dict[str, Any]] = []
    for each in ids:
        try:
            await library.delete(platform, caller, each)
            deleted.append(each)
        except NotFound:
            not_found.append(each)
        except Refused as error:
            refused.append({"id": each, "error": error_of(error)})
    return {"deleted": deleted, "not_found": not_found, "refused": refused}
