"""HDR gain maps: when a variant can carry one. Pure.

A gain map (Ultra HDR, ISO 21496-1) is a small second picture that says how much brighter each part of the first gets
on an HDR screen. It follows whatever only moves pixels; an effect changes the colours that it was made for.
"""

from __future__ import annotations

from collections.abc import Iterable

from calotype.domain.assets import Facts
from calotype.domain.formats import Format
from calotype.operations.base import Operation
from calotype.operations.crop import Crop
from calotype.operations.flip import Flip
from calotype.operations.scale import Scale
from calotype.operations.turn import Turn

_FOLLOWED = (Scale, Crop, Flip, Turn)


def keeps_gain_map(facts: Facts, primitives: Iterable[Operation], format_: Format) -> bool:
    """Say whether the gain map of a source with *facts* is carried through *primitives* into *format_*.

    Only JPEG holds one, and only scaling, cropping, mirroring and turning by quarters leave it true. Such a plan
    decodes the original (the mezzanine has none), and its picture stays in the source's colour space.
    """
    return facts.gain_map and not _obstacle(primitives, format_)


def gain_map_note(facts: Facts, primitives: Iterable[Operation], format_: Format) -> tuple[str, ...]:
    """Say why the gain map of the source is dropped; nothing when it had none, or keeps it."""
    obstacle = _obstacle(primitives, format_) if facts.gain_map else ""
    return (f"the HDR gain map is dropped: {obstacle}",) if obstacle else ()


def _obstacle(primitives: Iterable[Operation], format_: Format) -> str:
    if format_ is not Format.JPEG:
        return f"{format_.value} holds none"
    changes = (each.tag for each in primitives if not isinstance(each, _FOLLOWED))
    return next((f"{tag} changes what it was made for" for tag in changes), "")
