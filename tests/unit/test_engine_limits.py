"""Budgets are computed from the header, and every refusal names its setting."""

import pytest

from calotype.engine.limits import check_budgets
from calotype.errors import ImageCorrupt, TooManyFrames, TooManyPixels
from engine_runs import LIMITS


def test_the_pixel_limit_itself_is_accepted():
    check_budgets(10_000, 5_000, 1, 1_000_000, LIMITS)


@pytest.mark.parametrize(
    ("width", "height", "frames", "size", "error", "setting"),
    [
        (10_000, 5_001, 1, 1_000_000, TooManyPixels, "CALOTYPE_MAX_PIXELS)"),
        (65_536, 65_536, 1, 10**9, TooManyPixels, "CALOTYPE_MAX_PIXELS)"),
        (4_000, 3_000, 1, 5_999, TooManyPixels, "CALOTYPE_MAX_PIXELS_PER_BYTE)"),
        (1_000, 1_000, 51, 1_000_000, TooManyPixels, "CALOTYPE_MAX_ANIMATION_PIXELS)"),
        (2, 2, 1_001, 1_000_000, TooManyFrames, "CALOTYPE_MAX_FRAMES)"),
        (0, 100, 1, 1_000, ImageCorrupt, "0x100"),
    ],
)
def test_a_refusal_names_what_was_too_much(width, height, frames, size, error, setting):
    with pytest.raises(error) as caught:
        check_budgets(width, height, frames, size, LIMITS)
    assert setting in caught.value.message


def test_flat_graphics_up_to_ten_megapixels_may_be_tiny_files():
    check_budgets(4_000, 2_500, 1, 100, LIMITS)


def test_a_long_animation_of_small_frames_is_not_judged_by_its_bytes():
    check_budgets(300, 300, 500, 10_000, LIMITS)
