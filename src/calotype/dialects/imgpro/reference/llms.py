"""`/llms.txt` and `/llms-full.txt`: the API in Markdown, for whoever reads it by machine and by the word."""

from __future__ import annotations

from collections.abc import Iterator

from calotype.dialects.imgpro.reference import introduction
from calotype.settings import Settings
from calotype.web.reference.calls import Call, Field, Payload, calls, grouped, objects
from calotype.web.reference.declaring import Document

_PITCH = (
    "An image server: upload a picture, get a page to share and a link that serves it at any size and format."
)

_LINKS = (
    "`src` is the image itself, `url` its page. The newer generation, `POST /v1/images`, takes the same and names "
    "them `url` and `page_url`."
)


def short(document: Document, settings: Settings) -> str:
    """Write what a first call needs, and where the rest is."""
    by_name = {each.name: each for each in calls(document)}
    base = settings.base_url
    parts = [
        f"# Calotype\n\n> {_PITCH}",
        "## Quick start",
        _example(by_name["uploadMedia"]),
        f"From a URL, with the same answer:\n\n{_first(by_name['importMedia'])}",
        _LINKS,
        *([_example(by_name["createKey"])] if settings.registration == "open" else []),
        *(f"## {title}\n\n{text}" for title, text in introduction.sections(settings).items()),
        "## More",
        "\n".join(
            (
                f"- [Everything, endpoint by endpoint]({base}/llms-full.txt)",
                f"- [OpenAPI 3.1]({base}/openapi.json)",
                f"- [Interactive reference]({base}/docs)",
                f"- [Errors: every code, its cause and fix]({base}/api/errors)",
                f"- [Postman collection]({base}/postman.json)",
                _processing(f"{base}/img-processing"),
            )
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _processing(base: str) -> str:
    links = f"[OpenAPI 3.1]({base}/openapi.json), [reference]({base}/docs), [Postman]({base}/postman.json)"
    return f"- IMG Processing's API, with keys of its own: {links}"


def full(document: Document, settings: Settings) -> str:
    """Write everything: each endpoint with its fields, an example of each answer, and its errors."""
    parts = [f"# Calotype, the whole API\n\n> {_PITCH}", f"Base URL: `{settings.base_url}`"]
    parts += [f"## {title}\n\n{text}" for title, text in introduction.sections(settings).items()]
    for name, group in grouped(document).items():
        parts += [f"## {name}", *(part for call in group for part in _whole(call))]
    parts.append("## Objects")
    parts += [f"### {name}\n\n{_table(fields)}" for name, fields in objects(document).items()]
    return "\n\n".join(parts) + "\n"


def _example(call: Call) -> str:
    answer = next(each for each in call.answers if each.example)
    return f"{call.summary}:\n\n{_first(call)}\n\n{_code(answer.example, 'json')}"


def _first(call: Call) -> str:
    return _code(call.curl(call.payloads[0]), "sh")


def _whole(call: Call) -> Iterator[str]:
    yield f"### {call.verb} {call.path}: {call.summary}"
    yield call.about
    if call.fields:
        yield _table(call.fields)
    for payload in call.payloads:
        yield f"Body, `{payload.media_type}`:\n\n{_table(payload.fields)}"
    yield from (_code(call.curl(payload), "sh") for payload in _payloads(call))
    for answer in call.answers:
        shown = f"\n\n{_code(answer.example, 'json')}" if answer.example else ""
        yield f"**{answer.status}**\n\n{answer.about}{shown}"


def _payloads(call: Call) -> tuple[Payload | None, ...]:
    return call.payloads or (None,)


def _table(fields: tuple[Field, ...]) -> str:
    rows = (
        f"| `{each.name}` | {each.where} | {each.kind} | {'yes' if each.required else 'no'} | {each.about} |"
        for each in fields
    )
    return "\n".join(("| name | in | type | required | meaning |", "| --- | --- | --- | --- | --- |", *rows))


def _code(text: str, language: str) -> str:
    return f"```{language}\n{text}\n```"
