"""Faces are found where OpenCV is installed, and crops go around them."""

from datetime import UTC, datetime

import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFilter

from calotype.domain.assets import Facts, unstored
from calotype.domain.formats import Format
from calotype.domain.planning import Context, Needs, Plan, plan
from calotype.domain.transformations import Transformation
from calotype.engine import faces
from calotype.engine.vips import Image
from calotype.errors import NotConfigured
from calotype.operations import Extract, Operation, Resize
from calotype.operations.base import Size
from calotype.operations.cropping import around_faces
from calotype.operations.focus import Faces

PHOTO = Facts(Format.JPEG, 600, 400)


def portrait(x: int, y: int, size: int = 160) -> Pillow.Image:
    """Draw a face of *size* pixels around *x*, *y*: light skin, dark eyes and mouth, a bright nose."""
    picture = Pillow.new("L", (600, 400), 120)
    draw = ImageDraw.Draw(picture)

    def oval(across: float, down: float, width: float, height: float, grey: int) -> None:
        centre = x + across * size, y + down * size
        draw.ellipse(
            (
                centre[0] - width * size,
                centre[1] - height * size,
                centre[0] + width * size,
                centre[1] + height * size,
            ),
            fill=grey,
        )

    oval(0, -0.2, 0.4, 0.42, 60)
    oval(0, 0, 0.36, 0.48, 200)
    for side in (-1, 1):
        oval(side * 0.15, -0.16, 0.1, 0.025, 80)
        oval(side * 0.15, -0.08, 0.085, 0.045, 70)
        oval(side * 0.15, -0.08, 0.035, 0.035, 20)
    oval(0, 0.06, 0.035, 0.1, 225)
    oval(0, 0.25, 0.12, 0.035, 90)
    return picture.filter(ImageFilter.GaussianBlur(size * 0.015)).convert("RGB")


def vips(picture: Pillow.Image) -> Image:
    return Image.new_from_memory(picture.tobytes(), *picture.size, 3, "uchar").copy(interpretation="srgb")


def test_a_face_is_found_where_it_is():
    pytest.importorskip("cv2", reason="OpenCV is not installed: pip install 'calotype[faces]'")
    [(left, top, width, height)] = faces.faces(vips(portrait(380, 170)))
    assert (abs(left + width / 2 - 380) < 15, abs(top + height / 2 - 170) < 25, 120 < width < 200) == (
        True,
    ) * 3


def test_where_nobody_is_no_face_is_found():
    pytest.importorskip("cv2", reason="OpenCV is not installed: pip install 'calotype[faces]'")
    assert faces.faces(vips(Pillow.new("RGB", (300, 200), "gray"))) == []


def test_without_the_detector_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)
    faces._detector.cache_clear()
    with pytest.raises(NotConfigured, match="calotype\\[faces\\]"):
        faces.faces(vips(Pillow.new("RGB", (30, 20), "gray")))


# What is done with the boxes


def planned(*operations: Operation, found: tuple[int, ...] = (400, 100, 100, 100)) -> Plan:
    asset, wish = unstored(PHOTO, datetime(2024, 1, 1, tzinfo=UTC)), Transformation.of(*operations)
    asked = plan(asset, wish, Context())
    assert isinstance(asked, Needs)
    assert (asked.measure.kind, asked.measure.picture.steps) == ("faces", ())
    what = plan(asset, wish, Context(measured={(asset.version.id, asked.measure.key): found}))
    assert isinstance(what, Plan)
    return what


def boxes(what: Plan) -> list[dict]:
    return [each.operation.model_dump() for each in what.picture.steps]


def test_a_crop_goes_around_the_face_and_has_the_size_that_was_asked():
    what = planned(Resize(width=200, height=200, focus=Faces()))
    assert boxes(what)[0] == {"left": 350, "top": 50, "width": 200, "height": 200}
    assert (what.width, what.height) == (200, 200)


def test_zoom_shows_more_or_less_of_the_surroundings():
    sizes = [
        boxes(planned(Resize(width=99, height=99, focus=Faces(zoom=zoom))))[0]["width"]
        for zoom in (0.5, 1, 2)
    ]
    assert sizes == [400, 200, 100]


def test_without_a_size_the_result_is_what_surrounds_the_face():
    assert (planned(Resize(focus=Faces())).width, planned(Resize(focus=Faces())).height) == (200, 200)


def test_without_a_size_a_ratio_extends_what_surrounds_the_face():
    what = planned(Resize(ratio=1.5, focus=Faces()))
    assert boxes(what)[0] == {"left": 300, "top": 50, "width": 300, "height": 200}


def test_extracting_moves_the_region_and_scales_nothing():
    what = planned(Extract(width=120, height=80, focus=Faces()))
    assert boxes(what) == [{"left": 390, "top": 110, "width": 120, "height": 80}]


def test_where_no_face_is_found_the_middle_is_kept():
    what = planned(Resize(width=200, height=400, focus=Faces()), found=())
    assert boxes(what) == [{"left": 200, "top": 0, "width": 200, "height": 400}]


def test_the_plan_says_who_looked_and_what_was_seen():
    [looked] = planned(Resize(width=9, height=9, focus=Faces())).looked
    assert (looked.values, looked.by) == ((400, 100, 100, 100), "frontal faces, by OpenCV's Haar cascade")


def test_several_faces_are_all_kept_and_the_box_stays_inside():
    box = around_faces(Size(600, 400), (0, 0, 50, 50, 550, 350, 50, 50), 1, 1)
    assert box == (100, 0, 400, 400)
