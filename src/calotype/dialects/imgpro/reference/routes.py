"""Where the reference is served: `/docs` and `/api/errors` for people, the documents for machines.

Law: all of it is made once for a process from the one OpenAPI document, and needs nothing but this server.
"""

from __future__ import annotations

from functools import cached_property

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from calotype.dialects.imgpro.reference import llms
from calotype.dialects.imgpro.reference.errors_told import every_error
from calotype.dialects.imgpro.reference.running import document
from calotype.ports import Platform
from calotype.web.reference import postman
from calotype.web.reference.declaring import Document
from calotype.web.reference.markdown import html
from calotype.web.reference.pages import HEADERS, Titled, as_json, calls_of
from calotype.web.site import Site

DOCUMENTS = {
    "OpenAPI 3.1": "/openapi.json",
    "Postman": "/postman.json",
    "llms.txt": "/llms.txt",
    "llms-full.txt": "/llms-full.txt",
}
TITLED = Titled("API reference", "", DOCUMENTS, "img_live_…", "/api/errors")


def routes(platform: Platform) -> list[Route]:
    """List the pages and documents of the reference."""
    reference = Reference(platform)
    return [
        *(Route(path, reference.sent) for path in DOCUMENTS.values()),
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

    @cached_property
    def _documents(self) -> dict[str, tuple[str, bytes]]:
        """Each document as it is sent: its media type and its bytes."""
        whole = self._document
        texts = {"/llms.txt": llms.short, "/llms-full.txt": llms.full}
        values = {"/openapi.json": whole, "/postman.json": postman.collection(whole)}
        return {
            **{path: ("application/json", as_json(value)) for path, value in values.items()},
            **{path: ("text/plain", write(whole, self._settings).encode()) for path, write in texts.items()},
        }

    @cached_property
    def _calls(self) -> Markup:
        """The part of `/docs` that is long and always the same: it holds no nonce."""
        return calls_of(self._site, self._document, TITLED)

    async def sent(self, request: Request) -> Response:
        """Send the document of this path."""
        media_type, content = self._documents[request.scope["route"].path]
        return Response(content, headers=HEADERS, media_type=media_type)

    async def docs(self, _request: Request) -> Response:
        """Show the reference, in which each call can be tried."""
        return self._site.page("reference.html", calls=self._calls, title=TITLED.title, prefix=TITLED.prefix)

    async def errors(self, _request: Request) -> Response:
        """Show every error, with its cause and its fix."""
        return self._site.page("api_errors.html", errors=every_error())
