"""Where this API's reference is served: `/img-processing/docs` for people, documents for machines."""

from __future__ import annotations

from starlette.routing import Route

from calotype.dialects.imgprocessing.api import PATHS, PREFIX
from calotype.dialects.imgprocessing.reference.document import document
from calotype.ports import Platform
from calotype.web.reference import plain
from calotype.web.reference.declaring import Document
from calotype.web.reference.pages import Reference, Titled
from calotype.web.site import Site

DOCUMENTS = {
    "OpenAPI 3.1": f"{PREFIX}/openapi.json",
    "Postman": f"{PREFIX}/postman.json",
    "llms-full.txt": f"{PREFIX}/llms-full.txt",
}
TITLED = Titled("IMG Processing's API", PREFIX, DOCUMENTS, "live_… or test_…")


def routes(platform: Platform) -> list[Route]:
    """List the page and the documents."""
    site = Site(platform, "calotype.web")
    settings = platform.settings
    return Reference(site, TITLED, lambda: document(settings, PATHS), {"/llms-full.txt": _text}).routes()


def _text(whole: Document) -> str:
    return plain.whole(whole, f"# {whole['info']['title']}")
