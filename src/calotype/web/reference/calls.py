"""The OpenAPI document, read: each call with its fields, examples and answers, as pages and collections show them.

Law: it knows the document alone; so whatever is made from it says what the document says.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from calotype.web.reference.declaring import ANY_REQUEST, FORM, Document

KEY = "YOUR_API_KEY"
ERRORS = frozenset({"Error", "NestedError", "NestedErrorBody", "Problem"})


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a member of a body."""

    name: str
    where: str
    """`path`, `query`, `header` or `body`."""
    kind: str
    about: str
    required: bool = False
    example: object = None
    file: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class Payload:
    """A body of one media type."""

    media_type: str
    fields: tuple[Field, ...]
    example: Document

    @property
    def text(self) -> str:
        """The example as people read it."""
        return _pretty(self.example)


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer."""

    status: int
    about: str
    example: str
    """As JSON; empty where there is no body, or no example of it."""
    headers: tuple[str, ...]
    of: str
    """The name of the object that it is; empty where there is no body, and for errors."""


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one path."""

    name: str
    group: str
    verb: str
    path: str
    server: str
    summary: str
    about: str
    key: str
    """`none`, `optional` or `needed`."""
    credential: str
    """The header that the key goes in, up to the key itself."""
    fields: tuple[Field, ...]
    payloads: tuple[Payload, ...]
    answers: tuple[Shown, ...]
    """Those of its own: what is refused of any request, before its path is known, is left out."""

    def filled(self) -> str:
        """Give the URL with its examples filled in."""
        path = self.path
        for each in self.fields:
            if each.where == "path":
                path = path.replace(f"{{{each.name}}}", str(each.example or each.name.upper()))
        asked = [(each.name, each.example) for each in self.fields if each.where == "query" and each.example]
        return f"{self.server}{path}" + (f"?{urlencode(asked)}" if asked else "")

    def curl(self, payload: Payload | None = None) -> str:
        """Write the command that makes this call with an example of *payload*."""
        head = "curl" if self.verb == "GET" else f"curl -X {self.verb}"
        parts = [f'-H "{self.credential}{KEY}"'] if self.key != "none" else []
        if payload is not None:
            parts += _form_arguments(payload) if payload.media_type == FORM else _json_arguments(payload)
        return f"{head} " + " \\\n  ".join([*parts, _quoted(self.filled())])


def calls(document: Document) -> list[Call]:
    """Read every call of *document*."""
    return [
        _call(document, path, verb, operation)
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
    ]


def grouped(document: Document) -> dict[str, list[Call]]:
    """Read every call of *document*, by its group; groups without any are left out."""
    every = calls(document)
    found = {tag["name"]: [each for each in every if each.group == tag["name"]] for tag in document["tags"]}
    return {name: group for name, group in found.items() if group}


def objects(document: Document) -> dict[str, tuple[Field, ...]]:
    """Read the members of every object that answers are, or hold, by the object's name."""
    answered = {shown.of for call in calls(document) for shown in call.answers if shown.of}
    held = {name for each in answered for name in _NAMED.findall(json.dumps(_schemas(document)[each]))}
    return {
        name: tuple(_members(document, schema))
        for name, schema in _schemas(document).items()
        if name in answered | held | ERRORS and "properties" in schema
    }


def _schemas(document: Document) -> Document:
    found: Document = document["components"]["schemas"]
    return found


_NAMED = re.compile(r'"#/components/schemas/(\w+)"')


def _call(document: Document, path: str, verb: str, operation: Document) -> Call:
    content = operation.get("requestBody", {}).get("content", {})
    return Call(
        operation["operationId"],
        operation["tags"][0],
        verb.upper(),
        path,
        document["servers"][0]["url"],
        operation["summary"],
        operation["description"],
        _key(operation["security"]),
        ": ".join(credential(document)),
        tuple(_parameter(document, each) for each in operation.get("parameters", ())),
        tuple(_payload(document, media_type, each) for media_type, each in content.items()),
        tuple(_answers(document, operation)),
    )


def credential(document: Document) -> tuple[str, str]:
    """Name the header that a key goes in, and give what stands before the key in it."""
    [scheme] = document["components"]["securitySchemes"].values()
    return (scheme["name"], "") if scheme["type"] == "apiKey" else ("Authorization", "Bearer ")


def _key(security: list[Document]) -> str:
    if not security:
        return "none"
    return "optional" if {} in security else "needed"


def _parameter(document: Document, each: Document) -> Field:
    each = resolved(document, each)
    schema = resolved(document, each["schema"])
    named = each.get("style") == "deepObject"
    return Field(
        each["name"],
        each["in"],
        kind(schema),
        " ".join(filter(None, (each.get("description"), schema.get("description")))),
        each.get("required", False),
        each.get("example"),
        named=named,
    )


def _payload(document: Document, media_type: str, content: Document) -> Payload:
    schema = resolved(document, content["schema"])
    return Payload(media_type, tuple(_members(document, schema)), content.get("example", {}))


def _members(document: Document, schema: Document) -> Iterator[Field]:
    """Read the members of an object, or of each that it may be."""
    variants = schema.get("oneOf", [schema])
    members: Document = {}
    for variant in variants:
        members.update(variant["properties"])
    always = set.intersection(*(set(variant.get("required", ())) for variant in variants))
    for name, each in members.items():
        member = resolved(document, each)
        about = " ".join(filter(None, (member.get("description"), _held(document, each))))
        yield Field(name, "body", kind(member), about, name in always, file=member.get("format") == "binary")


def _held(document: Document, schema: Document) -> str:
    """Tell what is in an array or an object that stands nowhere else: one with a name is told among the objects."""
    items = schema.get("items", {})
    if "$ref" in items:
        return f"Each as `{items['$ref'].rpartition('/')[2]}`."
    of, members = ("Of each", items) if items else ("In it", schema)
    if "properties" not in members:
        return ""
    told = (
        f"`{each.name}` ({each.kind}{'' if each.required else ', optional'}){f': {each.about}' if each.about else '.'}"
        for each in _members(document, members)
    )
    return f"{of}: {' '.join(told)}"


def _answers(document: Document, operation: Document) -> Iterator[Shown]:
    for status, each in operation["responses"].items():
        answer = resolved(document, each)
        if ANY_REQUEST not in answer:
            yield _shown(int(status), answer)


def _shown(status: int, answer: Document) -> Shown:
    content = answer.get("content", {}).get("application/json", {})
    example = _pretty(content["example"]) if "example" in content else ""
    named = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return Shown(status, answer["description"], example, tuple(answer.get("headers", ())), named)


def resolved(document: Document, schema: Document) -> Document:
    """Give what a `$ref` of *document* names; anything else is itself."""
    found = document
    if "$ref" not in schema:
        return schema
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def kind(schema: Document) -> str:
    """Say in a few words which values *schema* takes."""
    if schema.get("format") == "binary":
        return "file"
    if "const" in schema:
        return f"always {json.dumps(schema['const'])}"
    if "enum" in schema:
        return ", ".join(str(each) for each in schema["enum"])
    types = schema.get("type", "any")
    names = " or ".join(types) if isinstance(types, list) else types
    low, high = (_bound(schema, *names_) for names_ in (_LOW, _HIGH))
    limits = {
        (True, True): f", {low} to {high}",
        (True, False): f", from {low}",
        (False, True): f", up to {high}",
    }
    unit = next((word for key, word in _UNITS.items() if key in schema), "")
    return names + limits.get((low != "", high != ""), "") + unit


_LOW = ("minimum", "minLength", "minItems")
_HIGH = ("maximum", "maxLength", "maxItems", "maxProperties")
_UNITS = {
    "minLength": " characters",
    "maxLength": " characters",
    "maxItems": " items",
    "maxProperties": " members",
}


def _bound(schema: Document, *names: str) -> str:
    return next((f"{schema[name]:,.0f}" for name in names if name in schema), "")


def _quoted(url: str) -> str:
    return shlex.quote(url) if "?" in url else url


def _form_arguments(payload: Payload) -> list[str]:
    files = [f"-F {each.name}=@photo.jpg" for each in payload.fields if each.file]
    return [*files, *(f"-F {shlex.quote(f'{name}={value}')}" for name, value in payload.example.items())]


def _json_arguments(payload: Payload) -> list[str]:
    text = json.dumps(payload.example, ensure_ascii=False)
    return ['-H "Content-Type: application/json"', f"-d {shlex.quote(text)}"]


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
