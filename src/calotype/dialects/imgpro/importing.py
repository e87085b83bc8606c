"""`POST /v1/import`: a URL in a JSON document becomes an asset (contract, 5.2).

Law: as an upload in all but where the bytes come from: the same fields, limits, answer and errors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse

from calotype.dialects.imgpro.callers import address_of, caller_of
from calotype.dialects.imgpro.documents import document_of
from calotype.dialects.imgpro.fields import read_import
from calotype.dialects.imgpro.repeating import idempotency_key, repeatable_document
from calotype.dialects.imgpro.uploading import created
from calotype.ports import Platform
from calotype.services.access import Caller
from calotype.services.admission import Admission, admit
from calotype.services.idempotency import once
from calotype.services.importing import import_image
from calotype.services.uploads import Described, Stored
from calotype.web.departures import unless_client_leaves
from calotype.web.reasons import naming

DocumentReader = Callable[[object], tuple[str, Described]]
"""Reads the JSON of an import: the URL, and what the sender says about the image."""


async def import_(platform: Platform, request: Request) -> JSONResponse:
    """Fetch an image and take it in: 201, or 200 when the external id names one that is already there."""
    caller = await caller_of(platform, request)
    admission = await admit(platform, caller, address_of(request))
    stored = await receive_import(platform, caller, request, admission, read_import)
    return created(platform.settings, caller, stored)


async def receive_import(
    platform: Platform, caller: Caller, request: Request, admission: Admission, read: DocumentReader
) -> Stored:
    """Take in the JSON of *request*, which *read* understands, and store what its URL leads to.

    Raises:
        Invalid, FileTooLarge, RequestTooSlow, ClientDisconnect: as `document_of`, and what *read* refuses.
        Refused, Failed, Busy: as `import_image` and `once`.
    """
    key = idempotency_key(request)
    document = await document_of(platform, request)
    url, described = read(document)
    making = once(
        platform,
        caller,
        address_of(request),
        repeatable_document(key, request, document),
        partial(import_image, platform, caller, admission, url, described),
    )
    with naming("url"):
        return await unless_client_leaves(request.receive, making)
