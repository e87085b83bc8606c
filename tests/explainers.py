"""What `/v1/explain` asks, over a platform without an application around it."""

from __future__ import annotations

from calotype.dialects import imagekit, imgpro
from calotype.ports import Platform
from calotype.services.delivery import Delivery
from calotype.services.paths import PathDelivery
from calotype.services.signing_keys import SigningKeys
from calotype.web.explaining import Explainer, Routed
from calotype.web.hot import HotResponses


class Nobody:
    """Counts nothing."""

    def tier(self, name: str) -> None:
        """Note where bytes came from."""


async def explainer_of(platform: Platform) -> Explainer:
    """Explain the URLs of both dialects, `/cdn/` and `/ik/`."""
    delivery = Delivery(platform, Nobody())
    await delivery.rows.start()
    grammars = {
        "/cdn/": imgpro.delivery.grammar(delivery),
        "/ik/": imagekit.delivery.grammar(
            PathDelivery(platform, delivery, SigningKeys(platform, delivery.rows))
        ),
    }

    def route(_host: str, path: str) -> Routed | None:
        return next(
            (
                (grammar, path.removeprefix(each))
                for each, grammar in grammars.items()
                if path.startswith(each)
            ),
            None,
        )

    return Explainer(route, delivery.tier_of, delivery.planner.set_aside, delivery.budget, HotResponses(0, 0))
