"""`POST /v1/import`: a URL in a JSON document becomes an asset (contract, 5.2).

Law: as an upload in all but where the bytes come from: the same fields, limits, answer and errors.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse

from calotype.dialects.imgpro.callers import address_of, caller_of
from calotype.dialects.imgpro.documents import document_of
from calotype.dialects.imgpro.fields import read_import
from calotype.dialects.imgpro.uploading import created, naming
from calotype.ports import Platform
from calotype.services.admission import admit
from calotype.services.importing import import_image
from calotype.web.departures import unless_client_leaves


async def import_(platform: Platform, request: Request) -> JSONResponse:
    """Fetch an image and take it in: 201, or 200 when the external id names one that is already there."""
    caller = await caller_of(platform, request)
    admission = await admit(platform, caller, address_of(request))
    url, described = read_import(await document_of(platform, request))
    with naming("url"):
        importing = import_image(platform, caller, admission, url, described)
        stored = await unless_client_leaves(request.receive, importing)
    return created(platform.settings, caller, stored)
