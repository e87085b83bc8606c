"""The declarations of what concerns keys, usage, apps, and how delivery came to its answer."""

from __future__ import annotations

from collections.abc import Mapping

from calotype.dialects.imgpro.reference.declaring import Access, Answer, Group, Operation, Parameter

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
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
