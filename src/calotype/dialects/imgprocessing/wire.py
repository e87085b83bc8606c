"""The Image object: how IMG Processing shows an asset (contract, 2). Pure.

Law: every member is always there; what was made through another API is shown as what it is delivered as.
"""

from __future__ import annotations

from datetime import UTC, datetime

from calotype.dialects.imgprocessing.values import IMAGE_PREFIX, NAME_CHARS
from calotype.domain.assets import Asset, Facts
from calotype.domain.formats import Format
from calotype.domain.visibility import Visibility
from calotype.settings import Settings

FORMATS = frozenset({Format.JPEG, Format.PNG, Format.WEBP})
"""All that there is in this API, on the way in and on the way out."""


def image(asset: Asset, settings: Settings) -> dict[str, object]:
    """Show *asset*."""
    facts = asset.version.facts
    return {
        "id": shown_id(asset),
        "name": asset.name[:NAME_CHARS],
        "url": public_url(asset, settings) if is_published(asset) else None,
        "width": facts.width,
        "height": facts.height,
        "format": shown_format(facts).value,
        "size": asset.version.size,
        "created_at": _milliseconds(asset.created_at),
    }


def shown_id(asset: Asset) -> str:
    """Spell an asset's id as this API does."""
    return f"{IMAGE_PREFIX}{asset.id}"


def public_url(asset: Asset, settings: Settings) -> str:
    """Say where a published image is for everybody."""
    return f"{settings.img_processing_storage_url}/images/{shown_id(asset)}"


def is_published(asset: Asset) -> bool:
    """Say whether everybody may see it."""
    return asset.visibility is Visibility.PUBLIC


def shown_format(facts: Facts) -> Format:
    """Name the format that a version is shown and delivered in: its own, or the one that loses nothing."""
    if facts.format in FORMATS:
        return facts.format
    return Format.PNG if facts.alpha or facts.format is Format.SVG else Format.JPEG


def _milliseconds(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
