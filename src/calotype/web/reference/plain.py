"""A whole API as one Markdown text, for whoever reads it by machine and by the word: `llms-full.txt`.

Law: it says what the document says, with the words of the document.
"""

from __future__ import annotations

from collections.abc import Iterator

from calotype.web.reference.calls import Call, Field, calls, grouped, objects
from calotype.web.reference.declaring import Document


def whole(document: Document, opening: str) -> str:
    """Write everything below *opening*: each endpoint with its fields, an example of each answer, and its errors."""
    parts = [opening, f"Base URL: `{document['servers'][0]['url']}`", document["info"]["description"]]
    for name, group in grouped(document).items():
        parts += [f"## {name}", *(part for call in group for part in _told(call))]
    parts.append("## Objects")
    parts += [f"### {name}\n\n{_table(fields)}" for name, fields in objects(document).items()]
    return "\n\n".join(parts) + "\n"


def by_name(document: Document) -> dict[str, Call]:
    """Find the calls of *document* by their names."""
    return {each.name: each for each in calls(document)}


def example(call: Call) -> str:
    """Show the first way to make *call*, and what it answers."""
    answer = next(each for each in call.answers if each.example)
    return f"{call.summary}:\n\n{command(call)}\n\n{_code(answer.example, 'json')}"


def command(call: Call) -> str:
    """Show the command that makes *call* with the first body that it takes."""
    return _code(call.curl(call.payloads[0]), "sh")


def _told(call: Call) -> Iterator[str]:
    yield f"### {call.verb} {call.path}: {call.summary}"
    yield call.about
    if call.fields:
        yield _table(call.fields)
    for payload in call.payloads:
        yield f"Body, `{payload.media_type}`:\n\n{_table(payload.fields)}"
    yield from (_code(call.curl(payload), "sh") for payload in call.payloads or (None,))
    for answer in call.answers:
        shown = f"\n\n{_code(answer.example, 'json')}" if answer.example else ""
        yield f"**{answer.status}**\n\n{answer.about}{shown}"


def _table(fields: tuple[Field, ...]) -> str:
    rows = (
        f"| `{each.name}` | {each.where} | {each.kind} | {'yes' if each.required else 'no'} | {each.about} |"
        for each in fields
    )
    return "\n".join(("| name | in | type | required | meaning |", "| --- | --- | --- | --- | --- |", *rows))


def _code(text: str, language: str) -> str:
    return f"```{language}\n{text}\n```"
