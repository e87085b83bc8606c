"""The declarations of what concerns keys, usage, apps, and how delivery came to its answer."""

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
    Parameter,
)
from calotype.dialects.imgpro.reference.operations.shared import USER

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "/usage": {
        "GET": Operation(
            "showUsage",
            Group.ACCOUNT,
            Access.READ,
            "Show usage",
            "What the workspace has used by now, against its plan. Every answer to a key has the same as headers.",
            {200: Answer("The usage.", "Usage")},
        )
    },
    "/apps/exchange": {
        "POST": Operation(
            "exchangeCode",
            Group.APPS,
            Access.APP,
            "Exchange a code for a user",
            "The `code` that came back to your redirect URI names its user once, within five minutes.",
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
            "Show the user whom you act for",
            "Their id, e-mail address and plan, as the exchange answered them.",
            {200: Answer("The user.", "User")},
            (replace(USER, required=True),),
        )
    },
    "/usage": {
        "GET": Operation(
            "getUsage",
            Group.ACCOUNT,
            Access.READ,
            "Show usage",
            "What your workspace has used this month and holds now, against its plan. Null is no limit.",
            {200: Answer("The usage.", "Usage")},
        )
    },
    "/explain": {
        "GET": Operation(
            "explain",
            Group.DELIVERY,
            Access.READ,
            "Explain a delivery URL",
            "Why the URL of one of your images answers what it answers: how it was read, the plan, sizes, the key.",
            {200: Answer("The explanation.", "Explanation")},
            (
                Parameter("url", "ExplainedUrl", "The delivery URL.", required=True),
                Parameter("accept", "Accept", "The `Accept` header to explain it for; your own without it."),
            ),
            refusals=frozenset({"not_found"}),
        )
    },
}
