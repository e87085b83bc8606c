"""Which rectangle of a picture survives: where a focus point, the owner's own choice or an edge puts it."""

from dataclasses import replace

import pytest

from calotype.errors import Invalid
from calotype.operations import Extract, Resize
from calotype.operations.base import Box, Scene
from calotype.operations.crop import Crop
from calotype.operations.focus import Custom, Point
from calotype.operations.quantities import Share
from calotype.operations.scale import Scale

PHOTO = Scene.of(4000, 3000)


def at(x, y):
    return Point(x=Share(of=x), y=Share(of=y), centre=True)


@pytest.mark.parametrize(("x", "left"), [(0.2, 0), (0.5, 34), (0.6, 60), (0.9, 67)])
def test_a_point_is_a_share_of_the_picture_that_is_cut(x, left):
    """267x200 is what covers 200x200; a region that would leave it is moved back inside."""
    assert Resize(width=200, height=200, focus=at(x, 0.5)).resolve(PHOTO) == (
        Scale(width=267, height=200),
        Crop(left=left, top=0, width=200, height=200),
    )


def test_a_region_at_a_point_is_cut_off_at_the_edge():
    word = Extract(width=300, height=200, focus=Point(x=3900, y=2950))
    assert word.resolve(PHOTO) == (Crop(left=3900, top=2950, width=100, height=50),)


def test_a_region_outside_of_the_picture_is_refused():
    with pytest.raises(Invalid, match="300x200 at 4000,0 lies outside the picture of 4000x3000"):
        Extract(width=300, height=200, focus=Point(x=4000, y=0)).resolve(PHOTO)


def test_the_owners_choice_is_taken_as_large_as_it_is():
    scene = replace(PHOTO, focus=Box(100, 200, 640, 480))
    assert Extract(focus=Custom()).resolve(scene) == (Crop(left=100, top=200, width=640, height=480),)


def test_the_owners_choice_lies_in_the_middle_of_a_named_size():
    scene = replace(PHOTO, focus=Box(100, 200, 640, 480))
    word = Extract(width=200, height=100, focus=Custom())
    assert word.resolve(scene) == (Crop(left=320, top=390, width=200, height=100),)


def test_without_an_owners_choice_the_centre_is_kept():
    word = Extract(width=200, height=100, focus=Custom())
    assert word.resolve(PHOTO) == (Crop(left=1900, top=1450, width=200, height=100),)
