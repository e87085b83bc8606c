"""A picture made plain: upright, one frame, without metadata, for APIs in which nothing else exists.

Law: no pixel is coded anew that need not be: what is upright and still loses only what stands beside its pixels.

Why so: docs/adr/0038.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from calotype.domain.assets import Facts, unstored
from calotype.domain.planning import Context, Plan, plan
from calotype.domain.transformations import OutputWish, Transformation
from calotype.engine.rendering import render
from calotype.engine.stripping import stripped

QUALITY = 95
"""Of what has to be coded anew, a turned JPEG say: it is an original from then on."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def without_metadata(source: str, learned: Facts) -> bytes | None:
    """Give the file *source*, whose facts are *learned*, as it is but for its metadata; None: that cannot be done.

    It cannot where metadata turns the picture, and where there is more than one picture.
    """
    if learned.frames > 1 or learned.orientation != 1:
        return None
    return stripped(Path(source).read_bytes(), learned.format)


def coded_anew(source: str, learned: Facts) -> bytes:
    """Decode the file *source*, and code what is seen first in the same format.

    Raises:
        RenderFailed: it cannot be decoded.
        TooManyPixels, TooComplex: as any result that would be as large.
    """
    # A gain map is metadata here, and a mezzanine no original.
    facts = replace(learned, gain_map=False, mezzanine=None, small=None)
    wish = Transformation((), OutputWish(learned.format, quality=QUALITY, still=True))
    what = plan(unstored(facts, _LONG_AGO), wish, Context())
    assert isinstance(what, Plan)  # noqa: S101 - a quality is wished for, so it is no original, and nothing is asked
    return render(replace(what, alternative=None), {what.picture.file: source})
