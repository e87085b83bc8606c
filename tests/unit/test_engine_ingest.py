"""One decode proves an upload whole, learns its facts, and refuses what is broken."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image as Pillow

import pictures
from calotype.domain.formats import Format
from calotype.errors import ImageCorrupt, ImageTruncated, TooManyFrames, TooManyPixels
from engine_runs import alone, ingest

WHOLE = {
    "jpeg": pictures.jpeg,
    "progressive jpeg": lambda: pictures.jpeg(progressive=True),
    "png": pictures.png,
    "webp": pictures.webp,
    "animated webp": lambda: pictures.webp(frames=3),
    "gif": pictures.gif,
    "animated gif": lambda: pictures.gif(3),
    "avif": pictures.avif,
    "tiff": pictures.tiff,
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_cut_at_any_of_ten_places_is_called_truncated(kind, tmp_path):
    whole = WHOLE[kind]()
    for part in range(1, 11):
        with pytest.raises(ImageTruncated):
            ingest(whole[: max(64, len(whole) * part // 11)], tmp_path)


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_without_its_last_byte_is_called_truncated(kind, tmp_path):
    with pytest.raises(ImageTruncated):
        ingest(WHOLE[kind]()[:-1], tmp_path)


@pytest.mark.parametrize("kind", WHOLE)
def test_bytes_after_the_end_are_no_reason_to_refuse(kind, tmp_path):
    # TIFF and GIF are read by offsets and blocks; AVIF says "free" for what nobody reads.
    tail = b"\0\0\0\x0cfreejunk" if kind == "avif" else b"junk"
    assert ingest(WHOLE[kind]() + tail, tmp_path).facts.width in {64, 320}


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (pictures.png_declaring(20_000, 20_000), TooManyPixels),
        (pictures.png_declaring(65_536, 65_536), TooManyPixels),
        (pictures.jpeg_declaring(), TooManyPixels),
        (pictures.avif_declaring(17_000, 17_000), TooManyPixels),
        (pictures.gif_frames(1024), TooManyFrames),
        (pictures.png_declaring(0, 0), ImageCorrupt),
        (pictures.png_with_bad_crc(), ImageCorrupt),
        (pictures.jpeg_with_broken_pixels(), ImageCorrupt),
        (pictures.avif_with_broken_pixels(), ImageCorrupt),
    ],
)
def test_a_broken_or_lying_file_is_refused_for_its_reason(data, error, tmp_path):
    with pytest.raises(error):
        ingest(data, tmp_path)


@pytest.mark.parametrize(
    "options",
    [
        {"width": 2600, "height": 1300},
        {"orientation": 6},
        {"progressive": True},
        {"icc_profile": pictures.srgb_profile()},
    ],
    ids=lambda options: next(iter(options)),
)
def test_a_damaged_jpeg_is_refused_whatever_else_is_done_to_it(options, tmp_path):
    data = pictures.jpeg(**options)
    with pytest.raises(ImageCorrupt):
        ingest(data[: len(data) // 2] + b"\xff\xd9", tmp_path)


@pytest.mark.parametrize(
    "data",
    [pictures.png_zip_text_bomb(), pictures.jpeg_with_broken_profile(), pictures.gif_script_polyglot()],
    ids=["text bomb", "broken profile", "polyglot"],
)
def test_what_only_looks_dangerous_is_taken_in(data, tmp_path):
    assert ingest(data, tmp_path).facts.profile is False


def test_stray_bytes_between_jpeg_markers_are_forgiven(tmp_path):
    data = pictures.jpeg(exif=False)
    scan = data.index(b"\xff\xda")
    assert ingest(data[:scan] + b"\0\0\0" + data[scan:], tmp_path).facts.width == 320


def test_a_refusal_never_names_a_path(tmp_path):
    with pytest.raises(ImageTruncated) as caught:
        ingest(pictures.avif()[:-100], tmp_path)
    assert str(tmp_path) not in caught.value.message


def test_an_ordinary_photograph_has_ordinary_facts(tmp_path):
    facts = ingest(pictures.jpeg(320, 240, exif=False), tmp_path).facts
    assert (facts.format, facts.width, facts.height, facts.frames) == (Format.JPEG, 320, 240, 1)
    assert (facts.alpha, facts.bits, facts.colour, facts.profile) == (False, 8, "srgb", False)
    assert (facts.progressive, facts.orientation, facts.gps) == (False, 1, False)


def test_progressive_and_place_are_noticed(tmp_path):
    facts = ingest(pictures.jpeg(progressive=True, gps=pictures.PLACE), tmp_path).facts
    assert (facts.progressive, facts.gps) == (True, True)


def test_sixteen_bits_are_noticed(tmp_path):
    assert ingest(pictures.png(bits=16), tmp_path).facts.bits == 16


@pytest.mark.parametrize(("kind", "frames"), [(pictures.gif, 4), (lambda n: pictures.webp(frames=n), 3)])
def test_the_frames_of_an_animation_are_counted(kind, frames, tmp_path):
    assert ingest(kind(frames), tmp_path).facts.frames == frames


def test_an_alpha_channel_that_hides_nothing_is_no_alpha(tmp_path):
    opaque = pictures._saved(pictures.photo(64, 48).convert("RGBA"), "PNG")
    assert ingest(opaque, tmp_path).facts.alpha is False


def test_one_transparent_pixel_is_alpha(tmp_path):
    picture = pictures.photo(2400, 1800).convert("RGBA")
    picture.putpixel((1201, 901), (0, 0, 0, 0))
    assert ingest(pictures._saved(picture, "PNG", compress_level=1), tmp_path).facts.alpha is True


def test_the_dominant_colour_is_one_that_is_there_and_not_the_mean(tmp_path):
    pixels = np.zeros((60, 100, 3), np.uint8)
    pixels[:, :70] = (200, 30, 40)
    pixels[:, 70:] = (20, 40, 220)
    data = pictures._saved(Pillow.fromarray(pixels), "PNG")
    assert ingest(data, tmp_path).facts.dominant == "#c81e28"


def test_the_perceptual_hash_survives_another_size_and_format(tmp_path):
    large = int(ingest(pictures.jpeg(640, 480), tmp_path).facts.phash, 16)
    small = int(ingest(pictures.webp(320, 240), tmp_path).facts.phash, 16)
    assert (large ^ small).bit_count() <= 4


def test_pictures_of_other_things_have_other_hashes(tmp_path):
    one = pictures._saved(pictures.photo(320, 240, 1), "PNG")
    other = pictures._saved(pictures.photo(320, 240, 2), "PNG")
    hashes = [int(ingest(data, tmp_path).facts.phash, 16) for data in (one, other)]
    assert (hashes[0] ^ hashes[1]).bit_count() >= 16


def test_the_thumbhash_is_a_few_dozen_characters(tmp_path):
    assert 20 <= len(ingest(pictures.png(alpha=True), tmp_path).facts.thumbhash) <= 36


@pytest.mark.parametrize("kind", ["PNG", "AVIF", "TIFF"])
def test_of_several_pictures_in_a_file_the_first_is_taken_with_a_note(kind, tmp_path):
    pages = [Pillow.new("RGB", (64, 48), colour) for colour in ("#ff0000", "#0000ff")]
    data = pictures._saved(pages[0], kind, save_all=True, append_images=pages[1:])
    ingested = ingest(data, tmp_path)
    assert (ingested.facts.frames, ingested.facts.dominant[:3]) == (1, "#ff")
    assert ingested.notes == ("only the first of the pictures in this file is used",)


def test_importing_the_engine_loads_no_codec():
    code = "import sys, calotype.engine; print(sorted({'pyvips', 'PIL', 'numpy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("make", "format_", "size"),
    [
        (pictures.heic, Format.HEIC, (320, 240)),
        (lambda: pictures.heic(orientation=6), Format.HEIC, (240, 320)),
        (pictures.bmp, Format.BMP, (320, 240)),
        (pictures.ico, Format.ICO, (48, 48)),
    ],
    ids=["heic", "turned heic", "bmp", "ico"],
)
def test_what_other_libraries_decode_has_facts_too(make, format_, size, tmp_path):
    data = make()
    if data is None:
        pytest.skip("this libheif cannot make a HEIC")
    facts = ingest(data, tmp_path).facts
    assert (facts.format, (facts.width, facts.height), len(facts.phash)) == (format_, size, 16)


def test_an_svg_is_drawn_once_and_has_no_hash(tmp_path):
    ingested = ingest(pictures.svg(), tmp_path)
    facts = ingested.facts
    assert (facts.width, facts.height, facts.alpha, facts.dominant) == (100, 80, True, "#cc3333")
    assert (facts.phash, ingested.mezzanine, ingested.cleaned.parent) == ("", None, tmp_path)


def test_a_script_is_cleaned_out_of_an_svg_with_a_note(tmp_path):
    ingested = ingest(pictures.svg("<script>alert(1)</script><rect width='9' height='9'/>"), tmp_path)
    assert b"script" not in ingested.cleaned.read_bytes()
    assert "script" in ingested.notes[0]


def noise(width, height, path, **options):
    Pillow.effect_noise((width, height), 20).convert("RGB").save(path, "JPEG", quality=50, **options)
    return path


def test_a_large_jpeg_streams_through_ingest(tmp_path):
    """The frame has 144 MB of samples; ingest may add half of that to what a small picture needs."""
    code = """
import resource, sys
from calotype import engine
from calotype.domain.formats import Format
from engine_runs import LIMITS
def peak(path):
    engine.ingest(path, Format.JPEG, LIMITS, sys.argv[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak(sys.argv[2])
print(peak(sys.argv[3]) - before)
"""
    small, large = noise(3000, 2000, tmp_path / "small"), noise(8000, 6000, tmp_path / "large")
    assert int(alone(code, tmp_path, small, large)) < 72 * 1024


def test_a_picture_that_needs_more_memory_than_allowed_is_too_complex(tmp_path):
    """A progressive JPEG is held whole: 120 MB of coefficients, where 60 MB are left."""
    code = """
import resource, sys
from pathlib import Path
from calotype import engine
from calotype.domain.formats import Format
from calotype.errors import TooComplex
from engine_runs import LIMITS
engine.warm()
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (60 << 20),) * 2)
try:
    engine.ingest(sys.argv[2], Format.JPEG, LIMITS, sys.argv[1])
except TooComplex:
    print("too complex")
"""
    large = noise(5000, 4000, tmp_path / "large", progressive=True, subsampling=0)
    assert alone(code, tmp_path, large) == "too complex"
