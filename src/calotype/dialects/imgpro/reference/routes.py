"""Where the reference is served: `/docs` and `/api/errors` for people, the documents for machines."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from calotype.dialects.imgpro.reference import llms
from calotype.dialects.imgpro.reference.errors_told import every_error
from calotype.dialects.imgpro.reference.running import document
from calotype.ports import Platform
from calotype.web.reference.pages import Reference, Titled
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
    settings = platform.settings
    site = Site(platform, "calotype.dialects.imgpro")

    async def errors(_request: Request) -> Response:
        """Show every error, with its cause and its fix."""
        return site.page("api_errors.html", errors=every_error())

    reference = Reference(
        site,
        TITLED,
        lambda: document(settings),
        {"/llms.txt": lambda whole: llms.short(whole, settings), "/llms-full.txt": llms.full},
    )
    return [*reference.routes(), Route("/api/errors", errors)]
