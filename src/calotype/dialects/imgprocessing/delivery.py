"""What leaves of an image: to its owner by download, to everybody by its public URL while it is published.

Law: both are the same bytes, of the type that the image is shown with; nothing of the URL changes them.
"""

from __future__ import annotations

import json

from starlette.types import Scope

from calotype.dialects.imgprocessing.errors import KINDS, body_of, headers_of, log_failure, naming
from calotype.dialects.imgprocessing.errors import MEDIA_TYPE as PROBLEM
from calotype.dialects.imgprocessing.values import asset_id_of
from calotype.dialects.imgprocessing.wire import is_published, shown_format
from calotype.domain.assets import Asset
from calotype.domain.planning import Target
from calotype.domain.transformations import OutputWish, Transformation
from calotype.errors import CalotypeError, NotFound
from calotype.ports import Platform
from calotype.services.delivery import Delivery
from calotype.web.delivery import Grammar, Refusal
from calotype.web.delivery_headers import Header


async def target_of(platform: Platform, delivery: Delivery, asset_id: str, owner: str = "") -> Target:
    """Plan what leaves of the asset *asset_id*: a published one, or any that the workspace *owner* has.

    Raises:
        NotFound: there is none for whoever asks.
        MediaBlocked: it is served to nobody.
        Refused: as `Delivery.target`.
    """
    asset = await delivery.rows.asset(asset_id, platform.clock())
    workspace = None if asset is None else await delivery.rows.workspace(asset.workspace_id)
    if asset is None or workspace is None:
        raise NotFound

    def shown(found: Asset) -> bool:
        return bool(owner) or is_published(found)

    return await delivery.target(workspace.storage, asset_id, _as_shown(asset), shown, owner=owner)


def _as_shown(asset: Asset) -> Transformation:
    facts = asset.version.facts
    format_ = shown_format(facts)
    return Transformation((), OutputWish(format_, still=format_ is not facts.format))


def grammar(platform: Platform, delivery: Delivery) -> Grammar:
    """Read public URLs: an id and nothing else; a query is passed over."""

    async def find(scope: Scope) -> Target:
        asked = scope["calotype.path"]
        try:
            return await target_of(platform, delivery, asset_id_of(asked), scope.get("calotype.owner", ""))
        except NotFound as error:
            raise naming(asked, error) from error

    def refuse(error: CalotypeError, _request_id: str) -> Refusal:
        log_failure(error)
        headers: list[Header] = [(b"content-type", PROBLEM.encode())]
        headers += [(name.lower().encode(), value.encode()) for name, value in headers_of(error).items()]
        body = json.dumps(body_of(platform.settings, error), ensure_ascii=False).encode()
        return Refusal(KINDS[error.code].status, tuple(headers), body)

    return Grammar(find, refuse)
