"""The page on which a document's calls are told and can be tried, and the headers that documents are sent with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

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


def calls_of(site: Site, document: Document, titled: Titled) -> Markup:
    """Write the part of the page that is long and always the same: it holds no nonce."""
    site.templates.filters["markdown"] = html
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
