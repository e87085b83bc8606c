"""Variant keys: one digest for one meaning, which is also the ETag.

Law: what shapes the bytes goes in after names, defaults and aliases are resolved; nothing else does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from calotype.domain.transformations import Output
from calotype.operations import Operation

ENGINE_EPOCH = 1
"""Raised when the engine's output changes for the same plan: every cached variant is then made anew."""


def variant_key(
    version_id: str,
    policy: str,
    operations: Sequence[Operation],
    output: Output,
    *,
    inputs: Sequence[str] = (),
) -> str:
    """Digest everything that shapes a variant: 40 hex characters (160 bits).

    *policy* is the workspace's output policy; *inputs* are the version ids of every other image used.
    """
    meaning = {
        "epoch": ENGINE_EPOCH,
        "version": version_id,
        "policy": policy,
        "operations": [operation.digest() for operation in operations],
        "output": output.digest(),
        "inputs": list(inputs),
    }
    text = json.dumps(meaning, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:40]
