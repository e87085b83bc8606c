"""What an account has: its usage against its plan, its keys, and its newest pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from calotype.dashboard.gauges import gauges
from calotype.dashboard.visits import Member, Visit, signed_in
from calotype.dialects.imgpro.viewer import Addresses
from calotype.domain.assets import Asset, Moderation
from calotype.domain.formats import Format
from calotype.domain.visibility import HAS_PAGE, OPEN_BY_ID
from calotype.domain.workspaces import Key, KeyKind
from calotype.errors import Invalid
from calotype.ports import AssetQuery
from calotype.services import keys, library, usage

RECENT = 24
"""Pictures on the overview: four rows on a desk, and no page that a phone would not load."""


_LISTED = frozenset({KeyKind.BEARER, KeyKind.PROCESSING})


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture in the grid: *image* and *page* are empty where nobody gets them; *note* says why."""

    name: str
    image: str
    page: str
    note: str


@signed_in
async def show(visit: Visit, member: Member) -> Response:
    """Show the overview."""
    return await page(visit, member)


async def page(visit: Visit, member: Member, *, error: Invalid | None = None, name: str = "") -> Response:
    """Make the overview; *error* says what was wrong with the key that somebody tried to make under *name*."""
    standing = await usage.standing(visit.platform, member.workspace)
    return visit.page(
        "overview.html",
        member=member,
        standing=standing,
        gauges=gauges(standing),
        keys=await _active_keys(visit, member),
        recent=await _recent(visit, member),
        error=error,
        name=name,
    )


async def _active_keys(visit: Visit, member: Member) -> Sequence[Key]:
    every = await keys.keys_of_stages(visit.platform, member.workspace)
    return [key for key in every if key.revoked_at is None and key.kind in _LISTED]


async def _recent(visit: Visit, member: Member) -> Sequence[Thumbnail]:
    query = AssetQuery(member.workspace.id, visit.platform.clock(), limit=RECENT)
    found = await library.page(visit.platform, member.caller, query)
    settings = visit.platform.settings
    addresses = Addresses(settings.base_url, settings.cdn_url)
    return [_thumbnail(asset, member, addresses, visit.site.root) for asset in found.assets]


def _thumbnail(asset: Asset, member: Member, addresses: Addresses, root: str) -> Thumbnail:
    if asset.moderation is Moderation.BLOCKED:
        return Thumbnail(asset.name, "", "", "blocked")
    if asset.visibility not in OPEN_BY_ID:
        return Thumbnail(asset.name, "", "", "private")
    image = addresses.image(member.workspace.storage, asset.id, Format.WEBP, "s")
    if asset.visibility not in HAS_PAGE:
        return Thumbnail(asset.name, image, "", "no page")
    return Thumbnail(asset.name, image, f"{root}/{asset.id}", "")
