"""Faces: found by OpenCV's detector for frontal faces (Viola and Jones, a Haar cascade), where OpenCV is installed.

Law: without the detector nothing is guessed; the caller is told what to install.

Why so: docs/adr/0020.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from calotype.engine.alpha import opaque
from calotype.engine.facts import small
from calotype.engine.vips import Image
from calotype.errors import NotConfigured

Box = tuple[int, int, int, int]

LOOK_EDGE = 800
"""Longest edge in pixels of what is searched: smaller faces than a thirtieth of it are background."""
MAX_FACES = 64
_SCALE_STEP, _NEIGHBOURS = 1.1, 5
"""How much the search window grows from pass to pass, and how many overlapping finds make a face."""


def faces(image: Image) -> list[Box]:
    """Give left, top, width and height of every face in *image* (8-bit sRGB), the largest first.

    Raises:
        NotConfigured: OpenCV is not installed.
    """
    import numpy as np

    detector = _detector()
    looked_at = small(opaque(image), LOOK_EDGE).colourspace("b-w")
    grey = np.asarray(looked_at.numpy()).reshape(looked_at.height, looked_at.width)
    edge = max(20, min(grey.shape) // 20)
    found = detector.detectMultiScale(grey, _SCALE_STEP, _NEIGHBOURS, minSize=(edge, edge))
    across, down = image.width / looked_at.width, image.height / looked_at.height
    boxes = [
        (round(x * across), round(y * down), round(width * across), round(height * down))
        for x, y, width, height in found
    ]
    return sorted(boxes, key=lambda box: (-box[2] * box[3], box))[:MAX_FACES]


def installed() -> str:
    """Say which detector there is; empty when there is none."""
    try:
        return f"OpenCV {_opencv().__version__}, frontal face cascade"
    except NotConfigured:
        return ""


def _opencv() -> Any:
    try:
        import cv2
    except ImportError as error:
        raise NotConfigured(
            "Focus on faces needs OpenCV: the operator can run `pip install 'calotype[faces]'`."
        ) from error
    return cv2


@cache
def _detector() -> Any:
    opencv = _opencv()
    opencv.setNumThreads(1)  # the worker is one of several, each with a core of its own
    return opencv.CascadeClassifier(f"{opencv.data.haarcascades}haarcascade_frontalface_default.xml")
