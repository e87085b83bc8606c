"""The OpenAPI document of this very server: what `api.PATHS` answers, declared."""

from __future__ import annotations

from calotype.dialects.imgpro.api import MODERN, PATHS
from calotype.dialects.imgpro.reference.document import Document, openapi
from calotype.dialects.imgpro.reference.operations import OPERATIONS
from calotype.settings import Settings


def document(settings: Settings) -> Document:
    """Describe every route of the API.

    Raises:
        Undeclared: one of them has no declaration.
    """
    return openapi(settings, PATHS, OPERATIONS, MODERN)
