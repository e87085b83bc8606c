"""What endpoints declare about themselves with: parameters, bodies, answers, and their schemas. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, object]

Document = dict[str, Any]
"""JSON's values; what is read from it is read by those who know its shape."""

JSON = "application/json"
FORM = "multipart/form-data"

ANY_REQUEST = "x-any-request"
"""Marks answers that may come to any request, before anybody knows which path it asks for."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A part of the path, the query or the headers. *of* names its schema."""

    name: str
    of: str
    about: str
    where: str = "query"
    example: object = None
    required: bool = False
    named: bool = False
    """Whether it is given by name, any number of times, as in `label[colour]=red`."""


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body of one media type. *of* names its schema."""

    media_type: str
    of: str
    example: Json


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of one status that is no error. *of* names its schema; without one it has no body."""

    about: str
    of: str = ""
    headers: tuple[str, ...] = ()


def parameter(declared: Parameter) -> Document:
    """Describe a parameter as OpenAPI does."""
    return {
        "name": declared.name,
        "in": declared.where,
        "description": declared.about,
        **({"required": True} if declared.required or declared.where == "path" else {}),
        **({"style": "deepObject", "explode": True} if declared.named else {}),
        "schema": ref(declared.of),
        **({"example": declared.example} if declared.example is not None else {}),
    }


def string(about: str = "", **keywords: object) -> Json:
    """Describe a string."""
    return {"type": "string", **({"description": about} if about else {}), **keywords}


def nullable(schema: Json) -> Json:
    """Describe what *schema* does, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def record(properties: Mapping[str, Json], *, required: Iterable[str] = (), more: object = False) -> Json:
    """Describe an object; *more* is the schema of what else it may hold."""
    needed = list(required)
    return {
        "type": "object",
        "properties": dict(properties),
        **({"required": needed} if needed else {}),
        "additionalProperties": more,
    }


def array(items: Json, **keywords: object) -> Json:
    """Describe an array."""
    return {"type": "array", "items": items, **keywords}


def ref(name: str) -> Json:
    """Name another schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}
