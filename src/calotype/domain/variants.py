"""Variant keys: one digest for one meaning, which is also the ETag.

Law: what shapes the bytes goes in after names, defaults and aliases are resolved; nothing else does.

Why so: docs/adr/0003.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

ENGINE_EPOCH = 4
"""Raised when the engine's output changes for the same plan: every cached variant is then made anew."""


def variant_key(meaning: Sequence[object]) -> str:
    """Digest everything that shapes a variant, as plain JSON: 40 hex characters (160 bits)."""
    text = json.dumps([ENGINE_EPOCH, meaning], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:40]
