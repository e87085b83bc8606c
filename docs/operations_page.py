"""The reference of operations: one section each, written from its declaration, with a sample picture."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import samples
from pydantic.fields import FieldInfo

from calotype.operations import OPERATIONS, Operation
from calotype.operations.models import BACKGROUND_MODEL

IMAGES = Path(__file__).parent / "images" / "operations"

_INTRODUCTION = """\
# Operations

What can be done to pixels, by the core's own names; each dialect has words of its own for them. Inside a step they
run by stage, and within a stage in the order of this page, however they were written; whoever wants another order
chains steps. A *word* that is relative ("half the width", "a circle") becomes absolute *primitives* before anything is
rendered: those are what is cached by, and what explain shows.

Lengths are pixels. A quantity is a number, a share of the original (`{"of": 0.5}`), or an expression
(`{"first": "iw", "rest": [["div", 2]]}`). A colour has `red`, `green` and `blue` from 0 to 255 and an `opacity` from 0
to 1. Changes of tone and colour leave transparency alone; what mixes neighbouring pixels weighs colours by their
opacity, so that invisible ones never bleed. Every effect is applied in 8-bit sRGB. A field without a default need not
be there: then it asks for nothing.

The samples start from these two:

![A lake between mountains, with a boat](../images/operations/original-landscape.webp)
![A balloon on a transparent ground](../images/operations/original-balloon.webp)
"""
_STAGES = {
    "TRIM": "Trimming",
    "EXTRACT": "Extracting",
    "RESIZE": "Framing and size",
    "EFFECT": "Effects",
    "BACKGROUND": "Opacity and background",
    "LAYER": "Layers",
    "BORDER": "Border",
    "RADIUS": "Round corners",
    "ROTATE": "Rotation",
    "FLIP": "Mirroring",
    "BLUR": "Blur",
}
_KINDS = {
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "string": "text",
    "null": "",
}
_QUANTITY = {"Share", "Expression"}


def operations_page(note: str) -> str:
    """Describe every operation: what it does, its fields, an example with its picture."""
    by_stage = sorted(OPERATIONS.values(), key=lambda each: (each.stage, each.rank))
    parts = [f"{note}{_INTRODUCTION}"]
    for stage, operations in groupby(by_stage, key=lambda each: each.stage):
        parts.append(f"## {_STAGES[stage.name]}\n")
        parts += [_section(operation) for operation in operations]
    return "\n".join(parts)


def write_pictures() -> None:
    """Draw the originals, and make every operation's sample."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    originals = {"original-landscape": samples.landscape(), "original-balloon": samples.balloon()}
    made = {operation.tag: samples.sample(operation) for operation in samples.sampled()}
    for name, png in {**originals, **made}.items():
        (IMAGES / f"{name}.webp").write_bytes(samples.as_webp(png))


def _section(operation: type[Operation]) -> str:
    lines = [f"### {operation.tag}\n", inspect.getdoc(operation) or "", ""]
    if operation.needs == BACKGROUND_MODEL:
        lines.append(f"It needs a model: without `CALOTYPE_{operation.needs.upper()}` it is refused.\n")
    elif operation.needs:
        lines.append("It needs a model, which no setting enables yet: it is refused.\n")
    lines += _fields(operation)
    if not operation.needs:
        lines += _example(operation)
    return "\n".join(lines)


def _example(operation: type[Operation]) -> list[str]:
    fields = json.dumps(operation.example)
    return [f"Example: `{fields}`\n", f"![{operation.tag}](../images/operations/{operation.tag}.webp)\n"]


def _fields(operation: type[Operation]) -> list[str]:
    schema = operation.model_json_schema()
    rows = [
        f"| `{name}` | {_kind(schema['properties'][name], schema)} | {_default(field)} |"
        for name, field in operation.model_fields.items()
    ]
    return ["| field | value | default |", "| --- | --- | --- |", *rows, ""] if rows else []


def _default(field: FieldInfo) -> str:
    """Show a default as JSON; nothing where it means that nothing was said."""
    if field.is_required():
        return "required"
    if field.default is None or field.default == ():
        return ""
    value = field.default.model_dump(mode="json") if hasattr(field.default, "model_dump") else field.default
    return f"`{json.dumps(value)}`"


def _kind(shape: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Put a JSON schema into a few words."""
    if "$ref" in shape:
        return _named(shape["$ref"].rsplit("/", 1)[1], schema)
    if "enum" in shape or "const" in shape:
        return ", ".join(f"`{value}`" for value in shape.get("enum", [shape.get("const")]))
    if "anyOf" in shape:
        return _choice(shape["anyOf"], schema)
    if "prefixItems" in shape:
        return f"{len(shape['prefixItems'])} x ({_kind(shape['prefixItems'][0], schema)})"
    if shape.get("type") == "array":
        return f"list of {_kind(shape.get('items', {}), schema) or 'anything'}"
    return " ".join(filter(None, (_KINDS.get(shape.get("type", ""), ""), _range(shape))))


def _named(name: str, schema: Mapping[str, Any]) -> str:
    shape = schema["$defs"][name]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Source")).lower()
    return _kind(shape, schema) if "enum" in shape else words


def _choice(shapes: list[Mapping[str, Any]], schema: Mapping[str, Any]) -> str:
    names = {shape["$ref"].rsplit("/", 1)[1] for shape in shapes if "$ref" in shape}
    if names >= _QUANTITY:
        shapes = [shape for shape in shapes if not _is_part_of_quantity(shape)]
        words = ["quantity", *(_kind(shape, schema) for shape in shapes)]
    else:
        words = [_kind(shape, schema) for shape in shapes]
    return " or ".join(dict.fromkeys(filter(None, words)))


def _is_part_of_quantity(shape: Mapping[str, Any]) -> bool:
    return shape == {"type": "number"} or shape.get("$ref", "").rsplit("/", 1)[-1] in _QUANTITY


def _range(shape: Mapping[str, Any]) -> str:
    words = {
        "minimum": "from {:g}",
        "exclusiveMinimum": "above {:g}",
        "maximum": "to {:g}",
        "exclusiveMaximum": "below {:g}",
        "minLength": "of {:g}",
        "maxLength": "to {:g} characters",
    }
    return " ".join(_said(shape, words))


def _said(shape: Mapping[str, Any], words: Mapping[str, str]) -> Iterator[str]:
    for name, text in words.items():
        if name in shape:
            yield text.format(shape[name]).replace("to 16383", "to 16,383")
