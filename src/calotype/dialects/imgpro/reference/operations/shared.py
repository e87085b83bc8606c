"""Parameters that several endpoints share."""

from __future__ import annotations

from calotype.dialects.imgpro.reference.declaring import Parameter

ASSET_ID = Parameter("asset_id", "IdText", "Which image.", "path")
LIMIT = Parameter("limit", "Limit", "How many on a page; 50 without it.", example=20)
CURSOR = Parameter("cursor", "Cursor", "The `next_cursor` of the page before; without it, the first page.")
