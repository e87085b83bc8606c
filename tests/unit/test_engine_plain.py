"""What is stored of an upload that is made plain: upright, one frame, no metadata, and no pixel coded anew in vain."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

import pictures
from calotype import engine
from calotype.domain.formats import sniff
from calotype.ports import Ingested, IngestLimits

LIMITS = IngestLimits(50_000_000, 50_000_000, 1000, 2000, 10_000_000, plain=True)


def ingested(folder: Path, data: bytes) -> tuple[Ingested, bytes]:
    """Ingest *data*, and give what is to be stored with what is known of it."""
    source = folder / "source"
    source.write_bytes(data)
    made = engine.ingest(str(source), sniff(data[:64]), LIMITS, str(folder))
    return made, made.cleaned.read_bytes()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def animated_png() -> bytes:
    out = io.BytesIO()
    frames = [pictures.photo(32, 24, seed) for seed in (1, 2, 3)]
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:], duration=40)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        pictures.jpeg(64, 48, gps=pictures.PLACE),
        pictures.png(64, 48, gps=pictures.PLACE),
        pictures.webp(64, 48, gps=pictures.PLACE),
    ],
    ids=["jpeg", "png", "webp"],
)
def test_of_what_is_upright_and_still_only_the_metadata_goes(tmp_path, data):
    made, kept = ingested(tmp_path, data)
    assert opened(kept).tobytes() == opened(data).tobytes()
    assert pictures.CAMERA.encode() in data
    assert pictures.CAMERA.encode() not in kept
    assert (made.facts.gps, made.facts.orientation) == (False, 1)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_picture_that_metadata_turns_is_turned_for_good(tmp_path, orientation):
    made, kept = ingested(tmp_path, pictures.jpeg(64, 48, orientation=orientation))
    size = (64, 48) if orientation < 5 else (48, 64)
    assert (opened(kept).size, opened(kept).getexif().get(0x0112)) == (size, None)
    assert (made.facts.width, made.facts.height, made.facts.orientation) == (*size, 1)


def test_a_turned_picture_shows_what_its_viewers_saw(tmp_path):
    sent = pictures.jpeg(64, 48, orientation=6, quality=100)
    _, kept = ingested(tmp_path, sent)
    seen = opened(sent).transpose(Image.Transpose.ROTATE_270).convert("L").resize((6, 8))
    shown = opened(kept).convert("L").resize((6, 8))
    differences = [abs(a - b) for a, b in zip(seen.tobytes(), shown.tobytes(), strict=True)]
    assert max(differences) <= 4


@pytest.mark.parametrize("data", [pictures.webp(32, 24, frames=3), animated_png()], ids=["webp", "png"])
def test_of_several_pictures_the_first_is_kept(tmp_path, data):
    made, kept = ingested(tmp_path, data)
    first, only = opened(data).convert("RGB"), opened(kept)
    assert getattr(only, "n_frames", 1) == 1
    assert made.facts.frames == 1
    seen, shown = (each.convert("L").resize((4, 3)).tobytes() for each in (first, only))
    assert max(abs(a - b) for a, b in zip(seen, shown, strict=True)) <= 6


def test_sixteen_bits_stay_sixteen(tmp_path):
    sent = pictures.png(32, 24, bits=16)
    made, kept = ingested(tmp_path, sent)
    assert made.facts.bits == 16
    assert kept == sent


def test_cmyk_becomes_what_browsers_agree_about(tmp_path):
    out = io.BytesIO()
    pictures.photo(32, 24).convert("CMYK").save(out, "JPEG", quality=95)
    made, kept = ingested(tmp_path, out.getvalue())
    assert (opened(kept).mode, made.facts.colour) == ("RGB", "srgb")


def test_transparency_stays(tmp_path):
    made, kept = ingested(tmp_path, pictures.webp(32, 24, alpha=True))
    assert (opened(kept).mode, made.facts.alpha) == ("RGBA", True)


def test_the_facts_of_what_was_coded_anew_are_those_of_what_is_stored(tmp_path):
    made, kept = ingested(tmp_path, pictures.jpeg(3000, 2000, orientation=6))
    assert (made.facts.width, made.facts.height) == opened(kept).size == (2000, 3000)
    assert opened(made.mezzanine.read_bytes()).size == (made.facts.mezzanine_width, 2048)
