"""What an upload may cost, computed from its header before a pixel is touched.

Law: every refusal names the limit, its number and the setting that holds it. Python's integers are
unbounded, so no product overflows (65,536 x 65,536 does in 32 bits).
"""

from __future__ import annotations

from calotype.errors import ImageCorrupt, TooManyFrames, TooManyPixels
from calotype.ports import IngestLimits

RATIO_FREE_PIXELS = 10_000_000
"""Up to here the ratio of pixels to bytes is not judged: flat graphics compress very well."""


def check_budgets(width: int, height: int, frames: int, size: int, limits: IngestLimits) -> None:
    """Check *frames* of *width* x *height* pixels in a file of *size* bytes.

    Raises:
        ImageCorrupt: a side has no pixels.
        TooManyFrames: more frames than `CALOTYPE_MAX_FRAMES`.
        TooManyPixels: more pixels in a frame, in all frames, or for each byte, than their settings allow.
    """
    if min(width, height, frames) < 1:
        raise ImageCorrupt(f"The image declares {width}x{height} pixels.")
    _check_frames(width, height, frames, limits)
    if width * height > limits.max_pixels:
        raise TooManyPixels(
            f"The image has {width}x{height} pixels; the limit is {_millions(limits.max_pixels)} "
            "(CALOTYPE_MAX_PIXELS)."
        )
    if width * height > RATIO_FREE_PIXELS and width * height > size * limits.max_pixels_per_byte:
        raise TooManyPixels(
            f"The image declares {width}x{height} pixels in {size} bytes; the limit is "
            f"{limits.max_pixels_per_byte} pixels for each byte (CALOTYPE_MAX_PIXELS_PER_BYTE)."
        )


def _check_frames(width: int, height: int, frames: int, limits: IngestLimits) -> None:
    if frames > limits.max_frames:
        raise TooManyFrames(
            f"The animation has {frames} frames; the limit is {limits.max_frames} (CALOTYPE_MAX_FRAMES)."
        )
    if frames > 1 and width * height * frames > limits.max_animation_pixels:
        raise TooManyPixels(
            f"The animation has {frames} frames of {width}x{height} pixels; the limit is "
            f"{_millions(limits.max_animation_pixels)} in all (CALOTYPE_MAX_ANIMATION_PIXELS)."
        )


def _millions(pixels: int) -> str:
    return f"{pixels / 1e6:g} million"
