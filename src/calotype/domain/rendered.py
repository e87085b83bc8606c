"""What a render's bytes are, said without looking at them: the facts that follow from its plan (docs/adr/0040). Pure.

Law: nothing is claimed that only pixels know; what they would tell (a dominant colour, hashes) is left empty, until a
decode tells it (`services/mezzanines.py`).
"""

from __future__ import annotations

from dataclasses import replace

from calotype.domain.assets import Facts
from calotype.domain.formats import FORMATS
from calotype.domain.planning import Plan


def facts_of(what: Plan, source: Facts) -> Facts:
    """Say what an upload of the result of *what* would be found to be; *source* is what it is made from.

    The engine encodes one upright frame of 8-bit sRGB, without profile, place or gain map. Where a PNG or WebP may be
    transparent it counts as such, though each of its pixels may turn out opaque.

    Raises:
        ValueError: the plan keeps what only the bytes would tell: frames, a profile, a gain map, the stored file.
    """
    output = what.output
    if what.frames != 1 or what.alternative or output.keep_profile or output.keep_gain_map or output.keep_gps:
        raise ValueError(what)
    return Facts(
        output.format,
        what.width,
        what.height,
        alpha=FORMATS[output.format].alpha and _may_be_transparent(what, source),
        progressive=output.progressive,
    )


def without_mezzanines(facts: Facts) -> Facts:
    """Say the same of a copy of the bytes, beside which nothing is kept yet."""
    return replace(
        facts,
        mezzanine=None,
        mezzanine_width=0,
        mezzanine_height=0,
        small=None,
        small_width=0,
        small_height=0,
    )


def _may_be_transparent(what: Plan, source: Facts) -> bool:
    alpha = source.alpha
    for planned in what.picture.steps:
        alpha = planned.operation.alpha_after(alpha)
    return alpha
