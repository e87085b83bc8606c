"""The declarations of `/v1/upload`, `/v1/import`, `/v1/media` and `/v1/namespaces`: the first generation."""

from __future__ import annotations

from collections.abc import Mapping

from calotype.dialects.imgpro.fields import LISTING
from calotype.dialects.imgpro.reference.declaring import (
    FORM,
    JSON,
    Access,
    Answer,
    Body,
    Group,
    Operation,
    Parameter,
)
from calotype.dialects.imgpro.reference.operations.shared import ASSET_ID, CURSOR, LIMIT, REPEATING
from calotype.dialects.imgpro.reference.refusals import HELD, IMPORT, SHOWN, UPLOAD

_CREATED = {
    201: Answer("The new image.", "Media", ("Idempotency-Replayed",)),
    200: Answer(
        "The image that already has this `external_id`; nothing new was stored.",
        "Media",
        ("X-Deduplicated", "Idempotency-Replayed"),
    ),
}
_LISTED = {
    "namespace": Parameter("namespace", "Namespace", "Only what has this namespace."),
    "tags": Parameter("tags", "CommaTags", "Only what has one of these tags.", example="hero,homepage"),
    "tag_mode": Parameter("tag_mode", "AnyOrAll", "`all`: only what has every one of `tags`."),
    "ids": Parameter("ids", "Ids", "Only these."),
    "limit": LIMIT,
    "cursor": CURSOR,
}

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "/upload": {
        "POST": Operation(
            "uploadMedia",
            Group.MEDIA,
            Access.OPTIONAL,
            "Upload an image",
            "Every field that is not named here is kept as a custom field. Without a key it is public, and expires.",
            _CREATED,
            (REPEATING,),
            (Body(FORM, "UploadForm", {"tags": "hero,homepage", "namespace": "my-project"}),),
            UPLOAD | {"external_id_duplicate"},
        )
    },
    "/import": {
        "POST": Operation(
            "importMedia",
            Group.MEDIA,
            Access.OPTIONAL,
            "Import an image from a URL",
            "As an upload in all but where the bytes come from. Only public addresses are fetched from.",
            _CREATED,
            (REPEATING,),
            (Body(JSON, "Import", {"url": "https://example.com/photo.jpg", "tags": "hero,homepage"}),),
            IMPORT | {"external_id_duplicate"},
        )
    },
    "/media": {
        "GET": Operation(
            "listMedia",
            Group.MEDIA,
            Access.READ,
            "List images",
            "Your own, newest first, one page at a time. Filters narrow each other; a blank one does not filter.",
            {200: Answer("A page of the list.", "MediaList")},
            tuple(_LISTED[name] for name in LISTING),
        )
    },
    "/media/{asset_id}": {
        "GET": Operation(
            "showMedia",
            Group.MEDIA,
            Access.OPTIONAL,
            "Show an image",
            "A public one to everybody, any to its owner.",
            {200: Answer("The image.", "Media")},
            (ASSET_ID,),
            refusals=SHOWN,
        ),
        "PATCH": Operation(
            "changeMedia",
            Group.MEDIA,
            Access.WRITE,
            "Change an image",
            "What is sent is merged, tags are replaced; null clears a field, and removes a custom one.",
            {200: Answer("The image as it is now.", "Media")},
            (ASSET_ID,),
            (Body(JSON, "MediaChange", {"name": "evening.jpg", "tags": ["lake"], "author": "Jane Doe"}),),
            HELD | {"not_found", "external_id_duplicate", "path_taken"},
        ),
        "DELETE": Operation(
            "deleteMedia",
            Group.MEDIA,
            Access.WRITE,
            "Delete an image",
            "For good, with every variant of it.",
            {204: Answer("It is gone.")},
            (ASSET_ID,),
            refusals=HELD | {"not_found"},
        ),
    },
    "/namespaces": {
        "GET": Operation(
            "listNamespaces",
            Group.MEDIA,
            Access.READ,
            "List namespaces",
            "Your own with what each holds, the fullest first.",
            {200: Answer("A page of the list.", "Namespaces")},
            (
                Parameter("limit", "Limit", "How many on a page; 100 without it."),
                Parameter("offset", "Offset", "The `next_offset` of the page before."),
            ),
        )
    },
}
