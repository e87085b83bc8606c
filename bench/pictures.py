"""The pictures that are measured: real photographs when they are at hand, made ones otherwise."""

from __future__ import annotations

import io
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared" / "images"


def photo(name: str, width: int, height: int) -> bytes:
    """Read the photograph *name*, or make a JPEG of *width* x *height* that is about as hard to compress."""
    path = SHARED / name
    return path.read_bytes() if path.exists() else made(width, height)


def six_megapixels() -> bytes:
    """Give a photograph of 2725x2225."""
    return photo("photo-2725x2225.jpg", 2725, 2225)


def twenty_nine_megapixels() -> bytes:
    """Give a photograph of 5995x4895."""
    return photo("photo-29mp.jpg", 5995, 4895)


def made(width: int, height: int) -> bytes:
    """Make a JPEG with the spectrum of a photograph: noise whose power falls with its frequency."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(1)
    canvas = np.zeros((height, width, 3), dtype=np.float32)
    for octave in range(8):
        cells = 2 ** (octave + 2)
        noise = random.normal(0, 90 / (octave + 1), (cells, cells, 3)).clip(-120, 120) + 128
        layer = Image.fromarray(noise.astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
        canvas += np.asarray(layer, dtype=np.float32) - 128
    file = io.BytesIO()
    Image.fromarray((canvas + 128).clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
    return file.getvalue()
