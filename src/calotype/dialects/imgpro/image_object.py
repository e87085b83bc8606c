"""The Image object: how img.pro's second generation shows an asset (contract, 3.3). Pure.

Law: every field is always there; what does not apply is null or empty.
"""

from __future__ import annotations

from datetime import datetime

from calotype.dialects.imgpro.cdn import SIZES
from calotype.domain.assets import Asset, Facts, clean_name
from calotype.domain.formats import FORMATS
from calotype.domain.output import natural_format
from calotype.domain.visibility import HAS_PAGE
from calotype.domain.workspaces import Workspace
from calotype.operations.base import Size
from calotype.operations.resize import to_short_edge
from calotype.settings import Settings

Json = dict[str, object]

NAMES = {"s": "small", "m": "medium", "l": "large"}


def image(asset: Asset, workspace: Workspace, settings: Settings) -> Json:
    """Show *asset*, which lives in *workspace*."""
    facts = asset.version.facts
    info = FORMATS[natural_format(facts)]
    format_ = info.extensions[0]
    url = f"{settings.cdn_url}/{workspace.storage}/{asset.id}.{format_}"
    return {
        "id": asset.id,
        "object": "image",
        "url": url,
        "page_url": f"{settings.base_url}/{asset.id}",
        "sizes": _sizes(url, facts) if info.output else {},
        "filename": clean_name(asset.name, f"{asset.id}.{format_}"),  # in other APIs it may be a title
        "format": format_,
        "width": facts.width or None,
        "height": facts.height or None,
        "bytes": asset.version.size,
        "transformable": info.output,
        "status": "ready",
        "public": asset.visibility in HAS_PAGE,
        "published_at": iso(asset.published_at),
        "caption": asset.caption,
        "labels": dict(asset.labels),
        "metadata": dict(asset.metadata),
        "expires_at": iso(asset.expires_at),
        "created_at": iso(asset.created_at),
        "updated_at": iso(asset.updated_at),
    }


def _sizes(url: str, facts: Facts) -> Json:
    return {NAMES[size]: _size(url, size, facts, word.short_edge or 0) for size, word in SIZES.items()}


def _size(url: str, size: str, facts: Facts, edge: int) -> Json:
    scaled = to_short_edge(Size(facts.width, facts.height), edge)
    return {"url": f"{url}?size={size}", "width": scaled.width, "height": scaled.height}


def iso(time: datetime | None) -> str | None:
    """Write a time as ISO 8601 in whole seconds of UTC, cut off: nothing is said to be later than it was."""
    return None if time is None else time.strftime("%Y-%m-%dT%H:%M:%SZ")
