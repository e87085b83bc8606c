"""`POST /v1/upload`: a form with an image becomes an asset.

Law: who may not upload is refused before the body is read, and a client that leaves leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse

from calotype.dialects.imgpro import wire
from calotype.dialects.imgpro.callers import address_of, caller_of
from calotype.dialects.imgpro.errors import HEADERS
from calotype.dialects.imgpro.fields import read_form
from calotype.dialects.imgpro.repeating import idempotency_key, repeatable_form, replay_headers
from calotype.ports import Platform
from calotype.services.access import Caller
from calotype.services.admission import Admission, admit
from calotype.services.idempotency import once
from calotype.services.uploads import Described, Stored, Upload, store
from calotype.services.usage import check_room
from calotype.settings import Settings
from calotype.web.departures import unless_client_leaves
from calotype.web.intake import Form, IntakeLimits, content_length, receive_form
from calotype.web.reasons import naming


class FieldReader(Protocol):
    """Reads the text fields of a form, of which it is known whether it has a file."""

    def __call__(self, pairs: Sequence[tuple[str, str]], *, has_file: bool) -> Described:
        """Give what the sender says about the file.

        Raises:
            Invalid: naming every bad field, and the file where there is none.
        """


async def upload(platform: Platform, request: Request) -> JSONResponse:
    """Take in an image: 201, or 200 when the external id names one that is already there."""
    caller = await caller_of(platform, request)
    admission = await admit(platform, caller, address_of(request))
    with naming("file"):
        stored = await receive_upload(platform, caller, request, admission, read_form)
    return created(platform.settings, caller, stored)


async def receive_upload(
    platform: Platform, caller: Caller, request: Request, admission: Admission, read: FieldReader
) -> Stored:
    """Take in the form of *request*, whose text fields *read* understands, and store its file.

    Raises:
        QuotaExceeded: the plan has no room for it.
        Invalid, FileTooLarge, RequestTooSlow, ClientDisconnect: as `receive_form`, and what *read* refuses.
        Refused, Failed, Busy: as `store` and `once`.
    """
    key = idempotency_key(request)
    limits = _intake_limits(platform.settings, admission)
    await _look_for_room(platform, caller, request, limits)
    async with receive_form(request, platform.scratch, limits, setting=admission.setting) as form:
        upload = _upload(form, read)
        making = once(
            platform,
            caller,
            address_of(request),
            repeatable_form(key, request, form),
            partial(store, platform, caller, upload),
        )
        return await unless_client_leaves(request.receive, making)


async def _look_for_room(platform: Platform, caller: Caller, request: Request, limits: IntakeLimits) -> None:
    """Refuse what cannot fit before it is read: of a form, all but what its fields may come to is the file.

    What comes with an idempotency key is read first: it may be the retry of the upload that took the last room.
    """
    if "idempotency-key" not in request.headers:
        fields = limits.max_body_bytes - limits.max_file_bytes
        await check_room(platform, caller, max(1, content_length(request) - fields))


def _intake_limits(settings: Settings, admission: Admission) -> IntakeLimits:
    return IntakeLimits(admission.max_bytes, settings.min_upload_rate, settings.upload_grace_s)


def _upload(form: Form, read: FieldReader) -> Upload:
    described = read(form.fields, has_file=form.file is not None)
    assert form.file is not None  # noqa: S101 - the reader has refused a form without one
    file = form.file
    described["name"] = described.get("name") or file.filename
    return Upload(file.path, file.size, file.sha256, file.head, **described)


def created(settings: Settings, caller: Caller, stored: Stored) -> JSONResponse:
    """Answer whoever sent the image: with all that they said of it, and what a key would give them."""
    own = not caller.anonymous
    body = wire.media(stored.asset, caller.workspace, settings, owned=own, editable=own)
    if caller.anonymous:
        if stored.asset.source_url is not None:
            body["source_url"] = stored.asset.source_url
        body["upgrade"] = wire.upgrade(settings)
    if stored.deduplicated:
        return JSONResponse(body, 200, {**HEADERS, **replay_headers(stored), "X-Deduplicated": "true"})
    return JSONResponse(body, 201, {**HEADERS, **replay_headers(stored)})
