"""Proves that answers are those that the OpenAPI document tells of: status, type, headers, body."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx
from jsonschema import Draft202012Validator

from calotype.dialects.imgpro.api import PATHS
from calotype.dialects.imgpro.reference.document import openapi
from calotype.dialects.imgpro.reference.operations import OPERATIONS
from calotype.dialects.imgpro.reference.running import shapes_at
from calotype.settings import Settings
from calotype.web.reference.calls import resolved


class Undocumented(AssertionError):
    """An answer is not in the document."""


def imgpro_document(settings: Settings) -> Mapping:
    """Describe img.pro's API.

    What has no declaration yet is passed over here: that every route has one is a test of its own.
    """
    declared = {
        path: {verb: each for verb, each in verbs.items() if verb in OPERATIONS.get(path, {})}
        for path, verbs in PATHS.items()
    }
    return openapi(settings, declared, OPERATIONS, shapes_at)


class Contract:
    """A document of an API whose paths are below *prefix*, asked whether an answer is in it."""

    def __init__(self, document: Mapping, prefix: str = ""):
        self.document = document
        self._prefix = prefix
        self._paths = {
            re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + r"\Z"): verbs
            for path, verbs in sorted(self.document["paths"].items(), key=lambda each: "{" in each[0])
        }

    def check(self, response: httpx.Response) -> None:
        """Raise Undocumented for an answer of the API that is not in the document."""
        request = response.request
        operation = self._operation(request.method, request.url.path.removeprefix(self._prefix))
        if operation is None:
            return
        status = str(response.status_code)
        where = f"{request.method} {request.url.path} -> {status}"
        if status not in operation["responses"]:
            raise Undocumented(f"{where}: {response.text[:300]}")
        answer = resolved(self.document, operation["responses"][status])
        self._check_headers(where, answer, response)
        self._check_body(where, answer, response)

    def _operation(self, method: str, path: str) -> Mapping | None:
        verbs = next((verbs for pattern, verbs in self._paths.items() if pattern.match(path)), {})
        return verbs.get(method.lower())

    def _check_headers(self, where: str, answer: Mapping, response: httpx.Response) -> None:
        for name, told in answer["headers"].items():
            header = self.document["components"]["headers"][told["$ref"].rpartition("/")[2]]
            if header.get("required") and name not in response.headers:
                raise Undocumented(f"{where}: without {name}")

    def _check_body(self, where: str, answer: Mapping, response: httpx.Response) -> None:
        content = answer.get("content", {})
        media_type = response.headers.get("content-type", "")
        if media_type not in content and (content or response.content):
            raise Undocumented(f"{where}: {media_type!r} is none of {list(content)}")
        if content and media_type.endswith("json"):
            schema = {**content[media_type]["schema"], "components": self.document["components"]}
            errors = [each.message for each in Draft202012Validator(schema).iter_errors(response.json())]
            if errors:
                raise Undocumented(f"{where}: {errors[0]}: {response.text[:500]}")
