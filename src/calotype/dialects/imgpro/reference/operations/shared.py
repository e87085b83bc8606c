"""Parameters that several endpoints share."""

from __future__ import annotations

from calotype.dialects.imgpro.callers import USER_HEADER
from calotype.dialects.imgpro.reference.declaring import Parameter

ASSET_ID = Parameter("asset_id", "IdText", "Which image.", "path")
LIMIT = Parameter("limit", "Limit", "How many on a page; 50 without it.", example=20)
CURSOR = Parameter("cursor", "Cursor", "The `next_cursor` of the page before; without it, the first page.")
USER = Parameter(
    USER_HEADER,
    "UserId",
    "For an app's secret: the user whom it acts for; without it, the app's own storage.",
    "header",
)
REPEATING = Parameter(
    "Idempotency-Key",
    "IdempotencyKey",
    "Chosen by you, for each image anew: sent again within 24 hours, the same request answers the same image.",
    "header",
)
