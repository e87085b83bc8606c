"""The declarations of what concerns keys, usage, apps, and how delivery came to its answer."""

from __future__ import annotations

from collections.abc import Mapping

from calotype.dialects.imgpro.reference.declaring import (
    JSON,
    Access,
    Answer,
    Body,
    Group,
    Operation,
    Parameter,
)
from calotype.dialects.imgpro.reference.refusals import SHOWN

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "/keys": {
        "POST": Operation(
            "createKey",
            Group.ACCOUNT,
            Access.ANYBODY,
            "Get a key",
            "Makes an account and its first key, which works at once. Storage is for good once the link that is mailed "
            "was followed.",
            {201: Answer("The key, this once.", "NewKey")},
            bodies=(Body(JSON, "Registration", {"email": "ada@example.com", "name": "laptop"}),),
            refusals=frozenset({"key_limit_reached", "registration_closed", "mail_failed"}),
        )
    },
    "/usage": {
        "GET": Operation(
            "showUsage",
            Group.ACCOUNT,
            Access.READ,
            "Show usage",
            "What the workspace has used by now, against its plan. Every answer to a key tells the same in headers.",
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
            refusals=SHOWN,
        )
    },
}
