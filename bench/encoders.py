"""What an encoder's effort buys: milliseconds, bytes, and looks at equal bytes, for the choices that differ by source.

The table is that of docs/adr/0043. Pixels are a photograph scaled to 640 px without loss; libvips runs in a child.
"""

from __future__ import annotations

import math
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import linear_regression
from typing import Any

from rich.table import Table

from bench import pictures, report
from bench.peers import quality

WIDTH = 640
QUALITIES = (72, 76, 80, 84, 88)
"""Around the default, 80: looks at its bytes are read off a line through these, over the logarithm of the size."""
REFERENCE_EFFORT = 3
"""The effort whose bytes at the default quality all are compared at."""
WEBP_EFFORTS = (2, 3, 4)
PNG_CHOICES = ((5, "all"), (5, "avg"), (3, "avg"))
"""Each level with how rows are filtered."""

Row = tuple[str, float, int, float | None]
"""The choice, milliseconds of processor time, bytes, and SSIMULACRA2 where something is lost."""


def run(*, quick: bool) -> None:
    """Print a table for each photograph."""
    report.title(
        f"What encoders cost: a photograph at {WIDTH} px, one core, processor time (least of the rounds)"
    )
    sent = {"6 MP": pictures.six_megapixels()}
    if not quick:
        sent["29 MP"] = pictures.twenty_nine_megapixels()
    for label, picture in sent.items():
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            rows: list[Row] = pool.apply(_measured, (picture, 3 if quick else 9))
        _show(label, rows)


def _show(label: str, rows: list[Row]) -> None:
    columns = ("encoder", "ms", "bytes", "SSIMULACRA2 at equal bytes")
    table = Table(*columns, title=f"{label} photograph", title_justify="left")
    for name, milliseconds, size, score in rows:
        table.add_row(name, f"{milliseconds:.0f}", f"{size:,}", "-" if score is None else f"{score:.1f}")
    report.console.print(table)


def _measured(picture: bytes, rounds: int) -> list[Row]:
    """In the child: encode *picture*, scaled, with each choice."""
    import pyvips

    image: Any = pyvips.Image.new_from_buffer(picture, "")
    image = image.resize(WIDTH / image.width, kernel="lanczos3").copy_memory()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.png"
        image.pngsave(str(source), keep="none")
        target = len(_webp(image, REFERENCE_EFFORT, 80))
        rows = [_webp_row(image, source, effort, target, rounds) for effort in WEBP_EFFORTS]
    for level, rows_by in PNG_CHOICES:
        milliseconds, body = _fastest(lambda level=level, by=rows_by: _png(image, level, by), rounds)  # type: ignore[misc]
        rows.append((f"PNG, level {level}, filter {rows_by}", milliseconds, len(body), None))
    return rows


def _webp_row(image: Any, source: Path, effort: int, target: int, rounds: int) -> Row:
    milliseconds, body = _fastest(lambda: _webp(image, effort, 80), rounds)
    found = [_webp(image, effort, each) for each in QUALITIES]
    scores = [quality.scores(source, [each])[0] for each in found]
    score = _on_the_line([math.log(len(each)) for each in found], scores, math.log(target))
    return f"WebP, effort {effort}", milliseconds, len(body), score


def _webp(image: Any, effort: int, quality_: int) -> bytes:
    return bytes(image.webpsave_buffer(Q=quality_, effort=effort, keep="none"))


def _png(image: Any, level: int, rows: str) -> bytes:
    return bytes(image.pngsave_buffer(compression=level, filter=rows, keep="none"))


def _fastest(encode: Callable[[], bytes], rounds: int) -> tuple[float, bytes]:
    """Encode again and again; answer the least milliseconds of processor time, and the bytes."""
    took, body = [], b""
    for _ in range(rounds):
        began = time.process_time()
        body = encode()
        took.append(time.process_time() - began)
    return min(took) * 1e3, body


def _on_the_line(sizes: list[float], scores: list[float], at: float) -> float:
    """Read the score at a size off the straight line through all (least squares)."""
    slope, intercept = linear_regression(sizes, scores)
    return slope * at + intercept
