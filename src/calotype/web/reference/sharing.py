"""What a document says several times, said once: equal answers become components, and each place names its own."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

Json = dict[str, Any]


def shared(paths: Json) -> tuple[Json, Json]:
    """Give *paths* with a reference in place of each answer that comes twice, and those answers by their names."""
    answers = [answer for operation in _operations(paths) for answer in operation["responses"].items()]
    counted = Counter(_spelt(*answer) for answer in answers)
    names = _named(answer for answer in answers if counted[_spelt(*answer)] > 1 and "$ref" not in answer[1])
    kept = {names[spelt]: answer for status, answer in answers if (spelt := _spelt(status, answer)) in names}
    return {
        path: {verb: _slim(each, names) for verb, each in verbs.items()} for path, verbs in paths.items()
    }, kept


def _operations(paths: Json) -> list[Json]:
    return [operation for verbs in paths.values() for operation in verbs.values()]


def _spelt(status: str, answer: Json) -> str:
    return json.dumps([status, answer], sort_keys=True)


def _named(answers: Any) -> dict[str, str]:
    """Name each answer by its status, and those of one status by a number as well."""
    names: dict[str, str] = {}
    used: Counter[str] = Counter()
    for status, answer in answers:
        spelt = _spelt(status, answer)
        if spelt not in names:
            used[status] += 1
            names[spelt] = f"Answer{status}" + (f"_{used[status]}" if used[status] > 1 else "")
    return names


def _slim(operation: Json, names: dict[str, str]) -> Json:
    spelt = {status: _spelt(status, answer) for status, answer in operation["responses"].items()}
    responses = {
        status: {"$ref": f"#/components/responses/{names[spelt[status]]}"}
        if spelt[status] in names
        else answer
        for status, answer in operation["responses"].items()
    }
    return {**operation, "responses": responses}
