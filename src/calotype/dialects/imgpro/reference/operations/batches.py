"""The declarations of the batches of both generations."""

from __future__ import annotations

from collections.abc import Mapping

from calotype.dialects.imgpro.reference.declaring import JSON, Access, Answer, Body, Group, Operation
from calotype.dialects.imgpro.reference.examples import ID, OTHER_ID
from calotype.dialects.imgpro.reference.refusals import HELD

_IDS = [ID, OTHER_ID]

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "/images/batch": {
        "PATCH": Operation(
            "changeImages",
            Group.IMAGES,
            Access.WRITE,
            "Change several images",
            "Each that is yours, where it can be. What became of each is told.",
            {200: Answer("Those that were changed, and why others were not.", "ImagesChanged")},
            bodies=(Body(JSON, "ImageBatch", {"ids": _IDS, "labels": {"album": "lakes"}}),),
        ),
        "DELETE": Operation(
            "deleteImages",
            Group.IMAGES,
            Access.WRITE,
            "Delete several images",
            "What is gone already counts as deleted.",
            {200: Answer("What became of each.", "ImagesDeleted")},
            bodies=(Body(JSON, "ImageDeletion", {"ids": _IDS}),),
        ),
    },
    "/media/batch": {
        "PATCH": Operation(
            "changeMediaBatch",
            Group.MEDIA,
            Access.WRITE,
            "Change several images",
            "All that are yours, or none: when one of them cannot take the change, nothing is changed.",
            {200: Answer("How many were changed.", "Updated")},
            bodies=(Body(JSON, "MediaBatch", {"ids": _IDS, "tags": ["featured"], "tag_mode": "add"}),),
            refusals=HELD,
        ),
        "DELETE": Operation(
            "deleteMediaBatch",
            Group.MEDIA,
            Access.WRITE,
            "Delete several images",
            "Those that are named, or none where one is locked; or up to 1,000 of a namespace: repeat it for more.",
            {200: Answer("How many were deleted.", "Deleted")},
            bodies=(Body(JSON, "MediaDeletion", {"ids": _IDS}),),
            refusals=HELD,
        ),
    },
}
