"""IMG Processing's API: every call makes a new image, and the images that are published are everybody's.

Law: it turns the vendor's words into plain data and back, and decides nothing.
"""

from __future__ import annotations

from starlette.routing import BaseRoute

from calotype.dialects.imgprocessing import api, delivery
from calotype.dialects.imgprocessing.api import ON_HOSTS, PREFIX, refusal
from calotype.dialects.imgprocessing.errors import unread
from calotype.dialects.imgprocessing.reference import routes as reference
from calotype.ports import Platform

__all__ = ["ON_HOSTS", "PREFIX", "delivery", "refusal", "routes", "unread"]


def routes(platform: Platform) -> list[BaseRoute]:
    """List what this dialect answers; the API comes last, for it refuses all else below its path in its own words."""
    return [*reference.routes(platform), *api.routes(platform)]
