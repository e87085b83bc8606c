"""Small pixels tell a dominant colour, a placeholder and a perceptual hash."""

import imagehash
import pytest
from PIL import Image as Pillow

import pictures
from calotype.engine import facts
from calotype.engine.vips import Image


def image(picture):
    return Image.new_from_memory(picture.tobytes(), *picture.size, len(picture.mode), "uchar").copy(
        interpretation="srgb"
    )


@pytest.mark.parametrize("seed", range(1, 21))
def test_the_perceptual_hash_is_that_of_the_imagehash_package(seed):
    picture = pictures.photo(128, 96, seed)
    assert facts.phash(image(picture)) == str(imagehash.phash(picture))


def test_a_flat_picture_has_the_hash_of_nothing_but_its_mean():
    assert facts.phash(image(Pillow.new("RGB", (50, 40), (200, 30, 40)))) == "8000000000000000"


def test_what_nobody_sees_has_the_colour_of_paper():
    assert facts.dominant(image(Pillow.new("RGBA", (50, 40), (200, 30, 40, 0)))) == "#ffffff"


def test_opacity_weighs_the_dominant_colour():
    picture = Pillow.new("RGBA", (50, 40), (255, 0, 0, 20))
    picture.paste((0, 0, 255, 255), (0, 0, 10, 40))
    assert facts.dominant(image(picture)) == "#0000ff"


@pytest.mark.parametrize(
    ("size", "small"), [((1000, 500), (128, 64)), ((9000, 1), (128, 1)), ((60, 40), (60, 40))]
)
def test_small_pixels_fit_a_square_and_never_vanish(size, small):
    shrunk = facts.small(image(Pillow.new("RGB", size)))
    assert (shrunk.width, shrunk.height) == small
