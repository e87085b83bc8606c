"""img.pro's native API: the routes of both generations, delivery URLs and pages, over the core."""

from __future__ import annotations

from starlette.routing import BaseRoute

from calotype.dialects.imgpro import api, delivery, pages
from calotype.dialects.imgpro.api import refusal
from calotype.dialects.imgpro.reference import routes as reference
from calotype.ports import Platform

__all__ = ["delivery", "refusal", "routes"]


def routes(platform: Platform) -> list[BaseRoute]:
    """List what this dialect answers, the delivery host aside; the pages come last, one takes any one segment."""
    return [*api.routes(platform), *reference.routes(platform), *pages.routes(platform)]
