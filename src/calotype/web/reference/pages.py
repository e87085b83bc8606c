"""The reference of an API: the page on which its calls are told and can be tried, and its documents for machines.

Law: all of it is made once for a process from the one OpenAPI document, when somebody asks for it first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from calotype.web.reference import postman
from calotype.web.reference.calls import credential, grouped, objects
from calotype.web.reference.declaring import Document
from calotype.web.reference.markdown import html
from calotype.web.site import Site

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "public, max-age=300",
    "X-Content-Type-Options": "nosniff",
}
"""Anybody may read the documents, from any page: there is nothing in them but how to ask."""


@dataclass(frozen=True, slots=True)
class Titled:
    """What a page of calls says beside its document."""

    title: str
    prefix: str
    """Where the document's paths are below on the site itself; the page is below it as well."""
    documents: Mapping[str, str]
    """What machines read, by name; paths on the site."""
    key_looks: str
    errors: str = ""
    """The page that tells every error, as a path on the site; empty where the calls tell all there is to say."""


class Reference:
    """The reference of one API on one server."""

    def __init__(
        self,
        site: Site,
        titled: Titled,
        write: Callable[[], Document],
        texts: Mapping[str, Callable[[Document], str]],
    ) -> None:
        """Tell what *write* makes; *texts* are what is written of it for models, by path below the prefix."""
        self._site = site
        site.templates.filters["markdown"] = html
        self._titled = titled
        self._write = write
        self._texts = texts

    def routes(self) -> list[Route]:
        """List the page and the documents."""
        return [
            *(Route(path, self._sent) for path in self._titled.documents.values()),
            Route(f"{self._titled.prefix}/docs", self._page),
        ]

    @cached_property
    def _documents(self) -> dict[str, tuple[str, bytes]]:
        """Each document as it is sent: its media type and its bytes."""
        whole, prefix = self._document, self._titled.prefix
        texts = {path: write(whole).encode() for path, write in self._texts.items()}
        return {
            f"{prefix}/openapi.json": ("application/json", as_json(whole)),
            f"{prefix}/postman.json": ("application/json", as_json(postman.collection(whole))),
            **{f"{prefix}{path}": ("text/plain", content) for path, content in texts.items()},
        }

    @cached_property
    def _document(self) -> Document:
        return self._write()

    @cached_property
    def _calls(self) -> Markup:
        return calls_of(self._site, self._document, self._titled)

    async def _sent(self, request: Request) -> Response:
        """Send the document of this path."""
        media_type, content = self._documents[request.scope["route"].path]
        return Response(content, headers=HEADERS, media_type=media_type)

    async def _page(self, _request: Request) -> Response:
        """Show the reference, in which each call can be tried."""
        titled = self._titled
        return self._site.page("reference.html", calls=self._calls, title=titled.title, prefix=titled.prefix)


def calls_of(site: Site, document: Document, titled: Titled) -> Markup:
    """Write the part of the page that is long and always the same: it holds no nonce."""
    header, before = credential(document)
    told = {
        "groups": grouped(document),
        "objects": objects(document),
        "about": document["info"]["description"],
        "title": titled.title,
        "prefix": titled.prefix,
        "documents": titled.documents,
        "errors": titled.errors,
        "key_looks": titled.key_looks,
        "header": header,
        "before": before,
    }
    template = site.templates.get_template("reference_calls.html")
    return Markup(template.render(told))  # noqa: S704 - of a template, which has escaped everything


def as_json(value: Document) -> bytes:
    """Spell a document as it is sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
