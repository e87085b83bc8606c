"""Where the reference is served: `/docs` and `/api/errors` for people, the documents for machines.

Law: all of it is made once for a process from the one OpenAPI document, and needs nothing but this server.
"""

from __future__ import annotations

from functools import cached_property

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from calotype.dialects.imgpro.reference import llms, postman
from calotype.dialects.imgpro.reference.calls import grouped
from calotype.dialects.imgpro.reference.document import Document
from calotype.dialects.imgpro.reference.errors_told import every_error
from calotype.dialects.imgpro.reference.markdown import html
from calotype.dialects.imgpro.reference.running import document
from calotype.ports import Platform
from calotype.web.site import Site

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "public, max-age=300",
    "X-Content-Type-Options": "nosniff",
}
"""Anybody may read the documents, from any page: there is nothing in them but how to ask."""


def routes(platform: Platform) -> list[Route]:
    """List the pages and documents of the reference."""
    reference = Reference(platform)
    return [
        Route("/openapi.json", reference.openapi),
        Route("/postman.json", reference.collection),
        Route("/llms.txt", reference.short),
        Route("/llms-full.txt", reference.full),
        Route("/docs", reference.docs),
        Route("/api/errors", reference.errors),
    ]


class Reference:
    """The reference of one server."""

    def __init__(self, platform: Platform) -> None:
        """Load the templates; the document is made when somebody asks for it first."""
        self._settings = platform.settings
        self._site = Site(platform, "calotype.dialects.imgpro")
        self._site.templates.filters["markdown"] = html

    @cached_property
    def _document(self) -> Document:
        return document(self._settings)

    async def openapi(self, _request: Request) -> Response:
        """Send the OpenAPI document."""
        return JSONResponse(self._document, headers=HEADERS)

    async def collection(self, _request: Request) -> Response:
        """Send the Postman collection."""
        return JSONResponse(postman.collection(self._document), headers=HEADERS)

    async def short(self, _request: Request) -> Response:
        """Send what machines read first."""
        return PlainTextResponse(llms.short(self._document, self._settings), headers=HEADERS)

    async def full(self, _request: Request) -> Response:
        """Send what machines read to know everything."""
        return PlainTextResponse(llms.full(self._document, self._settings), headers=HEADERS)

    async def docs(self, _request: Request) -> Response:
        """Show the reference, in which each call can be tried."""
        info = self._document["info"]
        return self._site.page("reference.html", groups=grouped(self._document), about=info["description"])

    async def errors(self, _request: Request) -> Response:
        """Show every error, with its cause and its fix."""
        return self._site.page("api_errors.html", errors=every_error())
