"""`/llms.txt` and `/llms-full.txt`: the API in Markdown, for whoever reads it by machine and by the word."""

from __future__ import annotations

from calotype.dialects.imgpro.reference import introduction
from calotype.settings import IMG_PROCESSING_PATH, Settings
from calotype.web.reference.declaring import Document
from calotype.web.reference.plain import by_name, command, example, whole

_PITCH = (
    "An image server: upload a picture, get a page to share and a link that serves it at any size and format."
)

_LINKS = (
    "`src` is the image itself, `url` its page. The newer generation, `POST /v1/images`, takes the same and names "
    "them `url` and `page_url`."
)


def short(document: Document, settings: Settings) -> str:
    """Write what a first call needs, and where the rest is."""
    call = by_name(document)
    base = settings.base_url
    parts = [
        f"# Calotype\n\n> {_PITCH}",
        "## Quick start",
        example(call["uploadMedia"]),
        f"From a URL, with the same answer:\n\n{command(call['importMedia'])}",
        _LINKS,
        *([example(call["createKey"])] if settings.registration == "open" else []),
        *(f"## {title}\n\n{text}" for title, text in introduction.sections(settings).items()),
        "## More",
        "\n".join(
            (
                f"- [Everything, endpoint by endpoint]({base}/llms-full.txt)",
                f"- [OpenAPI 3.1]({base}/openapi.json)",
                f"- [Interactive reference]({base}/docs)",
                f"- [Errors: every code, its cause and fix]({base}/api/errors)",
                f"- [Postman collection]({base}/postman.json)",
                _processing(f"{base}{IMG_PROCESSING_PATH}"),
            )
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _processing(base: str) -> str:
    links = (
        f"[everything]({base}/llms-full.txt), [OpenAPI 3.1]({base}/openapi.json), [reference]({base}/docs), "
        f"[Postman]({base}/postman.json)"
    )
    return f"- IMG Processing's API, with keys of its own: {links}"


def full(document: Document) -> str:
    """Write everything: each endpoint with its fields, an example of each answer, and its errors."""
    return whole(document, f"# Calotype, the whole API\n\n> {_PITCH}")
