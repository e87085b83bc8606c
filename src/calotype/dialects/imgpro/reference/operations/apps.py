"""The declarations of what an app's backend asks about its users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from calotype.dialects.imgpro.reference.declaring import (
    JSON,
    Access,
    Answer,
    Body,
    Group,
    Operation,
)
from calotype.dialects.imgpro.reference.operations.shared import USER

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "/apps/exchange": {
        "POST": Operation(
            "exchangeCode",
            Group.APPS,
            Access.APP,
            "Exchange a code for a user",
            "Names, once and within five minutes, the user with whose browser the code came back from `/connect`.",
            {200: Answer("The user.", "User")},
            bodies=(Body(JSON, "Exchange", {"code": "the-code-that-came-back"}),),
            acting=False,
        )
    },
    "/users/me": {
        "GET": Operation(
            "showUser",
            Group.APPS,
            Access.APP,
            "Show the user that you act for",
            "With `X-Img-User`, as everything that an app does for a user.",
            {200: Answer("The user.", "User")},
            (replace(USER, required=True, example="m3k9ab2c"),),
        )
    },
}
