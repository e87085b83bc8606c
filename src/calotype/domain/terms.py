"""Delivery terms: how a response may be kept, named and shown. What the URL and its owner decide, not the pixels.

Law: a dialect's grammar sets them, the delivery door obeys them, and nothing in them shapes the body.

Why so: docs/adr/0018.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a target is delivered; the defaults are those of a public image by its plain URL."""

    public: bool = True
    """Whether anyone who has the URL may have the image. When not, it is `private, no-store` and never held by URL."""
    until: datetime | None = None
    """When the URL itself ends (a signature's expiry), beside the asset's own end."""
    max_age: int | None = None
    """Seconds that the workspace lets others keep it, when fewer than the server's setting."""
    immutable: bool = False
    """Whether the URL names a version, so that its bytes can never change."""
    attachment: str | None = None
    """File name to save under, in any characters; None: shown, not saved."""
    vary: tuple[str, ...] = ()
    """Names of request headers, client hints say, that this answer depends on; `Accept` follows from the plan."""
    others: bool = False
    """Whether images other than the target's had a part in where the URL leads, as when it stands in for one that is
    missing: any change in the workspace may then change the answer. Layers need not be told, the plan names them."""
    headers: tuple[tuple[str, str], ...] = ()
    """The dialect's own response headers, such as `Content-DPR`."""
