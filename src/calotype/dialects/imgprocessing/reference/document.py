"""The OpenAPI 3.1 document of this API on the running server: what `api.PATHS` answers, as it is declared.

Law: every route is in it, or it is not made: a route without a declaration is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version

from calotype.dialects.imgprocessing import errors
from calotype.dialects.imgprocessing.callers import KEY_HEADER
from calotype.dialects.imgprocessing.errors import MEDIA_TYPE, Kind
from calotype.dialects.imgprocessing.reference.operations import ALWAYS, ID, OPERATIONS, Group, Operation
from calotype.dialects.imgprocessing.reference.schemas import schemas
from calotype.settings import Settings
from calotype.web.reference.declaring import JSON, Answer, Body, Document, Json, parameter, ref, string
from calotype.web.reference.sharing import shared

SECURITY = "key"
IMAGE_TYPES = ("image/jpeg", "image/png", "image/webp")

CAUSES: Mapping[Kind, str] = {
    errors.BAD_REQUEST: "The body is no JSON, or is announced as JSON and empty.",
    errors.UNAUTHORIZED: "The key is missing or wrong.",
    errors.FORBIDDEN: "The key may not do this, or the image is locked or blocked.",
    errors.QUOTA_EXCEEDED: "The plan of the key's workspace is used up.",
    errors.NOT_FOUND: "There is no such image for this key: another stage's and another account's count as none.",
    errors.TIMEOUT: "The body came too slowly.",
    errors.VALIDATION: "Something that was sent, or the image itself, is not as it must be: see `errors`.",
    errors.TOO_MANY: "The key has asked too often.",
    errors.SERVER: "Something failed on this server.",
    errors.NOT_AVAILABLE: "The operator has set no model for this: the message names the setting.",
    errors.BAD_GATEWAY: "The model failed.",
    errors.UNAVAILABLE: "The server is busy.",
}
"""When each kind of problem happens."""

_COUNT: Json = {"type": "integer", "minimum": 0}
HEADERS: dict[str, Json] = {
    "X-Request-Id": {"description": "Finds the request in the server's log.", "schema": string()},
    "X-RateLimit-Limit": {"description": "Requests that the key has a minute.", "schema": _COUNT},
    "X-RateLimit-Remaining": {"description": "How many of them are left.", "schema": _COUNT},
    "X-RateLimit-Reset": {"description": "When all are there again, in Unix seconds.", "schema": _COUNT},
    "X-Image-Processing-Usage": {
        "description": "How many images the request is charged as; 0 for test keys.",
        "schema": _COUNT,
        "required": True,
    },
    "Retry-After": {"description": "Seconds to wait before the next attempt.", "schema": _COUNT},
    "X-Should-Retry": {
        "description": "Whether sending the same again may help.",
        "schema": {"enum": ["true", "false"]},
        "required": True,
    },
}
ON_ALL = ("X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


class Undeclared(LookupError):
    """A route has no declaration."""


def document(settings: Settings, routes: Mapping[str, Mapping[str, object]]) -> Document:
    """Describe *routes*: path below `/v1` -> method.

    Raises:
        Undeclared: one of them has no declaration.
    """
    told = {
        f"/v1{path}": {verb.lower(): _operation(settings, path, verb) for verb in verbs}
        for path, verbs in routes.items()
    }
    paths, answers = shared(told)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "IMG Processing on Calotype",
            "version": version("calotype"),
            "description": introduction(settings),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": settings.img_processing_url}],
        "tags": [{"name": group.value} for group in Group],
        "paths": paths,
        "components": {
            "schemas": schemas(settings),
            "headers": HEADERS,
            "responses": answers,
            "securitySchemes": {SECURITY: {"type": "apiKey", "in": "header", "name": KEY_HEADER}},
        },
    }


def introduction(settings: Settings) -> str:
    """Write what a reader must know before the first call, in Markdown."""
    live, test = (
        f"{limit:,} requests a minute" if limit else "any number of requests"
        for limit in (
            settings.img_processing_live_requests_per_minute,
            settings.img_processing_test_requests_per_minute,
        )
    )
    return (
        "Whatever changes an image makes a new one, and answers when it is there. Images are private until they are "
        "published.\n\n"
        f"## Keys\n\nSend a key as `{KEY_HEADER}`. A key that begins with `live_` may send {live}; one that begins "
        f"with `test_` may send {test}: its images carry a stamp, go after 90 days, and are not charged. Neither sees "
        "anything of the other's.\n\n"
        "## Bodies\n\nJSON, but for uploads, which are forms. Where a body is optional, send `{}` or none at all. "
        "Members that are not named here are passed over.\n\n"
        "## Errors\n\nProblem bodies, `application/problem+json`; `X-Should-Retry` says whether to send the same again."
    )


def examples(settings: Settings) -> dict[str, Json]:
    """Give an example for each schema of an answer."""
    image: Json = {
        "id": f"image_{ID}", "name": "Evening", "url": None, "width": 800, "height": 600, "format": "jpeg",
        "size": 182_000, "created_at": "2026-05-01T12:00:00.000Z",
    }  # fmt: skip
    after = f"{settings.img_processing_url}/v1/images?take=1&from=image_c07e1b52a94d8f36e0a1b2c3"
    return {
        "Image": image,
        "ImagePage": {"data": [image], "links": {"previous": None, "next": after}},
        "Labels": {
            "main_label": "Tabby",
            "main_score": 0.43,
            "secondary_labels": [{"label": "Tiger Cat", "score": 0.37}, {"label": "Lynx", "score": 0.01}],
        },
        "Response": {"response": "A cat on a mat."},
        "Text": {"format": "markdown", "content": "# Total\n\n12.50"},
        "Lines": {"lines": ["Total", "12.50"]},
    }


def _operation(settings: Settings, path: str, verb: str) -> Document:
    try:
        operation = OPERATIONS[path][verb]
    except KeyError:
        raise Undeclared(f"{verb} /v1{path}") from None
    return {
        "operationId": operation.name,
        "tags": [operation.group.value],
        "summary": operation.summary,
        "description": operation.about,
        "security": [{SECURITY: []}],
        "parameters": [parameter(each) for each in operation.parameters],
        **({"requestBody": _body(operation.body, needed=operation.needs_body)} if operation.body else {}),
        "responses": {**_done(operation, examples(settings)), **_refused(operation.refusals | ALWAYS)},
    }


def _body(body: Body, *, needed: bool) -> Document:
    return {
        "required": needed,
        "content": {body.media_type: {"schema": ref(body.of), "example": body.example}},
    }


def _done(operation: Operation, shown: Mapping[str, Json]) -> Document:
    return {str(status): _answer(answer, shown) for status, answer in operation.answers.items()}


def _answer(answer: Answer, shown: Mapping[str, Json]) -> Document:
    if not answer.of:
        return {"description": answer.about, "headers": _headers(*answer.headers)}
    example = {"example": shown[answer.of]} if answer.of in shown else {}
    kinds = (JSON,) if example else IMAGE_TYPES
    return {
        "description": answer.about,
        "headers": _headers(*answer.headers),
        "content": {kind: {"schema": ref(answer.of), **example} for kind in kinds},
    }


def _refused(kinds: Iterable[Kind]) -> Document:
    by_status: dict[int, list[Kind]] = {}
    for kind in sorted(kinds, key=lambda each: (each.status, each.slug)):
        by_status.setdefault(kind.status, []).append(kind)
    return {str(status): _problem(each) for status, each in by_status.items()}


def _problem(kinds: list[Kind]) -> Document:
    waiting = ["Retry-After"] if {errors.TOO_MANY, errors.UNAVAILABLE} & set(kinds) else []
    titles = {"enum": [kind.title for kind in kinds]}
    told = {"title": titles, "error": titles, "status": {"const": kinds[0].status}}
    return {
        "description": "\n".join(f"- `{kind.slug}`: {CAUSES[kind]}" for kind in kinds),
        "headers": _headers("X-Should-Retry", *waiting),
        "content": {MEDIA_TYPE: {"schema": {"allOf": [ref("Problem"), {"properties": told}]}}},
    }


def _headers(*names: str) -> Document:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*ON_ALL, *names)}
