"""How much of the picture is left (SSIMULACRA2 against a full-quality resize), and which quality gives equal bytes."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench import report

TOLERANCE = 0.05
"""Bytes may differ by this share."""


def quality_for(target: float, bytes_at: Callable[[int], float]) -> int:
    """Find the quality (1 to 100) at which *bytes_at* comes nearest to *target*: bisection, for it only grows."""
    low, high = 1, 100
    seen: dict[int, float] = {}
    while low <= high:
        middle = (low + high) // 2
        seen[middle] = bytes_at(middle)
        if seen[middle] < target:
            low = middle + 1
        else:
            high = middle - 1
    return min(seen, key=lambda quality: abs(seen[quality] - target))


def score(source: Path, bodies: Sequence[bytes]) -> float:
    """Give the median SSIMULACRA2 of *bodies*, each a smaller version of *source*. libvips runs in a child."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return report.median(pool.apply(scores, (source, bodies)))


def scores(source: Path, bodies: Sequence[bytes]) -> list[float]:
    """Compare each with the original, resized in full (Lanczos 3, no shrink-on-load) and kept without loss."""
    import pyvips
    from ssimulacra2 import compute_ssimulacra2

    original: Any = pyvips.Image.new_from_file(str(source)).copy_memory()
    found = []
    with tempfile.TemporaryDirectory() as name:
        reference, candidate = Path(name) / "reference.png", Path(name) / "candidate.png"
        for body in bodies:
            image: Any = pyvips.Image.new_from_buffer(body, "").copy_memory()
            across, down = image.width / original.width, image.height / original.height
            original.resize(across, vscale=down, kernel="lanczos3").pngsave(str(reference), keep="none")
            image.pngsave(str(candidate), keep="none")
            found.append(float(compute_ssimulacra2(str(reference), str(candidate))))
    return found
