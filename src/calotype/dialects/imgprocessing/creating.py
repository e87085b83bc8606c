"""`POST /images/upload` and `POST /images`: a file, or what a URL leads to, becomes an image (contract, 3.1 and 3.2).

Law: what is created is private, upright, still and without metadata; who may not create is refused before the body
is read.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse

from calotype.dialects.imgprocessing import values, wire
from calotype.dialects.imgprocessing.callers import caller_of
from calotype.dialects.imgprocessing.errors import HEADERS
from calotype.dialects.imgprocessing.fields import members_of
from calotype.dialects.imgprocessing.values import Members, Wrong
from calotype.domain.assets import Asset
from calotype.domain.origins import is_allowed
from calotype.domain.visibility import Visibility
from calotype.errors import EmptyFile, FileTooLarge, UnsupportedType
from calotype.ports import Platform
from calotype.services.access import Caller
from calotype.services.admission import Admission, admit
from calotype.services.importing import import_image
from calotype.services.uploads import Described, Upload, judge, store
from calotype.services.usage import check_room
from calotype.settings import Settings
from calotype.web.departures import unless_client_leaves
from calotype.web.intake import Form, IntakeLimits, receive_form
from calotype.web.reasons import naming

FILE_FIELD = "image"
URL_CHARS = 8192
SETTING = "CALOTYPE_IMG_PROCESSING_MAX_UPLOAD_BYTES"


async def upload(platform: Platform, request: Request) -> JSONResponse:
    """Create an image from the file of a form."""
    caller = await caller_of(platform, request)
    admission = await _admit(platform, caller)
    settings = platform.settings
    limits = IntakeLimits(admission.max_bytes, settings.min_upload_rate, settings.upload_grace_s)
    receiving = receive_form(
        request, platform.scratch, limits, setting=admission.setting, file_field=FILE_FIELD
    )
    with naming(FILE_FIELD):
        async with receiving as form:
            storing = store(platform, caller, _upload(form, settings))
            stored = await unless_client_leaves(request.receive, storing)
    return created(stored.asset, settings)


async def from_url(platform: Platform, request: Request) -> JSONResponse:
    """Create an image from what a URL of an allowed origin leads to."""
    caller = await caller_of(platform, request)
    admission = await _admit(platform, caller)
    members = await members_of(platform, request)
    name = members.required("name", values.name)
    url = members.required("url", _origin_of(platform.settings))
    members.check()
    with naming("url"):
        importing = import_image(platform, caller, admission, url, described(name))
        stored = await unless_client_leaves(request.receive, importing)
    return created(stored.asset, platform.settings)


def created(asset: Asset, settings: Settings) -> JSONResponse:
    """Answer with an image that is new, or has changed: 201 either way."""
    return JSONResponse(wire.image(asset, settings), 201, HEADERS)


def described(name: str) -> Described:
    """Say how this API stores an image that is to be called *name*."""
    return {
        "name": name,
        "titled": True,
        "formats": wire.FORMATS,
        "plain": True,
        "visibility": Visibility.PRIVATE,
    }


async def _admit(platform: Platform, caller: Caller) -> Admission:
    """Let *caller* create an image; it may be no larger than this API's own limit, whatever the plan says."""
    admission = await admit(platform, caller, "")
    await check_room(platform, caller)
    most = platform.settings.img_processing_max_upload_bytes
    return admission if admission.max_bytes < most else replace(admission, max_bytes=most, setting=SETTING)


def _upload(form: Form, settings: Settings) -> Upload:
    """Read *form*; what is wrong with its name and with its file is said together."""
    members = _texts(form)
    name = members.required("name", values.name)
    if form.file is None:
        members.wrong(FILE_FIELD, "is required")
        members.check()
    assert form.file is not None  # noqa: S101 - refused a line above
    file = form.file
    upload = Upload(file.path, file.size, file.sha256, file.head, **described(name))
    try:
        judge(upload, settings)
    except (EmptyFile, FileTooLarge, UnsupportedType) as error:
        members.wrong(FILE_FIELD, error.message)
    members.check()
    return upload


def _texts(form: Form) -> Members:
    texts: dict[str, object] = {}
    members = Members(texts)
    for field, text in form.fields:
        if field in texts:
            members.wrong(field[: values.NAME_CHARS], "must be there once")
        texts[field] = text
    return members


def origins(settings: Settings) -> list[str]:
    """List the patterns of what may be fetched: those of the setting, and the images published here."""
    listed = [*settings.img_processing_origins.split(","), f"{settings.img_processing_storage_url}/images/*"]
    # Nothing is fetched without TLS, so where images are published without it, that is no origin.
    return [each.strip() for each in listed if each.strip().startswith("https://")]


def _origin_of(settings: Settings) -> values.Parser[str]:
    """Read a URL that this API may fetch."""
    patterns = ",".join(origins(settings))

    def parse(value: object) -> str:
        url = values.text(1, URL_CHARS)(value)
        if not is_allowed(patterns, url):
            raise Wrong("must lead to an allowed origin (CALOTYPE_IMG_PROCESSING_ORIGINS)")
        return url

    return parse
