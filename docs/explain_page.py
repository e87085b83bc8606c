"""The reference of explain: every field of its JSON, and an example that is planned as a server plans it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from becoming import row, table

from calotype.dialects.imagekit.address import parse
from calotype.dialects.imagekit.reading import read
from calotype.domain.assets import Asset, Facts, unstored
from calotype.domain.explaining import explained
from calotype.domain.formats import Format
from calotype.domain.negotiation import Accept
from calotype.domain.planning import Context, Needs, Target, plan
from calotype.domain.workspaces import Policy
from calotype.services import variant_budget

ENDPOINT = "/ik/default/"
URL = f"{ENDPOINT}tr:w-300,h-300,fo-face,f-auto:e-sharpen-2,foo-1/trips/photo.jpg"
_FACES = (1180, 420, 360, 360)
"""What a worker saw in the picture of the example."""

_INTRODUCTION = f"""\
# Explain

    GET /v1/explain?url=<a delivery URL>&accept=<an Accept header>

Why a delivery URL answers what it answers: its words, the image, the plan that would run, and where the bytes are now.
It works for every dialect's URLs, takes a key of the workspace that owns the image (anyone else gets 404), renders
nothing and changes nothing. Without `accept` the request's own `Accept` counts, and so do its client hints. A URL
that would be refused is refused here in the same words, and what is open to its owner alone says so under `refused`.

This is what it says of `{URL}`,
for a browser that takes AVIF and WebP, in a workspace with `auto_avif=on`:
"""

FIELDS: Mapping[str, str] = {
    "url": "what was asked about",
    "words": "each part of the URL, in its order",
    "words.text": "the part as it was written",
    "words.at": "where it begins: from the URL's first slash, or from the beginning of the named transformation",
    "words.meaning": "what it does, or why it does nothing",
    "words.ignored": "whether it does nothing",
    "words.name": "the named transformation that it stands in; empty for the URL itself",
    "asset": "the image",
    "asset.id": "its id",
    "asset.version": "the id of its current bytes",
    "asset.path": "where it is, for delivery by path",
    "asset.visibility": "who may see it",
    "asset.format": "of the stored file",
    "asset.natural_format": "what it is delivered in when nobody asks for another",
    "asset.width": "pixels, upright",
    "asset.height": "pixels, upright",
    "asset.frames": "of an animation",
    "asset.alpha": "whether it has transparency",
    "asset.bits": "of one sample",
    "asset.colour": "the colour space of the stored samples",
    "asset.profile": "whether it has a colour profile of its own",
    "asset.mezzanines": "width and height of each intermediate that is kept beside it, the smallest first",
    "accept": "the class that `Accept` comes down to: `avif` (and WebP), `webp`, `neither`",
    "plan": "what will be done; for an original `what`, `format`, `gps` (`blanked` or `as it came`) and `notes`",
    "plan.what": "`variant` or `original`",
    "plan.width": "of the result",
    "plan.height": "of the result",
    "plan.frames": "of the result",
    "plan.output": "how it is encoded; also, where it applies, what else was asked for (`lossless`, `progressive`, "
    "`keep_profile` and the like), `matte` (red, green and blue of what transparent areas are laid on, unless it is "
    "white) and `noisy` (a PNG of what was stored with loss)",
    "plan.output.format": "the format",
    "plan.output.quality": "1 to 100",
    "plan.output.effort": "of the encoder, in its own scale",
    "plan.output.reason": "why this format",
    "plan.never_larger_than": "the stored file's format: when encoding would only make it larger, the file is sent "
    "without its metadata. That of the output or, with `f-auto`, another one that the client takes; null when pixels "
    "change, or more is asked for than that file has",
    "plan.decode": "which stored bytes are decoded, and how; also, where it applies, `shrink_on_load` (by how much the "
    "JPEG decoder shrinks it), `drawn_at` (the size of a vector) and `page` (the first page or frame)",
    "plan.decode.source": "`original`, `mezzanine` or `mezzanine-small`",
    "plan.decode.format": "its format",
    "plan.decode.region": "the rectangle that is used, in pixels of the source",
    "plan.decode.scaled_to": "the size that it is scaled to",
    "plan.decode.stands_for_operations": "how many of the operations that crop and scale are one with it",
    "plan.operations": "the primitives in their order, see [the operations](operations.md), without fields that are "
    "their default",
    "plan.operations.operation": "its name",
    "plan.operations.then": "the size after it; a `layer` also tells its `version`, `decode`, `operations` and `size`; "
    "one that is drawn and has layers on it, `drawn` (its size before them), `operations` and `size`",
    "plan.notes": "what was done differently from what was asked",
    "plan.measured": "what pixels were asked, and what they said",
    "plan.measured.kind": "`trim`, `faces`, `subject` or `extent`",
    "plan.measured.argument": "the threshold of a trim",
    "plan.measured.values": "boxes: left, top, width and height in pixels; of a subject the size of its mask, "
    "of a text (`extent`) its size",
    "plan.measured.by": "who looked",
    "plan.limits": "the [limits](limits.md) that were consulted; the last is the day's budget of new variants of this "
    "image, where there is one",
    "plan.limits.name": "its name",
    "plan.limits.value": "what was held against it",
    "plan.limits.limit": "its number",
    "plan.limits.setting": "who sets it; empty: it is fixed",
    "plan.memory_bytes": "estimated bytes that the worker needs",
    "plan.cost": "estimated work, in the megapixels that could be decoded meanwhile",
    "plan.lane": "`shared`, or `one at a time` for big progressive JPEGs",
    "key": "of the variant; it is the ETag",
    "varies": "whether another `Accept` would get another format",
    "tier": "where the bytes are now: `memory`, `disk`, `blob`, or `render`: nowhere yet",
    "refused": "how everybody but the owner is refused, with `error` and `message`: no signature, say; null when they "
    "get the image",
    "milliseconds": "how long it took",
    "milliseconds.find_and_plan": "to read the URL, find the image and plan",
    "milliseconds.look_for_bytes": "to look where the bytes are",
}


def explain_page(note: str) -> str:
    """Show the example, and describe every field."""
    lines = [f"{note}{_INTRODUCTION}", "```json", json.dumps(example(), indent=2), "```\n"]
    lines += ["## Fields\n", *table("field", "meaning")]
    lines += [row(f"`{name}`", meaning) for name, meaning in FIELDS.items()]
    return "\n".join(lines) + "\n"


def example() -> dict[str, Any]:
    """Explain `URL` for a photograph of 6 MP that nobody has asked for yet."""
    asset = _photograph()
    address = parse(URL.removeprefix(ENDPOINT), "", len(ENDPOINT))
    reading = read(address.chains)
    context = Context(policy=Policy(auto_avif=True), accept=Accept.AVIF)
    what = plan(asset, reading.transformation, context)
    while isinstance(what, Needs):
        seen = {(asset.version.id, what.measure.key): _FACES}
        what = plan(asset, reading.transformation, replace(context, measured={**context.measured, **seen}))
    what = replace(what, limits=(*what.limits, variant_budget.spent(12, 200)))
    took = {"find_and_plan": 0.412, "look_for_bytes": 0.105}
    told = explained(
        Target(asset, what), reading.words, accept=context.accept.value, tier="render", milliseconds=took
    )
    return {"url": URL, **told}


def names(told: object, prefix: str = "") -> Iterator[str]:
    """List the fields of *told*; what an operation is told with beside its name and size is its own."""
    if isinstance(told, list):
        for each in told:
            yield from names(each, prefix)
    elif isinstance(told, dict):
        for name, value in told.items():
            if prefix == "plan.operations." and name not in {"operation", "then"}:
                continue
            yield prefix + name
            yield from names(value, f"{prefix}{name}.")


def _photograph() -> Asset:
    facts = Facts(
        Format.JPEG, 3000, 2000, mezzanine=Format.JPEG, mezzanine_width=2048, mezzanine_height=1360,
        small=Format.JPEG, small_width=1280, small_height=848
    )  # fmt: skip
    asset = unstored(facts, datetime(2026, 1, 1, tzinfo=UTC))
    identity = "8039dfc69bf8389a43b8dd00"
    return replace(
        asset,
        id=identity,
        folder="/trips/",
        file_name="photo.jpg",
        version=replace(asset.version, id=identity),
    )
