"""What a picture's pixels tell: its dominant colour, a placeholder, a perceptual hash. Small pixels suffice.

Why so: docs/adr/0011.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from calotype.engine.alpha import opaque, premultiplied
from calotype.engine.vips import Image

if TYPE_CHECKING:
    import numpy as np

SMALL_EDGE = 128
"""Longest edge in pixels of what facts are read from."""
PLACEHOLDER_EDGE = 32
"""Longest edge for the thumbhash: it keeps seven waves for each side, so more pixels change nothing."""


def small(image: Image, edge: int = SMALL_EDGE) -> Image:
    """Scale *image* (8-bit sRGB) down to fit a square of *edge*, in memory; as it is when it fits."""
    scale = min(1.0, edge / max(image.width, image.height))
    width, height = (max(1, round(side * scale)) for side in (image.width, image.height))
    return premultiplied(
        image, lambda pixels: pixels.resize(width / image.width, vscale=height / image.height)
    ).copy_memory()


def dominant(image: Image) -> str:
    """Name the most frequent colour of a small *image*, as `#rrggbb`; white when nothing is visible.

    Colours are counted in 512 boxes (three bits for each channel) weighted by their opacity; the answer is the mean
    of the fullest box, so it is a colour that is there, not the grey mean of all.
    """
    import numpy as np

    pixels = _rgba(image).reshape(-1, 4).astype(np.int64)
    weights = pixels[:, 3]
    if not weights.any():
        return "#ffffff"
    boxes = (pixels[:, :3] >> 5) @ np.array([64, 8, 1])
    fullest = boxes == np.bincount(boxes, weights=weights).argmax()
    red, green, blue = np.average(pixels[fullest, :3], axis=0, weights=weights[fullest]).round().astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"


def placeholder(image: Image) -> str:
    """Give the thumbhash of *image*, base64; transparent pictures are laid on white.

    (thumbhash 0.1.2 fails on alpha: `a, b, c = f() if alpha else 1.0, [], 1.0` binds as three values.)
    """
    from thumbhash import rgba_to_thumb_hash

    tiny = small(opaque(image), PLACEHOLDER_EDGE)
    samples = _rgba(tiny).ravel().tolist()
    return base64.b64encode(bytes(rgba_to_thumb_hash(tiny.width, tiny.height, samples))).decode()


def phash(image: Image) -> str:
    """Give the 64-bit perceptual hash of a small *image*, on white, as 16 hex characters.

    Bit for bit what the imagehash package gives, without the SciPy (27 MB a worker, 0.2 s) that it takes a
    cosine transform from: one bit for each of the 8x8 slowest waves of 32x32 grey pixels, set above the median.
    """
    import numpy as np
    from PIL import Image as Pillow

    flat = opaque(image)
    picture = Pillow.frombytes("RGB", (flat.width, flat.height), flat.write_to_memory())
    grey = np.asarray(picture.convert("L").resize((32, 32), Pillow.Resampling.LANCZOS), float)
    waves = np.cos(np.pi / 64 * np.outer(np.arange(8), 2 * np.arange(32) + 1))
    # Rounded, or the last bits of flat pictures would be those of floating-point noise.
    slow = (waves @ grey @ waves.T).round(3)
    return np.packbits(slow > np.median(slow)).tobytes().hex()


def _rgba(image: Image) -> np.ndarray:
    import numpy as np

    with_alpha = image if image.hasalpha() else image.bandjoin(255)
    return np.frombuffer(with_alpha.write_to_memory(), np.uint8).reshape(image.height, image.width, 4)
