"""The second step of what cannot be undone: a token that says what its caller was shown. Pure.

Law: a token holds for one caller, one set of images and a few minutes; for anything else it is worth nothing. It is
good for one deletion by what it allows: what is gone cannot be deleted again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from datetime import datetime

from calotype.errors import Invalid
from calotype.services.access import Caller

TOKEN_S = 300
"""How long a confirmation holds: time enough to ask a person."""

_TOKEN = re.compile(r"([0-9]{1,12})\.([0-9a-f]{64})\Z", re.ASCII)
_PURPOSE = b"calotype deletion 1"


def confirmation(secret: str, caller: Caller, ids: Sequence[str], now: datetime) -> str:
    """Make the token that lets *caller* delete exactly *ids* within TOKEN_S seconds from *now*."""
    expiry = int(now.timestamp()) + TOKEN_S
    return f"{expiry}.{_signature(secret, caller, ids, expiry)}"


def check_confirmation(secret: str, token: str, caller: Caller, ids: Sequence[str], now: datetime) -> None:
    """Let pass a *token* that was made for *caller* and these *ids*, in whatever order, and has not expired.

    Raises:
        Invalid: anything else, in the same words.
    """
    match = _TOKEN.match(token)
    expiry = int(match[1]) if match else 0
    genuine = match is not None and hmac.compare_digest(match[2], _signature(secret, caller, ids, expiry))
    if not genuine or expiry < now.timestamp():
        raise Invalid.field(
            "confirm", "expired, or for other images or another caller; call again without it for a new one"
        )


def _signature(secret: str, caller: Caller, ids: Sequence[str], expiry: int) -> str:
    key = hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest()
    signed = json.dumps([caller.workspace.id, caller.key_id, sorted(ids), expiry])
    return hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()
