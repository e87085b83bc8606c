"""The mezzanine stands in for a large original, and what is made from it looks as if made from that."""

from pathlib import Path

import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

import pictures
from calotype.domain.formats import Format
from calotype.domain.framing import MEZZANINE_EDGE
from calotype.domain.pictures import Source
from calotype.engine import mezzanine
from calotype.engine.vips import Image
from engine_runs import difference, ingest, opened, planned, rendered

PHOTO = Path(__file__).parents[3] / "shared" / "images" / "photo-29mp.jpg"


def drawing(width, height):
    """Draw flat shapes on nothing."""
    picture = Pillow.new("RGBA", (width, height), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse(
        (50, 50, width - 50, height - 50), fill=(20, 120, 220, 255), outline="red"
    )
    return pictures._saved(picture, "PNG", compress_level=1)


def cut_out(width, height):
    """Cut a photograph out of its background."""
    picture = pictures.photo(width, height).copy()
    mask = Pillow.new("L", (width, height), 0)
    ImageDraw.Draw(mask).ellipse((50, 50, width - 50, height - 50), fill=255)
    picture.putalpha(mask)
    return pictures._saved(picture, "PNG", compress_level=1)


@pytest.mark.parametrize(
    ("make", "format_"), [(pictures.jpeg, Format.JPEG), (drawing, Format.PNG), (cut_out, Format.WEBP)]
)
def test_each_kind_of_picture_has_its_format(make, format_, tmp_path):
    ingested = ingest(make(2600, 1300), tmp_path)
    facts, kept = ingested.facts, opened(ingested.mezzanine.read_bytes())
    assert (facts.mezzanine, facts.mezzanine_width, facts.mezzanine_height) == (format_, 2048, 1024)
    assert (kept.width, kept.height, kept.hasalpha()) == (2048, 1024, format_ is not Format.JPEG)


def test_a_transparent_line_of_one_pixel_counts_as_drawn(tmp_path):
    line = pictures._saved(Pillow.new("RGBA", (1, 3000), (255, 0, 0, 128)), "PNG")
    assert ingest(line, tmp_path).facts.mezzanine is Format.PNG


def test_it_is_a_fine_jpeg_without_metadata(tmp_path):
    kept = ingest(pictures.jpeg(2600, 1300, gps=pictures.PLACE), tmp_path).mezzanine.read_bytes()
    assert (opened(kept).get("jpeg-chroma-subsample"), b"Exif" in kept) == ("4:4:4", False)


def test_it_is_upright(tmp_path):
    facts = ingest(pictures.jpeg(2600, 1300, orientation=6), tmp_path).facts
    assert (facts.width, facts.height) == (1300, 2600)
    assert (facts.mezzanine_width, facts.mezzanine_height) == (1024, 2048)


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((6000, 4000), (2048, 1360)),
        ((4000, 6000), (1360, 2048)),
        ((9000, 100), (2048, 23)),
        ((90, 70), (90, 70)),
    ],
)
def test_its_sides_can_be_shrunk_without_a_remainder(size, kept):
    assert mezzanine.fitted(*size, MEZZANINE_EDGE) == kept


def test_an_opaque_alpha_channel_does_not_cost_the_jpeg(tmp_path):
    data = pictures._saved(pictures.photo(2600, 1300).convert("RGBA"), "PNG", compress_level=1)
    assert ingest(data, tmp_path).facts.mezzanine is Format.JPEG


@pytest.mark.parametrize(
    "data",
    [pictures.jpeg(1699, 900), pictures.gif(2, 2100, 20), pictures.png(2100, 100, bits=16)],
    ids=["hardly larger", "moving", "16 bits"],
)
def test_there_is_none_where_it_could_not_stand_in(data, tmp_path):
    ingested = ingest(data, tmp_path)
    assert (ingested.mezzanine, ingested.facts.mezzanine) == (None, None)
    assert (ingested.small, ingested.facts.small) == (None, None)


def test_a_smaller_one_is_kept_for_thumbnails(tmp_path):
    ingested = ingest(pictures.jpeg(2600, 1300), tmp_path)
    kept = opened(ingested.small.read_bytes())
    assert (
        (kept.width, kept.height) == (1280, 640) == (ingested.facts.small_width, ingested.facts.small_height)
    )


def test_an_original_that_is_no_larger_than_the_large_one_has_the_small_one_alone(tmp_path):
    ingested = ingest(pictures.jpeg(2048, 1000), tmp_path)
    assert (ingested.mezzanine, ingested.facts.small) == (None, Format.JPEG)


@pytest.mark.parametrize("make", [pictures.jpeg, drawing, cut_out])
def test_a_variant_from_it_has_the_original_s_colours(make, tmp_path):
    data = make(2600, 1300)
    made, source = planned(data, tmp_path, Format.PNG, short_edge=160)
    original = opened(data)
    direct = (original.premultiply() if original.hasalpha() else original).resize(160 / 1300)
    wanted = direct.unpremultiply().rint().cast("uchar") if original.hasalpha() else direct
    result = opened(rendered(made, source))
    assert made.picture.source is Source.SMALL
    p95, largest = difference(_on_white(result), _on_white(wanted))
    assert (p95 <= 1, largest <= 2) == (True, True)


@pytest.mark.skipif(not PHOTO.exists(), reason="the shared photographs are not here")
@pytest.mark.parametrize(("edge", "width"), [(320, 391), (640, 783)])
def test_a_variant_is_within_a_point_of_a_full_quality_resize(edge, width, tmp_path):
    from ssimulacra2 import compute_ssimulacra2

    made, source = planned(PHOTO.read_bytes(), tmp_path, Format.JPEG, short_edge=edge)
    original = Image.jpegload(str(PHOTO), access="sequential")
    best = original.resize(width / original.width, vscale=edge / original.height).copy_memory()
    from_original = best.jpegsave_buffer(Q=made.output.quality, optimize_coding=True, keep="none")
    reference = tmp_path / "best.png"
    best.pngsave(str(reference))

    def score(data):
        opened(data).pngsave(str(tmp_path / "candidate.png"))
        return compute_ssimulacra2(str(reference), str(tmp_path / "candidate.png"))

    assert score(rendered(made, source)) >= score(from_original) - 1


def _on_white(image):
    return image.flatten(background=255) if image.hasalpha() else image
