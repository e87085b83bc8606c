"""Pictures with an HDR gain map, and where they are to shine."""

from __future__ import annotations

import numpy as np

import pictures
from calotype.engine.vips import Image, pyvips

NUMBERS = {
    "max-content-boost": 8.0,
    "min-content-boost": 1.0,
    "gamma": 1.0,
    "offset-sdr": 0.0,
    "offset-hdr": 0.0,
}
BRIGHT = (480, 120, 640, 240)
"""Where the HDR screen shines, of 640x480 pixels: left, top, right, bottom."""


def ultra_hdr(*, orientation: int = 1) -> bytes:
    """Make an Ultra HDR JPEG whose map, a quarter as wide, is 255 in the bright part and 0 elsewhere."""
    base = Image.new_from_array(np.asarray(pictures.photo(640, 480))).copy(interpretation="srgb")
    left, top, right, bottom = (edge // 4 for edge in BRIGHT)
    gain = np.zeros((120, 160), np.uint8)
    gain[top:bottom, left:right] = 255
    told = base.copy()
    for name, value in NUMBERS.items():
        told.set_type(pyvips.GValue.array_double_type, f"gainmap-{name}", [value] * 3)
    for name, value in (("hdr-capacity-min", 1.0), ("hdr-capacity-max", 8.0)):
        told.set_type(pyvips.GValue.gdouble_type, f"gainmap-{name}", value)
    told.set_type(pyvips.GValue.gint_type, "gainmap-use-base-cg", 1)
    told.set_type(pyvips.GValue.image_type, "gainmap", Image.new_from_array(gain).copy(interpretation="b-w"))
    if orientation > 1:
        told.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return bytes(told.uhdrsave_buffer(Q=95))
