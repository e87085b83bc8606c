"""Where this API's reference is served: `/img-processing/docs` for people, documents for machines.

Law: all of it is made once for a process from the one document, when somebody asks for it first.
"""

from __future__ import annotations

from functools import cached_property

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from calotype.dialects.imgprocessing.api import PATHS, PREFIX
from calotype.dialects.imgprocessing.reference.document import document
from calotype.ports import Platform
from calotype.web.reference import plain, postman
from calotype.web.reference.declaring import Document
from calotype.web.reference.pages import HEADERS, Titled, as_json, calls_of
from calotype.web.site import Site

DOCUMENTS = {
    "OpenAPI 3.1": f"{PREFIX}/openapi.json",
    "Postman": f"{PREFIX}/postman.json",
    "llms-full.txt": f"{PREFIX}/llms-full.txt",
}
TITLED = Titled("IMG Processing's API", PREFIX, DOCUMENTS, "live_… or test_…")


def routes(platform: Platform) -> list[Route]:
    """List the page and the documents."""
    reference = Reference(platform)
    return [
        *(Route(path, reference.sent) for path in DOCUMENTS.values()),
        Route(f"{PREFIX}/docs", reference.docs),
    ]


class Reference:
    """The reference of one server."""

    def __init__(self, platform: Platform) -> None:
        """Find the templates; nothing is made yet."""
        self._settings = platform.settings
        self._site = Site(platform, "calotype.web")

    @cached_property
    def _document(self) -> Document:
        return document(self._settings, PATHS)

    @cached_property
    def _documents(self) -> dict[str, tuple[str, bytes]]:
        """Each document as it is sent: its media type and its bytes."""
        openapi, collection, text = DOCUMENTS.values()
        whole = self._document
        return {
            openapi: ("application/json", as_json(whole)),
            collection: ("application/json", as_json(postman.collection(whole))),
            text: ("text/plain", plain.whole(whole, f"# {whole['info']['title']}").encode()),
        }

    @cached_property
    def _calls(self) -> Markup:
        return calls_of(self._site, self._document, TITLED)

    async def sent(self, request: Request) -> Response:
        """Send the document of this path."""
        media_type, content = self._documents[request.scope["route"].path]
        return Response(content, headers=HEADERS, media_type=media_type)

    async def docs(self, _request: Request) -> Response:
        """Show the reference, in which each call can be tried."""
        return self._site.page("reference.html", calls=self._calls, title=TITLED.title, prefix=TITLED.prefix)
