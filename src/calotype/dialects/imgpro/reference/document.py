"""The OpenAPI 3.1 document of the running server: its routes, as they are declared, and its limits.

Law: every route is in it, or it is not made: a route without a declaration is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version

from calotype.dialects.imgpro.errors import STATUSES
from calotype.dialects.imgpro.reference import introduction, objects, refusals
from calotype.dialects.imgpro.reference.declaring import (
    JSON,
    Access,
    Answer,
    Body,
    Group,
    Operation,
)
from calotype.dialects.imgpro.reference.examples import examples
from calotype.dialects.imgpro.reference.headers import HEADERS, headers_of
from calotype.dialects.imgpro.reference.operations.shared import USER
from calotype.settings import Settings
from calotype.web.reference.declaring import ANY_REQUEST, Document, parameter, ref
from calotype.web.reference.sharing import shared
from calotype.web.unread import LARGE_HEAD, LONG_TARGET, MALFORMED, Refusal

BASE = "/v1"
SECURITY = "key"
FLAT, NESTED = "Error", "NestedError"
"""The schemas of the two shapes that an error has."""

PROTOCOL = (MALFORMED, LONG_TARGET, LARGE_HEAD)
"""What is refused before anybody knows which path is asked for."""
EARLY = frozenset({"request_timeout", "rate_limited", "server_error"})
"""What may be answered there too, and is flat then."""


class Undeclared(LookupError):
    """A route has no declaration."""


def openapi(
    settings: Settings,
    routes: Mapping[str, Mapping[str, object]],
    declared: Mapping[str, Mapping[str, Operation]],
    shapes: Callable[[str], Sequence[str]],
) -> Document:
    """Describe *routes* (path below `/v1` -> method) as *declared*; *shapes* names the schemas of a path's errors.

    Raises:
        Undeclared: a route is not declared.
    """
    shown = examples(settings)
    told = {
        f"{BASE}{path}": {
            verb.lower(): _operation(_declaration(declared, path, verb), shown, shapes(f"{BASE}{path}"))
            for verb in verbs
        }
        for path, verbs in routes.items()
    }
    paths, answers = shared(told)
    return {
        "openapi": "3.1.0",
        "info": _info(settings),
        "servers": [{"url": settings.base_url}],
        "tags": [{"name": group.value} for group in Group],
        "paths": paths,
        "components": {
            "schemas": objects.schemas(settings),
            "headers": HEADERS,
            "responses": {**{each.code: _of_protocol(each) for each in PROTOCOL}, **answers},
            "securitySchemes": {SECURITY: _SCHEME},
        },
    }


def _info(settings: Settings) -> Document:
    return {
        "title": "Calotype",
        "version": version("calotype"),
        "summary": "One original, any number of prints.",
        "description": introduction.markdown(settings),
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }


_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "img_live_…",
    "description": "An API key; or an app's secret (`img_sk_live_…`), beside which the header `X-Img-User` names the "
    "user to act for.",
}


def _declaration(declared: Mapping[str, Mapping[str, Operation]], path: str, verb: str) -> Operation:
    try:
        return declared[path][verb]
    except KeyError:
        raise Undeclared(f"{verb} {BASE}{path}") from None


def _operation(operation: Operation, shown: Mapping[str, object], shapes: Sequence[str]) -> Document:
    ability = operation.access.ability
    return {
        "operationId": operation.name,
        "tags": [operation.group.value],
        "summary": operation.summary,
        "description": f"{operation.about}\n\nNeeds: {operation.access.value}.",
        **({"x-ability": ability.value} if ability else {}),
        "security": _security(operation.access),
        **({"parameters": parameters} if (parameters := _parameters(operation)) else {}),
        **({"requestBody": _body(operation.bodies)} if operation.bodies else {}),
        "responses": _responses(operation, shown, shapes),
    }


def _security(access: Access) -> list[dict[str, list[str]]]:
    needed: dict[str, list[str]] = {SECURITY: []}
    return {Access.ANYBODY: [], Access.OPTIONAL: [{}, needed]}.get(access, [needed])


def _parameters(operation: Operation) -> list[Document]:
    """List what it declares, and whom an app acts for, wherever an app's secret is taken."""
    named = {each.name for each in operation.parameters}
    acting = operation.acting and operation.access is not Access.ANYBODY and USER.name not in named
    return [parameter(each) for each in (*operation.parameters, *((USER,) if acting else ()))]


def _body(bodies: tuple[Body, ...]) -> Document:
    return {
        "required": True,
        "content": {body.media_type: {"schema": ref(body.of), "example": body.example} for body in bodies},
    }


def _responses(operation: Operation, shown: Mapping[str, object], shapes: Sequence[str]) -> Document:
    with_key = operation.access is not Access.ANYBODY
    done = {
        str(status): _answer(answer, shown, with_key=with_key) for status, answer in operation.answers.items()
    }
    by_status: dict[int, list[str]] = {}
    for code in sorted(refusals.codes_of(operation)):
        by_status.setdefault(STATUSES[code], []).append(code)
    refused = {
        str(status): _refusal(status, codes, shapes, with_key=with_key)
        for status, codes in sorted(by_status.items())
    }
    before = {str(each.status.value): {"$ref": f"#/components/responses/{each.code}"} for each in PROTOCOL}
    return {**done, **refused, **before}


def _answer(answer: Answer, shown: Mapping[str, object], *, with_key: bool) -> Document:
    content = {"schema": ref(answer.of), **({"example": shown[answer.of]} if answer.of in shown else {})}
    return {
        "description": answer.about,
        "headers": headers_of(*answer.headers, with_key=with_key),
        **({"content": {JSON: content}} if answer.of else {}),
    }


def _refusal(status: int, codes: list[str], shapes: Sequence[str], *, with_key: bool) -> Document:
    kinds = {code: refusals.kinds()[code] for code in codes}
    causes = "\n".join(f"- `{code}`: {refusals.cause(kind)}" for code, kind in kinds.items())
    waiting = ["Retry-After"] if any(map(refusals.waits, kinds.values())) else []
    asking = ["WWW-Authenticate"] if status == HTTPStatus.UNAUTHORIZED else []
    schemas = [_error_schema(shape, codes) for shape in shapes]
    if FLAT not in shapes and (early := sorted(EARLY & kinds.keys())):
        schemas.append(_error_schema(FLAT, early))
    return {
        "description": causes,
        "headers": headers_of(*waiting, *asking, with_key=with_key),
        "content": {JSON: {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}},
    }


def _of_protocol(refusal: Refusal) -> Document:
    return {
        "description": f"- `{refusal.code}`: {refusal.message}",
        ANY_REQUEST: True,
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}},
        "content": {JSON: {"schema": _error_schema(FLAT, [refusal.code])}},
    }


def _error_schema(shape: str, codes: list[str]) -> Document:
    """Narrow the error's *shape* to the codes that come with one status."""
    only = {"enum": codes}
    told = {"properties": {"code": only}} if shape == NESTED else only
    return {"allOf": [ref(shape), {"properties": {"error": told}}]}
