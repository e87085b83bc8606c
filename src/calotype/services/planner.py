"""Planning with what only others know: the images of layers from the catalog, and measures from the workers.

Law: decides nothing. The domain plans; what it asks for is fetched, kept, and it plans again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

import structlog

from calotype.domain.assets import Asset, Moderation
from calotype.domain.negotiation import Accept
from calotype.domain.paths import read_path
from calotype.domain.pictures import Measure, Picture
from calotype.domain.planning import Context, Needs, Original, Plan, plan
from calotype.domain.transformations import Transformation
from calotype.domain.visibility import OPEN_BY_ID, OPEN_BY_PATH, Visibility
from calotype.domain.workspaces import Policy, Workspace
from calotype.errors import Invalid, StorageFailed
from calotype.operations.layer import ImageSource
from calotype.operations.models import SUBJECT
from calotype.ports import Platform, Sources
from calotype.services import masks
from calotype.services.flights import alone
from calotype.services.quarantine import Quarantine, subjects_of
from calotype.services.rows import Rows
from calotype.services.variant_budget import budget_of, spend

log = structlog.get_logger(__name__)

VERSIONS = 20_000
"""Versions whose measures are kept in memory; they never change, so nothing ends them."""

MEASURES = 500
"""Measures of one version in memory; more are no honest use, and begin anew."""
NO_LAYERS: Mapping[ImageSource, Asset] = MappingProxyType({})

Known = dict[str, tuple[int, ...]]


class Planner:
    """Makes plans for one process."""

    def __init__(
        self,
        platform: Platform,
        rows: Rows,
        files: Callable[[Picture], Awaitable[Sources]],
        quarantine: Quarantine,
    ) -> None:
        """Look assets up in *rows*, and measure the *files* of a picture with the platform's renderer."""
        self._quarantine = quarantine
        self._platform = platform
        self._models = masks.models(platform)
        self._rows = rows
        self._files = files
        self._measures: OrderedDict[str, Known] = OrderedDict()

    async def plan(
        self,
        asset: Asset,
        wish: Transformation,
        workspace: Workspace,
        accept: Accept,
        layers: Mapping[ImageSource, Asset] = NO_LAYERS,
        *,
        policy: Policy | None = None,
    ) -> Plan | Original:
        """Plan *wish* for *asset*, whose layers show what `layers` found; *policy* stands in for the workspace's.

        Raises:
            NotFound: a layer's image is not among *layers*.
            Refused: as `planning.plan`.
            VariantLimit: the asset had its share of new variants today, of which a measure is one.
            RenderFailed, Quarantined, Busy: a measure could not be taken.
            VisionFailed, VisionRefused: a model did not take it.
        """
        versions = [asset.version.id, *(each.version.id for each in layers.values())]
        while True:
            measured = {
                (version_id, key): values
                for version_id in versions
                for key, values in self._measures.get(version_id, {}).items()
            }
            what = plan(
                asset, wish,
                Context(
                    policy or workspace.policy, accept, layers, measured, self._platform.settings.max_render_cost,
                    models=self._models,
                ),
            )  # fmt: skip
            if not isinstance(what, Needs):
                return what
            await self._answer(what.measure, asset, workspace)

    async def set_aside(self, what: Plan | Original) -> bool:
        """Say whether *what* is not made now: it, or what it is made from, went wrong before."""
        if isinstance(what, Original):
            return False
        return await self._quarantine.holds(subjects_of(what.picture, what.key), self._platform.clock())

    async def layers(
        self, workspace: Workspace, wish: Transformation, shown: frozenset[Visibility] = frozenset()
    ) -> Mapping[ImageSource, Asset]:
        """Find the images that the layers of *wish* name: what anyone may show as a layer, and what is *shown*."""
        found = {source: await self._layer(workspace, source) for source in wish.layer_sources()}
        return {
            source: asset
            for source, asset in found.items()
            if asset is not None
            and asset.visibility in shown | _door(source)
            and asset.moderation is not Moderation.BLOCKED
        }

    async def _layer(self, workspace: Workspace, source: ImageSource) -> Asset | None:
        now = self._platform.clock()
        if source.asset_id:
            asset = await self._rows.asset(source.asset_id, now)
            return asset if asset is not None and asset.workspace_id == workspace.id else None
        try:
            folder, file_name = read_path(f"/{source.path.lstrip('/')}")
        except Invalid:
            return None  # no asset is there: none can be
        return await self._rows.by_path(workspace.id, folder, file_name, now)

    async def _answer(self, measure: Measure, asset: Asset, workspace: Workspace) -> None:
        """Look into the memory of all processes, else at the pixels; and remember."""
        version_id = measure.picture.version_id
        known = self._measures.get(version_id)
        if known is None:
            known = self._measures[version_id] = dict(await self._platform.catalog.measured(version_id))
            if len(self._measures) > VERSIONS:
                self._measures.popitem(last=False)
        if measure.key not in known:
            values = await self._measure(measure, asset, workspace)
            if len(known) >= MEASURES:
                known.clear()
            known[measure.key] = values

    async def _measure(self, measure: Measure, asset: Asset, workspace: Workspace) -> tuple[int, ...]:
        """Have a worker look, once for however many ask, in all processes."""
        platform = self._platform
        catalog = platform.catalog
        async with alone(platform.locks, f"measure-{measure.key}"):
            values = (await catalog.measured(measure.picture.version_id)).get(measure.key)
            if values is not None:
                return values
            sources = await self._files(measure.picture)
            async with self._quarantine.guard(measure.picture, measure.key) as check:
                # A look decodes as a variant does: else any number of them could be had for URLs that make none.
                await spend(platform, asset, measure.key, budget_of(workspace, platform.settings))
                look = masks.find_subject if measure.kind == SUBJECT else _look
                values = await look(platform, measure, sources, check, workspace.id)
            await self._remember(measure, values)
        return values

    async def _remember(self, measure: Measure, values: tuple[int, ...]) -> None:
        try:
            await self._platform.catalog.remember_measure(measure.picture.version_id, measure.key, values)
        except StorageFailed as error:  # the disk is full: it is measured again some day (V4)
            log.warning("measure not kept", version=measure.picture.version_id, error=error.message)


async def _look(
    platform: Platform, measure: Measure, sources: Sources, started: Callable[[], None], owner: str
) -> tuple[int, ...]:
    return await platform.renderer.measure(measure, sources, started=started, owner=owner)


def _door(source: ImageSource) -> frozenset[Visibility]:
    """Say what anyone may show as a layer: a path can be guessed, an id cannot."""
    return OPEN_BY_ID if source.asset_id else OPEN_BY_PATH
