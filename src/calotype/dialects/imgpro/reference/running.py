"""The OpenAPI document of this very server: what `api.PATHS` answers, declared."""

from __future__ import annotations

from calotype.dialects.imgpro.api import MODERN, PATHS, SHARED
from calotype.dialects.imgpro.reference.document import FLAT, NESTED, openapi
from calotype.dialects.imgpro.reference.operations import OPERATIONS
from calotype.settings import Settings
from calotype.web.reference.declaring import Document


def document(settings: Settings) -> Document:
    """Describe every route of the API.

    Raises:
        Undeclared: one of them has no declaration.
    """
    return openapi(settings, PATHS, OPERATIONS, shapes_at)


def shapes_at(path: str) -> tuple[str, ...]:
    """Name the shapes that an error has below *path*."""
    if path == SHARED:
        return FLAT, NESTED
    return (NESTED,) if path.startswith(MODERN) else (FLAT,)
