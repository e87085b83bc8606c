"""Pictures out of real cameras and programs, where the shared folder with them is at hand."""

from pathlib import Path

import pytest

from calotype.domain.formats import Format
from engine_runs import difference, ingest, opened, render

PICTURES = Path(__file__).parents[3] / "shared" / "images"

pytestmark = pytest.mark.skipif(not PICTURES.exists(), reason="the shared photographs are not here")

FACTS = {
    "alpha-1024x768.png": (1024, 768, 1, True, 8, "srgb"),
    "animated.gif": (80, 80, 30, True, 8, "srgb"),
    "animated.webp": (80, 80, 9, True, 8, "srgb"),
    "check.svg": (100, 100, 1, True, 8, "srgb"),
    "cmyk.jpg": (500, 333, 1, False, 8, "cmyk"),
    "display-p3.png": (8, 8, 1, False, 8, "p3"),
    "flowers.jpeg": (1920, 1080, 1, False, 8, "srgb"),
    "grey16-alpha.png": (109, 96, 1, True, 16, "grey"),
    "grid-4096x800.avif": (4096, 800, 1, False, 8, "srgb"),
    "lab.tiff": (400, 266, 1, False, 16, "lab"),
    "orientation-6.jpg": (600, 450, 1, False, 8, "rgb"),
    "photo.heic": (2048, 1672, 1, False, 8, "srgb"),
    "photo.webp": (1024, 772, 1, False, 8, "srgb"),
    "trim.png": (200, 240, 1, True, 8, "srgb"),
    "ultra-hdr-gain-map.jpg": (3840, 2160, 1, False, 8, "srgb"),
}


@pytest.mark.parametrize("name", FACTS)
def test_the_facts_of_a_real_picture_are_known(name, tmp_path):
    facts = ingest((PICTURES / name).read_bytes(), tmp_path).facts
    known = (facts.width, facts.height, facts.frames, facts.alpha, facts.bits, facts.colour)
    assert known == FACTS[name]


@pytest.mark.parametrize("name", FACTS)
def test_a_real_picture_renders_into_the_planned_size(name, tmp_path):
    width, height, *_ = FACTS[name]
    edge = min(width, height, 40)
    result = opened(render((PICTURES / name).read_bytes(), tmp_path, Format.WEBP, edge))
    assert min(result.width, result.height) == edge


@pytest.mark.parametrize("format_", [Format.GIF, Format.WEBP])
def test_frames_that_look_the_same_are_joined_and_play_as_long(format_, tmp_path):
    """Encoders join the 30 frames to 9; what is seen, and when, stays."""
    result = opened(render((PICTURES / "animated.gif").read_bytes(), tmp_path, format_, 40), n=-1)
    assert sum(result.get("delay")) == 30 * 30


@pytest.mark.parametrize("number", [3, 6, 8])
def test_all_orientations_of_one_scene_look_alike(number, tmp_path):
    """The files were saved apart, with another profile than the first: alike is not equal."""
    first = opened(render((PICTURES / "orientation-1.jpg").read_bytes(), tmp_path, Format.PNG, 150))
    other = opened(render((PICTURES / f"orientation-{number}.jpg").read_bytes(), tmp_path, Format.PNG, 150))
    assert difference(first, other)[0] < 6
    assert difference(first, other.rot180())[0] > 20
