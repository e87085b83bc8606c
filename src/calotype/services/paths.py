"""Delivery by path: images of a workspace by where they are in it, public, signed, or in a form that has a name.

Law: a signature that is present is verified before anything is looked up; one that is missing is judged when it is
known what is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from calotype.domain.assets import Asset
from calotype.domain.moderation import check_served
from calotype.domain.negotiation import Accept
from calotype.domain.paths import read_path
from calotype.domain.planning import Target
from calotype.domain.signing import Presented, verify
from calotype.domain.terms import Terms
from calotype.domain.transformations import Transformation
from calotype.domain.visibility import (
    OPEN_BY_ID,
    OPEN_BY_NAME,
    OPEN_BY_PATH,
    OPEN_BY_SIGNED_PATH,
    Visibility,
)
from calotype.domain.workspaces import Workspace
from calotype.errors import Invalid, NotFound, SignatureInvalid, UnnamedRefused
from calotype.ports import Platform
from calotype.services.delivery import Delivery
from calotype.services.signing_keys import SigningKeys
from calotype.services.workspaces import SLUG

STAND_IN_S = 60
"""Seconds that others may keep what stands in for an image that is missing, which may be there at any time."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a URL asks of a workspace."""

    path: str
    wish: Transformation
    stand_in: str = ""
    """Path of the image to show when there is none at *path*; empty for none."""
    version: str = ""
    """The version to show; empty for the current one."""
    accept: Accept = Accept.NEITHER
    transformed: bool = False
    """Whether any transformation is asked for."""
    unnamed: bool = False
    """Whether one is asked for that has no name."""
    terms: Terms = field(default_factory=Terms)
    """What the URL itself says of the response."""


@dataclass(frozen=True, slots=True)
class Standing:
    """As what a request comes."""

    owner: bool = False
    """By someone who owns the workspace, and may see everything in it."""
    signed: bool = False
    until: datetime | None = None
    """When the signature ends."""


class PathDelivery:
    """Finds what a path names, for whoever asks."""

    def __init__(self, platform: Platform, delivery: Delivery, keys: SigningKeys) -> None:
        """Use the rows and the planner of *delivery*, and verify by *keys*."""
        self._platform = platform
        self._delivery = delivery
        self._keys = keys

    async def workspace(self, slug: str) -> Workspace:
        """Find a workspace by its slug.

        Raises:
            NotFound: there is none, or it is that of anonymous uploads, which has no paths.
        """
        # What is no slug is asked of no database: PostgreSQL has no text with a NUL in it.
        workspace = await self._delivery.rows.workspace_by_slug(slug) if SLUG.match(slug) else None
        if workspace is None or workspace.is_anonymous:
            raise NotFound("There is no such workspace.")
        return workspace

    async def named(self, workspace: Workspace, names: Iterable[str]) -> Mapping[str, str]:
        """Look up what the known of *names* stand for."""
        rows = self._delivery.rows
        found = {name: await rows.transformation(workspace.id, name) for name in names}
        return {name: text for name, text in found.items() if text is not None}

    async def standing(
        self, workspace: Workspace, given: Presented | None, endpoint: str, *, owner: bool
    ) -> Standing:
        """Judge a signature that was made relative to *endpoint*; None stands for none at all.

        Raises:
            SignatureInvalid, SignatureExpired: see `signing.verify`.
        """
        if given is None:
            return Standing(owner=owner)
        verify(
            given,
            endpoints=(endpoint,),
            keys=await self._keys.of(workspace.id),
            now=self._platform.clock(),
            horizon_s=self._platform.settings.signature_horizon_s,
        )
        until = datetime.fromtimestamp(int(given.expiry), UTC) if given.expiry else None
        return Standing(owner=owner, signed=True, until=until)

    async def target(self, workspace: Workspace, order: Order, standing: Standing) -> Target:
        """Find and plan what *order* asks for.

        Raises:
            SignatureInvalid: it takes a signature to see it.
            UnnamedRefused: the workspace makes named transformations only.
            NotFound: nothing is there that may be shown.
            MediaBlocked: what is there is served to nobody.
            Refused, RenderFailed, Busy: see `Planner.plan`.
        """
        trusted = standing.owner or standing.signed
        if workspace.restrict_unsigned and not trusted:
            raise SignatureInvalid("This workspace delivers by signed URLs only.")
        if workspace.restrict_unnamed and order.unnamed and not standing.owner:
            raise UnnamedRefused
        asset = await self._shown(workspace, order.path, order, standing)
        stands_in = asset is None and bool(order.stand_in)
        if stands_in:
            asset = await self._shown(workspace, order.stand_in, order, standing)
        if asset is None or (order.version and order.version != asset.version.id):
            raise NotFound("There is no image at this path.")
        planner = self._delivery.planner
        layers = await planner.layers(workspace, order.wish, _layers_shown(order, standing))
        what = await planner.plan(asset, order.wish, workspace, order.accept, layers)
        ends = (standing.until, *(layer.expires_at for layer in layers.values()))
        terms = replace(
            order.terms,
            # A layer that only a signature opens closes the answer; what the owner named is for everyone.
            public=not trusted or all(layer.visibility in OPEN_BY_ID for layer in layers.values()),
            until=min((end for end in ends if end is not None), default=None),
            max_age=_shorter(workspace.max_age_s, STAND_IN_S) if stands_in else workspace.max_age_s,
            immutable=bool(order.version),
            others=stands_in,
        )
        return Target(asset, what, terms)

    async def _shown(self, workspace: Workspace, path: str, order: Order, standing: Standing) -> Asset | None:
        """Find what is at *path* and may be shown to whoever asks.

        Raises:
            SignatureInvalid: it might be shown by a signed URL.
            MediaBlocked: it is served to nobody.
        """
        try:
            folder, file_name = read_path(path)
        except Invalid:
            return None  # no asset is there: none can be
        asset = await self._delivery.rows.by_path(workspace.id, folder, file_name, self._platform.clock())
        if asset is not None and self._visible(asset, order, standing):
            check_served(asset)
            return asset
        return None

    @staticmethod
    def _visible(asset: Asset, order: Order, standing: Standing) -> bool:
        """Say whether whoever asks may see *asset*.

        Raises:
            SignatureInvalid: it might be shown by a signed URL.
        """
        if standing.owner:
            return True
        if standing.signed:
            return asset.visibility in OPEN_BY_SIGNED_PATH
        named = order.transformed and not order.unnamed
        if asset.visibility in (OPEN_BY_NAME if named else OPEN_BY_PATH):
            return True
        if asset.visibility in OPEN_BY_SIGNED_PATH:
            raise SignatureInvalid("This image is delivered by signed URLs only.")
        return False


def _shorter(chosen: int | None, most: int) -> int:
    return most if chosen is None else min(chosen, most)


def _layers_shown(order: Order, standing: Standing) -> frozenset[Visibility]:
    """Say what the layers of *order* may show: no more than the URL could show by itself."""
    if standing.owner:
        return frozenset(Visibility)
    if standing.signed:
        return OPEN_BY_SIGNED_PATH
    return OPEN_BY_PATH if order.unnamed else OPEN_BY_NAME
