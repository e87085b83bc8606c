"""Explain: a delivery URL's plan as plain values, for people who ask why they got this image. Pure.

Law: shows the same Plan that runs, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from calotype.domain.assets import Asset
from calotype.domain.framing import mezzanines
from calotype.domain.output import natural_format
from calotype.domain.pictures import Drawing, Picture, Planned
from calotype.domain.planning import Original, Plan, Target
from calotype.domain.transformations import Output
from calotype.domain.words import Word
from calotype.errors import CalotypeError
from calotype.operations.colours import WHITE


def explained(
    target: Target,
    words: Sequence[Word],
    *,
    accept: str,
    tier: str,
    milliseconds: Mapping[str, float],
    refused: CalotypeError | None = None,
) -> dict[str, Any]:
    """Tell what a URL came down to: its words, the asset, the plan, where the bytes are, and how long it took.

    *refused* is how everybody but the owner would be refused.
    """
    return {
        "words": [asdict(word) for word in words],
        "asset": _asset(target.asset),
        "accept": accept,
        "plan": _original(target.what) if isinstance(target.what, Original) else _plan(target.what),
        "key": target.what.key,
        "varies": target.what.varies,
        "tier": tier,
        "refused": {"error": refused.code, "message": refused.message} if refused else None,
        "milliseconds": {name: round(value, 3) for name, value in milliseconds.items()},
    }


def _asset(asset: Asset) -> dict[str, Any]:
    facts = asset.version.facts
    return {
        "id": asset.id,
        "version": asset.version.id,
        "path": asset.path,
        "visibility": asset.visibility.value,
        "format": facts.format.value,
        "natural_format": natural_format(facts).value,
        "width": facts.width,
        "height": facts.height,
        "frames": facts.frames,
        "alpha": facts.alpha,
        "bits": facts.bits,
        "colour": facts.colour,
        "profile": facts.profile,
        "mezzanines": [list(mezzanine.size) for mezzanine in mezzanines(facts)],
    }


def _original(what: Original) -> dict[str, Any]:
    return {
        "what": "original",
        "format": what.format.value,
        "gps": "blanked" if what.blank_gps else "as it came",
        "notes": list(what.notes),
    }


def _plan(what: Plan) -> dict[str, Any]:
    return {
        "what": "variant",
        "width": what.width,
        "height": what.height,
        "frames": what.frames,
        "output": {**_output(what.output), "reason": what.reason},
        "never_larger_than": what.alternative.value if what.alternative else None,
        "decode": _decode(what.picture),
        "operations": [_operation(planned) for planned in what.picture.steps],
        "notes": list(what.notes),
        "measured": [asdict(each) for each in what.looked],
        "limits": [asdict(limit) for limit in what.limits],
        "memory_bytes": what.memory,
        "cost": round(what.cost, 2),
        "lane": "one at a time" if what.heavy else "shared",
    }


def _output(output: Output) -> dict[str, Any]:
    told = {name: value for name, value in asdict(output).items() if value not in (False, None, WHITE)}
    return told | ({"matte": output.matte.rgb} if "matte" in told else {})


def _decode(picture: Picture) -> dict[str, Any]:
    framing = picture.framing
    hint: dict[str, Any] = {"source": picture.source.value, "format": picture.format.value}
    if framing:
        hint["region"] = [framing.left, framing.top, framing.width, framing.height]
        hint["scaled_to"] = list(framing.to)
        hint["stands_for_operations"] = framing.replaces
    if picture.shrink > 1:
        hint["shrink_on_load"] = picture.shrink
    if picture.raster:
        hint["drawn_at"] = list(picture.raster)
    if picture.page > 1:
        hint["page"] = picture.page
    return hint


def _operation(planned: Planned) -> dict[str, Any]:
    operation = planned.operation
    fields = operation.model_dump(mode="json", exclude_defaults=True)
    told = {"operation": operation.tag, **fields, "then": list(planned.size)}
    return told | ({"layer": _layer(planned.layer)} if planned.layer else {})


def _layer(inner: Picture | Drawing) -> dict[str, Any]:
    begun = (
        {"drawn": list(inner.drawn)}
        if isinstance(inner, Drawing)
        else {"version": inner.version_id, "decode": _decode(inner)}
    )
    return {**begun, "operations": [_operation(each) for each in inner.steps], "size": list(inner.size)}
