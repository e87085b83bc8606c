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
    decodes the original: the mezzanine has none.
    """
    movable = all(isinstance(primitive, _FOLLOWED) for primitive in primitives)
    return facts.gain_map and format_ is Format.JPEG and movable
