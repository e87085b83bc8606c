"""The body of a request to IMG Processing's API, as members to read.

Law: what is no JSON is 400; JSON that cannot be right, of whatever kind, is 422.
"""

from __future__ import annotations

import json
from typing import NoReturn

from starlette.requests import Request

from calotype.dialects.imgprocessing.values import Members
from calotype.errors import Invalid, Refused
from calotype.ports import Platform
from calotype.web.intake import parse_json, receive_bytes

NO_BODY = "The body is empty: send {} instead, or no Content-Type."


async def members_of(platform: Platform, request: Request) -> Members:
    """Receive the JSON object of *request*; without body and Content-Type it is an empty one.

    Unknown members are nobody's business. `null` is as good as nothing (`Members`).

    Raises:
        Refused: the body is empty though it says that it is JSON, or it is no JSON.
        Invalid: it is no object, or has what nobody can read in one way: see `parse_json`.
        FileTooLarge, RequestTooSlow, ClientDisconnect: as `receive_bytes`.
    """
    settings = platform.settings
    data = await receive_bytes(request, min_rate=settings.min_upload_rate, grace_s=settings.upload_grace_s)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = media_type == "application/json" or media_type.endswith("+json")
    if not data:
        if is_json:
            raise Refused(NO_BODY)
        return Members({})
    if not is_json:
        raise Refused("Send JSON, with `Content-Type: application/json`.")
    document = _parsed(data)
    if not isinstance(document, dict):
        raise Invalid("The body must be a JSON object.")
    return Members(document)


def _parsed(data: bytes) -> object:
    try:
        return parse_json(data)
    except Invalid as error:
        if _is_json(data):
            raise
        raise Refused(error.message) from None


def _is_json(data: bytes) -> bool:
    """Say whether *data* has JSON's grammar, whatever its numbers, names and depth are."""
    try:
        json.loads(
            data.decode("utf-8"), parse_int=_nothing, parse_float=_nothing, parse_constant=_no_constant
        )
    except RecursionError:
        return True  # as deep as that, only brackets lead
    except ValueError:
        return False
    return True


def _nothing(_: str) -> int:
    return 0


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)
