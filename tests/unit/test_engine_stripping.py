"""The original without a word beside it: every block of metadata goes, every pixel stays."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image as Pillow

import pictures
import talkative
from calotype.domain.formats import Format, sniff
from calotype.engine.stripping import smaller, stripped
from calotype.engine.vips import Image

TALKATIVE = {
    "jpeg": talkative.jpeg,
    "png": talkative.png,
    "png with alpha": lambda: talkative.png(alpha=True),
    "webp": talkative.webp,
    "webp with alpha": lambda: talkative.webp(alpha=True),
    "animated webp": lambda: talkative.webp(64, 48, frames=3),
    "gif": lambda: talkative.gif(1),
    "animated gif": talkative.gif,
    "avif": talkative.avif,
    "avif with alpha": lambda: talkative.avif(alpha=True),
}
P3 = bytes(Image.profile_load("p3"))


def frames(data):
    """Decode every frame with its time, by a library that is not the product's."""
    with Pillow.open(io.BytesIO(data)) as file:
        shown = []
        for number in range(getattr(file, "n_frames", 1)):
            file.seek(number)
            shown.append((np.asarray(file.convert("RGBA")).tobytes(), file.info.get("duration")))
        return shown, file.info.get("loop")


@pytest.mark.parametrize("name", TALKATIVE)
def test_every_pixel_time_and_repetition_stays(name):
    data = TALKATIVE[name]()
    assert frames(stripped(data, sniff(data))) == frames(data)


@pytest.mark.parametrize("name", TALKATIVE)
def test_nothing_that_was_planted_stays(name):
    data = TALKATIVE[name]()
    kept = stripped(data, sniff(data))
    assert talkative.PLANTED in data
    assert [trace for trace in talkative.TRACES if trace in kept] == []


@pytest.mark.parametrize("name", TALKATIVE)
def test_the_result_has_nothing_left_to_strip(name):
    data = TALKATIVE[name]()
    kept = stripped(data, sniff(data))
    assert stripped(kept, sniff(data)) == kept


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png, pictures.webp])
def test_a_profile_that_moves_colours_stays(make):
    data = make(icc_profile=P3)
    kept = stripped(data, sniff(data))
    assert Image.new_from_buffer(kept, "").get("icc-profile-data") == P3


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png, pictures.webp])
def test_a_plain_srgb_profile_goes(make):
    data = make(icc_profile=pictures.srgb_profile())
    kept = stripped(data, sniff(data))
    assert len(kept) < len(data) - 300
    assert "icc-profile-data" not in Image.new_from_buffer(kept, "").get_fields()


def test_the_profile_of_grey_samples_stays():
    data = pictures._saved(Pillow.new("L", (64, 48), 77), "PNG", icc_profile=pictures.grey_profile())
    kept = stripped(data, Format.PNG)
    assert Image.new_from_buffer(kept, "").get("icc-profile-data") == pictures.grey_profile()


def test_a_profile_in_several_segments_stays_whole():
    profile = P3 + bytes(200_000)
    profile = struct.pack(">I", len(profile)) + profile[4:]
    data = pictures.jpeg(icc_profile=profile)
    assert Image.new_from_buffer(stripped(data, Format.JPEG), "").get("icc-profile-data") == profile


def test_a_progressive_jpeg_keeps_all_its_scans():
    data = pictures.with_segments(pictures.jpeg(progressive=True), pictures.segment(0xFE, talkative.PLANTED))
    kept = stripped(data, Format.JPEG)
    assert (talkative.PLANTED in kept, frames(kept) == frames(data)) == (False, True)


def test_a_jpeg_with_restart_markers_keeps_all_its_intervals():
    data = pictures.jpeg(restart_marker_blocks=3)
    kept = stripped(data, Format.JPEG)
    assert (kept.count(b"\xff\xd3") > 5, frames(kept) == frames(data)) == (True, True)


def test_the_thumbnail_of_jfif_goes():
    data = pictures.jpeg(exif=False)
    jfif = b"JFIF\0\1\2\1\0\x48\0\x48\2\2" + b"thumbnail..."
    kept = stripped(data[:2] + pictures.segment(0xE0, jfif) + data[20:], Format.JPEG)
    assert (kept[2:20], b"thumbnail" in kept) == (b"\xff\xe0\0\x10JFIF\0\1\2\1\0\x48\0\x48\0\0", False)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_picture_that_metadata_turns_is_left_to_the_encoder(orientation):
    assert stripped(talkative.jpeg(orientation=orientation), Format.JPEG) is None


def test_a_turned_webp_is_left_to_the_encoder():
    assert stripped(pictures.webp(exif=pictures.exif(orientation=6)), Format.WEBP) is None


def test_inks_are_left_to_the_encoder():
    data = pictures._saved(Pillow.new("CMYK", (64, 48), (9, 9, 9, 9)), "JPEG")
    assert stripped(data, Format.JPEG) is None


@pytest.mark.parametrize("name", TALKATIVE)
def test_what_is_cut_off_is_left_to_the_encoder(name):
    data = TALKATIVE[name]().removesuffix(talkative.PLANTED)
    format_ = sniff(data)
    whole = frames(data)[0]
    for cut in list(pictures.truncated(data))[1:]:
        kept = stripped(cut, format_)
        assert kept is None or frames(kept)[0] == whole


@pytest.mark.parametrize("name", TALKATIVE)
def test_noise_ends_in_bytes_or_in_nothing(name):
    data = bytearray(TALKATIVE[name]())
    noise = np.random.default_rng(7)
    for _ in range(40):
        at = int(noise.integers(12, len(data)))
        broken = bytes(data[:at]) + noise.bytes(4) + bytes(data[at + 4 :])
        assert isinstance(stripped(broken, sniff(bytes(data))), bytes | None)


def test_a_format_that_is_never_delivered_is_left_to_the_encoder():
    assert stripped(pictures.tiff(), Format.TIFF) is None


def test_a_gif_with_plain_text_is_left_to_the_encoder():
    data = pictures.gif()
    text = b"\x21\x01\x0c" + bytes(12) + b"\5hello\0"
    assert stripped(data[:-1] + text + b";", Format.GIF) is None


def test_the_smaller_of_both_is_chosen(tmp_path):
    original = tmp_path / "original"
    original.write_bytes(talkative.jpeg())
    kept = stripped(talkative.jpeg(), Format.JPEG)
    assert smaller(kept + b"longer", str(original), Format.JPEG) == kept
    assert smaller(b"shorter", str(original), Format.JPEG) == b"shorter"


def test_an_original_that_cannot_be_stripped_is_never_chosen(tmp_path):
    original = tmp_path / "original"
    original.write_bytes(talkative.jpeg(orientation=6))
    assert smaller(bytes(10_000_000), str(original), Format.JPEG) == bytes(10_000_000)
