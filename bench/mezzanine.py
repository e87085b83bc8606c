"""(c) What the mezzanine gives: later variants of a 29 MP photograph, with and without it, in time and in quality."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import pictures, plans, report
from calotype.domain.pictures import Source


def run(*, quick: bool) -> None:
    """Print time ratios and SSIMULACRA2 scores at 320 and 640 px. libvips runs in a child of its own."""
    report.title("(c) Later variants of a 29 MP photograph: mezzanine, original, and libvips' shrink-on-load")
    with (
        tempfile.TemporaryDirectory() as folder,
        multiprocessing.get_context("spawn").Pool(1) as pool,
    ):
        picture = pictures.twenty_nine_megapixels()
        for line in pool.apply(_measure, (picture, Path(folder), 3 if quick else 9)):
            if isinstance(line, str):
                report.note(line)
            else:
                line.show()


def _measure(picture: bytes, folder: Path, times: int) -> list[report.Ratio | str]:
    from calotype import engine
    from calotype.operations import Resize

    kept, facts = plans.ingest(picture, folder)
    original = kept[Source.ORIGINAL]
    lines: list[report.Ratio | str] = []
    for edge in (320, 640):
        with_it = plans.planned(facts, Resize(short_edge=edge))
        without = plans.planned(replace(facts, mezzanine=None, small=None), Resize(short_edge=edge))
        ways: dict[str, Callable[[], bytes]] = {
            "mezzanine": lambda plan=with_it: engine.render(
                plan, {plan.picture.file: str(kept[plan.picture.source])}
            ),  # type: ignore[misc]
            "original": lambda plan=without: engine.render(plan, {plan.picture.file: str(original)}),  # type: ignore[misc]
            "shrink-on-load": lambda plan=with_it: _thumbnail(original, plan.width, plan.height),  # type: ignore[misc]
        }
        rates = _rates(ways, times)
        for other in ("original", "shrink-on-load"):
            what = f"{edge} px: with the mezzanine against {other}"
            lines.append(report.Ratio(what, rates["mezzanine"], rates[other], "per second", at_least=3))
        lines.append(_quality(original, with_it.width, with_it.height, ways, folder))
    return lines


def _rates(ways: dict[str, Callable[[], bytes]], times: int) -> dict[str, float]:
    """Time each way in turns; answer renders per second."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for _ in range(times):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            took[name].append(time.perf_counter() - began)
    return {name: 1 / report.median(seconds) for name, seconds in took.items()}


def _thumbnail(original: Path, width: int, height: int) -> bytes:
    """Render as image proxies do."""
    import pyvips

    image: Any = pyvips.Image.thumbnail(str(original), width, height=height, size="force")
    body: bytes = image.jpegsave_buffer(Q=80, optimize_coding=True, keep="none")
    return body


def _quality(
    original: Path, width: int, height: int, ways: dict[str, Callable[[], bytes]], folder: Path
) -> str:
    """Score each way, and a full-quality resize encoded likewise, against that resize without loss."""
    import pyvips

    image: Any = pyvips.Image.new_from_file(str(original))
    full = image.resize(width / image.width, vscale=height / image.height, kernel="lanczos3")
    reference = folder / "reference.png"
    full.pngsave(str(reference), keep="none")
    bodies = {name: way() for name, way in ways.items()}
    bodies["full-quality resize"] = full.jpegsave_buffer(Q=80, optimize_coding=True, keep="none")
    scores = {name: _score(reference, body, folder) for name, body in bodies.items()}
    return f"{width}x{height}, SSIMULACRA2: " + ", ".join(
        f"{name} {score:.1f}" for name, score in scores.items()
    )


def _score(reference: Path, body: bytes, folder: Path) -> float:
    import pyvips
    from ssimulacra2 import compute_ssimulacra2

    candidate = folder / "candidate.png"
    pyvips.Image.new_from_buffer(body, "").pngsave(str(candidate), keep="none")
    return float(compute_ssimulacra2(str(reference), str(candidate)))
