"""The declarations of `/v1/images`: the second generation."""

from __future__ import annotations

from collections.abc import Mapping

from calotype.dialects.imgpro.image_fields import LISTING
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

_LABEL = Parameter(
    "label",
    "LabelValue",
    "Only images that have this label, such as `label[colour]=red`; of several, all.",
    named=True,
)
_LISTED = {
    "ids": Parameter("ids", "FewIds", "Only these."),
    "limit": LIMIT,
    "cursor": CURSOR,
}

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "/images": {
        "POST": Operation(
            "createImage",
            Group.IMAGES,
            Access.OPTIONAL,
            "Upload or import an image",
            "A form with the file, or JSON with the URL to fetch it from. Without a key it is public, and expires.",
            {201: Answer("The image.", "Image", ("Idempotency-Replayed",))},
            (REPEATING,),
            (
                Body(FORM, "ImageForm", {"caption": "Low sun over the lake", "labels": '{"album":"lakes"}'}),
                Body(
                    JSON,
                    "ImageImport",
                    {"url": "https://example.com/photo.jpg", "labels": {"album": "lakes"}, "public": True},
                ),
            ),
            UPLOAD | IMPORT,
        ),
        "GET": Operation(
            "listImages",
            Group.IMAGES,
            Access.READ,
            "List images",
            "Your own, newest first, one page at a time.",
            {200: Answer("A page of the list.", "ImageList")},
            (_LABEL, *(_LISTED[name] for name in LISTING)),
        ),
    },
    "/images/{asset_id}": {
        "GET": Operation(
            "showImage",
            Group.IMAGES,
            Access.OPTIONAL,
            "Show an image",
            "A public one to everybody, any to its owner.",
            {200: Answer("The image.", "Image")},
            (ASSET_ID,),
            refusals=SHOWN,
        ),
        "PATCH": Operation(
            "changeImage",
            Group.IMAGES,
            Access.WRITE,
            "Change an image",
            "What is sent is merged; what is not sent stays.",
            {200: Answer("The image as it is now.", "Image")},
            (ASSET_ID,),
            (
                Body(
                    JSON, "ImageChange", {"caption": "Evening", "labels": {"album": None, "season": "autumn"}}
                ),
            ),
            HELD | {"not_found"},
        ),
        "DELETE": Operation(
            "deleteImage",
            Group.IMAGES,
            Access.WRITE,
            "Delete an image",
            "For good, with every variant of it.",
            {204: Answer("It is gone.")},
            (ASSET_ID,),
            refusals=HELD | {"not_found"},
        ),
    },
}
