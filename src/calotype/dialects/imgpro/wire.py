"""The media object: how img.pro's first generation shows an asset (contract, 3.1). Pure.

Law: what does not apply is left out, and a custom field never stands in for one of ours.
"""

from __future__ import annotations

from datetime import datetime

from calotype.dialects.imgpro.fields import RESERVED
from calotype.domain.assets import Asset, clean_name
from calotype.domain.output import natural_format
from calotype.domain.visibility import HAS_PAGE
from calotype.domain.workspaces import Workspace
from calotype.settings import Settings

Json = dict[str, object]


def media(
    asset: Asset, workspace: Workspace, settings: Settings, *, owned: bool = False, editable: bool = False
) -> Json:
    """Show *asset*, which lives in *workspace*.

    *owned* shows what is its owner's alone to know: its path, which is a word of ours, and where it was fetched
    from, which may hold a secret. *editable* marks it as the caller's own, where the contract does.
    """
    facts = asset.version.facts
    shown: Json = {
        "id": asset.id,
        "name": clean_name(asset.name, asset.id),  # clients save by it, and in other APIs it may be a title
        "url": f"{settings.base_url}/{asset.id}" if asset.visibility in HAS_PAGE else None,
        "src": f"{settings.cdn_url}/{workspace.storage}/{asset.id}.{natural_format(facts).value}",
        "width": facts.width or None,
        "height": facts.height or None,
        "filesize": asset.version.size,
        "editable": editable or None,
        "path": asset.path if owned else None,
        "tags": list(asset.tags) or None,
        "namespace": asset.namespace,
        "external_id": asset.external_id,
        "date": asset.date,
        "source_url": asset.source_url if owned else None,
        **{name: value for name, value in asset.metadata.items() if name not in RESERVED},
        "expires_at": _seconds(asset.expires_at),
        "created_at": _seconds(asset.created_at),
    }
    return {name: value for name, value in shown.items() if value is not None}


def upgrade(settings: Settings) -> Json:
    """Tell who uploaded without a key what one would give; it rides on that answer alone."""
    return {
        "type": "register",
        "url": f"{settings.base_url}/api/quick-start",
        "message": "Get an API key for permanent storage and larger files",
        "label": "Create API Key",
    }


def _seconds(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp())
