"""Blurs and sharpening: how wide, how exact, and how invisible colours stay invisible."""

import numpy as np
import pytest

import pictures
from calotype.engine.vips import Image
from calotype.operations.blur import WIDEST, Blur
from calotype.operations.pixelate import Pixelate
from calotype.operations.sharpen import Sharpen
from calotype.operations.unsharp import Unsharp
from calotype.operations.vignette import Vignette
from operation_runs import applied, resolved


def photo(width=400, height=300):
    return Image.new_from_array(np.asarray(pictures.photo(width, height))).copy(interpretation="srgb")


def half_hidden(visible, hidden):
    """The left half shows one colour; the right half hides another."""
    pixels = np.zeros((16, 32, 4), np.uint8)
    pixels[:, :16] = [*visible, 255]
    pixels[:, 16:] = [*hidden, 0]
    return Image.new_from_array(pixels).copy(interpretation="srgb")


@pytest.mark.parametrize("sigma", [1, 4, 12, WIDEST - 0.1, WIDEST + 0.1, 40, 80])
def test_a_blur_is_a_gaussian_within_a_few_levels(sigma):
    exact = photo().gaussblur(sigma, min_ampl=0.002, precision="float").numpy()
    error = np.abs(applied(Blur(sigma=sigma), photo()).numpy() - exact)
    assert error.mean() <= 1.5
    assert np.percentile(error, 99) <= 4


@pytest.mark.parametrize("sigma", [0.3, 0.5, 1, 3, 8, 15, 30, 300])
def test_a_blur_keeps_the_brightness_of_one_colour(sigma):
    flat = Image.black(300, 200, bands=3).linear(1, [50, 200, 255], uchar=True).copy(interpretation="srgb")
    assert applied(Blur(sigma=sigma), flat)(150, 100) == [50, 200, 255]


def test_blurring_on_a_copy_begins_where_nobody_sees_it():
    before, after = (
        applied(Blur(sigma=WIDEST + step), photo()).numpy().astype(int) for step in (-0.01, 0.01)
    )
    assert np.percentile(np.abs(before - after), 99) <= 4


def test_the_widest_blur_of_the_smallest_picture_is_that_picture():
    assert applied(Blur(sigma=1000), photo(1, 1)).numpy().tolist() == photo(1, 1).numpy().tolist()


def test_a_blurred_edge_does_not_bleed_what_was_invisible():
    result = applied(Blur(sigma=3), half_hidden((200, 0, 0), (0, 255, 0))).numpy()
    seen = result[..., 3] > 32
    assert result[..., 1][seen].max() <= 1
    assert result[..., 0][seen].min() >= 198


def test_sharpening_makes_an_edge_steeper_and_leaves_areas_alone():
    step = (Image.black(32, 16).insert(Image.black(16, 16) + 100, 16, 0) + 80).cast("uchar")
    result = applied(Sharpen(amount=1), step.bandjoin([step, step]).copy(interpretation="srgb"))
    row = [result(x, 8)[0] for x in (2, 15, 16, 29)]
    assert row[0] == 80
    assert row[1] < 75
    assert row[2] > 185
    assert row[3] == 180


def test_sharpening_keeps_transparency_and_casts_no_halo_of_invisible_colours():
    result = applied(Sharpen(amount=10), half_hidden((100, 100, 100), (255, 255, 255))).numpy()
    assert (result[:, :16] == [100, 100, 100, 255]).all()
    assert (result[:, 16:, 3] == 0).all()


def test_differences_below_the_threshold_stay():
    step = (Image.black(32, 16).insert(Image.black(16, 16) + 8, 16, 0) + 80).cast("uchar")
    picture = step.bandjoin([step, step]).copy(interpretation="srgb")
    result = applied(Unsharp(radius=2, sigma=2, amount=5, threshold=0.024), picture)
    assert result.numpy().tolist() == picture.numpy().tolist()


def test_sharpening_by_a_number_is_an_unsharp_mask():
    assert resolved(Sharpen(amount=3)) == [["unsharp", {"sigma": 0.8, "amount": 3.0}]]
    assert resolved(Sharpen(amount=0)) == resolved(Unsharp(amount=0)) == []


def test_a_radius_is_a_whole_number_of_pixels():
    assert resolved(Unsharp(radius=1.2)) == resolved(Unsharp(radius=2))


def test_a_mosaic_has_one_colour_in_each_square_and_keeps_its_size():
    result = applied(Pixelate(size=10), photo(45, 32)).numpy()
    assert (result[:10, :10] == result[0, 0]).all()
    assert (result[30:, 40:] == result[31, 44]).all()


def test_a_mosaic_finer_than_pixels_is_nothing():
    assert resolved(Pixelate(size=1)) == []


def test_a_vignette_takes_the_light_from_the_corners_alone():
    grey = (Image.black(101, 101, bands=3) + 200).cast("uchar").copy(interpretation="srgb")
    result = applied(Vignette(strength=100), grey)
    assert result(50, 50) == [200, 200, 200]
    assert result(0, 0)[0] <= 5
