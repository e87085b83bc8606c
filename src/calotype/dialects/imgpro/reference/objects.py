"""The schemas of what requests send and answers hold: images of both generations, lists, batches, errors.

Law: an answer's object says all that it may hold; a member that is not declared here fails the tests.
"""

from __future__ import annotations

from collections.abc import Mapping

from calotype.dialects.imgpro import modern_errors
from calotype.dialects.imgpro.batch_fields import OF_ONE
from calotype.dialects.imgpro.image_object import NAMES
from calotype.dialects.imgpro.reference import words
from calotype.settings import Settings
from calotype.web.reference.declaring import Json, array, nullable, record, ref, string

_COUNT: Json = {"type": "integer", "minimum": 0}
_PIXELS: Json = {"type": "integer", "minimum": 1, "description": "Pixels, upright."}
_SECONDS: Json = {"type": "integer", "description": "Unix time in seconds."}
_TIME = string("ISO 8601, in UTC.", format="date-time")
_LINK = string(format="uri")
_REASONS: Json = {
    "type": "object",
    "description": "What is wrong, field by field.",
    "additionalProperties": array(string()),
}


def schemas(settings: Settings) -> dict[str, Json]:
    """Give every schema that an operation names, with the limits of *settings*."""
    return {**words.schemas(), **_requests(settings), **_answers(), **_errors()}


def _requests(settings: Settings) -> dict[str, Json]:
    file = string(_file_about(settings), format="binary", contentMediaType="application/octet-stream")
    many = {name: schema for name, schema in words.CHANGE.items() if name not in OF_ONE}
    return {
        "UploadForm": record({"file": file, **words.FORM}, required=["file"], more=words.CUSTOM),
        "Import": record({"url": words.URL, **words.IMPORT}, required=["url"], more=True),
        "MediaChange": record(words.CHANGE, more=True),
        "ImageForm": record({"file": file, **words.IMAGE_FORM}, required=["file"], more=True),
        "ImageImport": record(
            {"url": words.URL, **{name: nullable_type(each) for name, each in words.IMAGE_CREATE.items()}},
            required=["url"], more=True,
        ),
        "ImageChange": record(words.IMAGE_CHANGE, more=True),
        "MediaBatch": record({"ids": words.IDS, "tag_mode": words.TAG_MODE, **many}, required=["ids"], more=True),
        "ImageBatch": record({"ids": words.IDS, **words.IMAGE_CHANGE}, required=["ids"], more=True),
        "MediaDeletion": {
            "oneOf": [
                record({"ids": words.IDS}, required=["ids"], more=True),
                record({"namespace": words.NAMESPACE}, required=["namespace"], more=True),
            ],
            "description": "Either ids or a namespace, never both.",
        },
        "Exchange": record(
            {"code": string("As it came to the redirect URI.", minLength=1)}, required=["code"], more=True
        ),
        "Registration": record(
            {"email": string("Yours; a link is sent there."), "name": nullable(string("What you call the key."))},
            required=["email"], more=True,
        ),
        "ImageDeletion": record({"ids": words.IDS}, required=["ids"], more=True),
    }  # fmt: skip


def nullable_type(schema: Json) -> Json:
    """Describe what *schema* does, whose type may be several, or null."""
    kinds = schema["type"]
    return {**schema, "type": [*(kinds if isinstance(kinds, list) else [kinds]), "null"]}


def _file_about(settings: Settings) -> str:
    return (
        "The image: JPEG, PNG, GIF, WebP, AVIF, HEIC, TIFF, BMP, ICO or SVG; the bytes decide, not the name. "
        f"At most {settings.max_upload_bytes:,} bytes with a key, {settings.max_upload_bytes_anonymous:,} without, "
        f"{settings.max_svg_bytes:,} for SVG; {settings.max_pixels:,} pixels and {settings.max_frames:,} frames."
    )


def _answers() -> dict[str, Json]:
    return {
        "Media": record(_media(), required=["id", "name", "src", "filesize", "created_at"], more=string()),
        "MediaList": record(
            {"data": array(ref("Media")), "next_cursor": nullable(string()), "has_more": {"type": "boolean"}},
            required=["data", "next_cursor", "has_more"],
        ),
        "Image": record(_image(), required=_image()),
        "ImageList": record(_image_list(), required=_image_list()),
        "Updated": record({"updated": _COUNT}, required=["updated"]),
        "Deleted": record({"deleted": _COUNT}, required=["deleted"]),
        "ImagesChanged": _batch_result(ref("Image")),
        "ImagesDeleted": _batch_result(
            record({"id": string(), "deleted": {"const": True}}, required=["id", "deleted"])
        ),
        "Namespaces": record(
            {"data": array(_namespace()), "next_offset": nullable(_COUNT)}, required=["data", "next_offset"]
        ),
        "NewKey": record(_new_key(), required=_new_key()),
        "Usage": _whole_usage(),
        "User": record(_user(), required=_user()),
        "Explanation": {"type": "object", "description": "Which image, which plan, which headers, and why."},
    }


def _media() -> dict[str, Json]:
    return {
        "id": ref("Id"),
        "name": words.NAME,
        "url": {**_LINK, "description": "Its page; absent when it has none."},
        "src": {**_LINK, "description": "The image itself."},
        "width": _PIXELS,
        "height": _PIXELS,
        "filesize": {**_COUNT, "description": "Bytes of the original."},
        "editable": {"type": "boolean", "description": "True when it is yours."},
        "path": words.PATH,
        "tags": words.TAGS,
        "namespace": words.NAMESPACE,
        "external_id": words.EXTERNAL_ID,
        "date": words.DATE,
        "source_url": string("Where it was imported from."),
        "expires_at": {
            **_SECONDS,
            "description": "When it goes; absent when it stays. Unix time in seconds.",
        },
        "created_at": _SECONDS,
        "upgrade": _action("What a key would give; on uploads without one."),
    }


def _action(about: str) -> Json:
    members = {name: string() for name in ("type", "url", "message", "label")}
    return {**record(members, required=["type"]), "description": about}


def _image() -> dict[str, Json]:
    return {
        "id": ref("Id"),
        "object": {"const": "image"},
        "url": {**_LINK, "description": "The image itself."},
        "page_url": {**_LINK, "description": "Its page, while it is public."},
        "sizes": {**record({name: _size() for name in NAMES.values()}), "description": "Empty for SVG, BMP and ICO."},
        "filename": string(),
        "format": string("The extension of what is delivered."),
        "width": nullable(_PIXELS),
        "height": nullable(_PIXELS),
        "bytes": {**_COUNT, "description": "Of the original."},
        "transformable": {"type": "boolean", "description": "Whether it can be had in other sizes and formats."},
        "status": {"enum": ["ready", "processing", "failed"]},
        "public": {"type": "boolean", "description": "Whether it has a page."},
        "published_at": nullable(_TIME),
        "caption": nullable(words.CAPTION),
        "labels": words.LABELS,
        "metadata": {"type": "object", "additionalProperties": string()},
        "expires_at": {**nullable(_TIME), "description": "When it goes; null when it stays."},
        "created_at": _TIME,
        "updated_at": _TIME,
    }  # fmt: skip


def _size() -> Json:
    side: Json = {"type": "integer", "minimum": 0}
    return record({"url": _LINK, "width": side, "height": side}, required=["url", "width", "height"])


def _image_list() -> dict[str, Json]:
    pagination: dict[str, Json] = {"next_cursor": nullable(string()), "has_more": {"type": "boolean"}}
    return {
        "object": {"const": "list"},
        "data": array(ref("Image")),
        "pagination": record(pagination, required=pagination),
    }


def _batch_result(item: Json) -> Json:
    refused = record({"id": string(), "error": ref("NestedErrorBody")}, required=["id", "error"])
    members: dict[str, Json] = {
        "object": {"const": "batch_result"},
        "data": array(item),
        "errors": array(refused),
    }
    return record(members, required=members)


def _namespace() -> Json:
    members = {"namespace": words.NAMESPACE, "count": _COUNT, "storage_bytes": _COUNT}
    return record(members, required=members)


def _new_key() -> dict[str, Json]:
    limit = nullable({**_COUNT, "description": "Null: no limit."})
    limits = {"uploads": limit, "storage_mb": limit, "retention_days": limit}
    return {
        "key": string("The key itself. It is shown here and never again."),
        "key_id": string(),
        "status": {"const": "active"},
        "verified": {"type": "boolean"},
        "limits": record(limits, required=limits),
        "message": string("For people."),
    }


def _whole_usage() -> Json:
    limit = nullable({**_COUNT, "description": "Null: no limit."})
    monthly = {"uploads": _COUNT, "uploads_limit": limit, "uploads_remaining": limit, "resets_at": _SECONDS}
    totals = {
        "media_stored": _COUNT,
        "images_stored": _COUNT,
        "storage_used_bytes": _COUNT,
        "storage_limit_bytes": limit,
        "storage_remaining_bytes": limit,
    }
    images = {"used": _COUNT, "limit": limit}
    members: dict[str, Json] = {
        "monthly": record(monthly, required=monthly),
        "totals": record(totals, required=totals),
        "limits": record({"images": record(images, required=images)}, required=["images"]),
        "plan": string("The name of the plan."),
        "verified": {
            "type": "boolean",
            "description": "Whether the e-mail address is; before, nothing stays.",
        },
    }
    return record(members, required=members)


def _user() -> dict[str, Json]:
    return {
        "object": {"const": "user"},
        "id": ref("UserId"),
        "email": string(format="email"),
        "email_verified": {"type": "boolean"},
        "workspace": record({"plan": string("The name of its plan.")}, required=["plan"]),
        "created_at": _TIME,
    }


def _errors() -> dict[str, Json]:
    """Describe the two shapes of one error: flat, and nested."""
    request_id = string("Finds the request in the server's log; when it was our fault.")
    flat: Mapping[str, Json] = {
        "error": string("The code."),
        "message": string("For people."),
        "errors": _REASONS,
        "action": _flat_action(),
        "usage": _usage(),
        "request_id": request_id,
    }
    inner: Mapping[str, Json] = {
        "type": string(enum=sorted(modern_errors.TYPES)),
        "code": string(),
        "message": string("For people."),
        "details": _REASONS,
        "action": _nested_action(),
        "usage": _usage(),
        "request_id": request_id,
    }
    return {
        "Error": record(flat, required=["error", "message"]),
        "NestedErrorBody": record(inner, required=["type", "code", "message"]),
        "NestedError": record({"error": ref("NestedErrorBody")}, required=["error"]),
    }


def _flat_action() -> Json:
    members = {
        "type": string(enum=["wait", "upgrade", "verify", "redirect"]),
        "seconds": {**_COUNT, "description": "How long to wait; equal to `Retry-After`."},
        "url": _LINK,
        "label": string(),
    }
    return {**record(members, required=["type"]), "description": "What can be done about it."}


def _nested_action() -> Json:
    members = {
        "type": string(enum=["wait", "upgrade", "signup", "verify", "redirect"]),
        "retry_after": {**_COUNT, "description": "How long to wait, in seconds; equal to `Retry-After`."},
        "url": _LINK,
        "label": string(),
    }
    return {**record(members, required=["type"]), "description": "What can be done about it."}


def _usage() -> Json:
    limit = nullable(_COUNT)
    members = {
        "plan": string(),
        "uploads_used": _COUNT,
        "uploads_limit": limit,
        "storage_used_bytes": _COUNT,
        "storage_limit_bytes": limit,
    }
    about = "What is used of the plan, when that is the reason; null is no limit."
    return {**record(members, required=members), "description": about}
