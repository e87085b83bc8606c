"""Cursors: where a list stopped, as opaque text. Pure.

Base64url JSON of the last asset's time (microseconds since 1970) and id, as the vendor's sample looks.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

from calotype.domain.assets import ID, Asset
from calotype.errors import Invalid

CURSOR_CHARS = 200
"""Ours are half as long."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def cursor_after(asset: Asset) -> str:
    """Mark the place after *asset*."""
    position = {"t": (asset.created_at - _EPOCH) // _MICROSECOND, "id": asset.id}
    text = json.dumps(position, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(raw: str) -> tuple[datetime, str]:
    """Find the place that *raw* marks.

    Raises:
        Invalid: it is no cursor of ours.
    """
    try:
        match _decoded(raw[:CURSOR_CHARS]):
            case {"t": int(micros), "id": str(asset_id)} if micros >= 0 and ID.match(asset_id):
                return _EPOCH + micros * _MICROSECOND, asset_id
    except (ValueError, OverflowError, RecursionError):
        pass
    raise Invalid.field("cursor", "not a cursor of this list; start again without it")


def _decoded(raw: str) -> object:
    padding = "=" * (-len(raw) % 4)
    return json.loads(base64.b64decode(raw + padding, altchars=b"-_", validate=True))
