"""The contract of `Renderer`, over the process pool and the engine in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

import pictures
import probes
from calotype.adapters.rendering import jobs
from calotype.adapters.rendering.inline import InlineRenderer
from calotype.adapters.rendering.pool import PoolRenderer
from calotype.domain.assets import unstored
from calotype.domain.formats import Format
from calotype.domain.pictures import EXTENT, Measure, Picture, Planned, Source
from calotype.domain.planning import Context, Plan, plan
from calotype.domain.transformations import Transformation
from calotype.errors import (
    ImageCorrupt,
    ImageRefused,
    ImageTruncated,
    Invalid,
    Quarantined,
    RenderFailed,
    TooComplex,
    TooManyPixels,
)
from calotype.operations import Resize
from calotype.operations.base import Size
from calotype.operations.layer import Layer, TextSource
from calotype.ports import IngestLimits, Renderer
from calotype.settings import Settings

LIMITS = IngestLimits(50_000_000, 50_000_000, 1000, 2000, 10_000_000)


@pytest.fixture(params=["pool", "inline"])
async def renderer(request, tmp_path) -> AsyncIterator[Renderer]:
    (tmp_path / "scratch").mkdir()
    made = _pool(tmp_path) if request.param == "pool" else InlineRenderer()
    yield made
    await made.close()


def _pool(folder, **settings) -> PoolRenderer:
    return PoolRenderer(
        Settings(data_dir=folder, **settings),
        slots=1,
        scratch=folder / "scratch",
        readable=[folder, Path(probes.__file__).parent],
    )


def _upload(folder, data: bytes):
    path = folder / "scratch" / "upload-1"
    path.write_bytes(data)
    return path


async def _planned(renderer: Renderer, folder, data: bytes, short_edge: int) -> Plan:
    source = _upload(folder, data)
    found = await renderer.ingest(source, Format.JPEG, LIMITS, folder / "scratch")
    wish = Transformation.of(Resize(short_edge=short_edge), format_=Format.WEBP)
    made = plan(unstored(found.facts, datetime(2024, 1, 1, tzinfo=UTC)), wish, Context())
    assert isinstance(made, Plan)
    return made


def _sources(plan: Plan, path):
    return {plan.picture.file: path}


async def test_ingest_tells_what_the_upload_is(renderer, tmp_path):
    source = _upload(tmp_path, pictures.jpeg(640, 480))

    found = await renderer.ingest(source, Format.JPEG, LIMITS, tmp_path / "scratch")

    facts = found.facts
    assert (facts.format, facts.width, facts.height, facts.frames) == (Format.JPEG, 640, 480, 1)
    assert (found.cleaned, found.mezzanine) == (None, None)


async def test_ingest_leaves_the_mezzanine_of_a_large_upload_in_the_scratch_folder(renderer, tmp_path):
    source = _upload(tmp_path, pictures.jpeg(3000, 1500))

    found = await renderer.ingest(source, Format.JPEG, LIMITS, tmp_path / "scratch")

    assert found.mezzanine.parent == tmp_path / "scratch"
    with Image.open(found.mezzanine) as mezzanine:
        assert (mezzanine.format, mezzanine.size) == ("JPEG", (2048, 1024))


async def test_ingest_leaves_the_cleaned_markup_of_an_svg_in_the_scratch_folder(renderer, tmp_path):
    source = _upload(tmp_path, pictures.svg())

    found = await renderer.ingest(source, Format.SVG, LIMITS, tmp_path / "scratch")

    assert found.cleaned.parent == tmp_path / "scratch"
    assert b"<svg" in found.cleaned.read_bytes()


@pytest.mark.parametrize(
    ("data", "format_", "refusal"),
    [
        (b"\xff\xd8\xff" + b"text called .jpg" * 9, Format.JPEG, ImageRefused),
        (pictures.jpeg(640, 480)[:9000], Format.JPEG, ImageTruncated),
        (pictures.png_declaring(), Format.PNG, TooManyPixels),
        (pictures.jpeg_with_broken_pixels(), Format.JPEG, ImageCorrupt),
    ],
)
async def test_ingest_refuses_what_is_no_good_image(renderer, tmp_path, data, format_, refusal):
    with pytest.raises(refusal):
        await renderer.ingest(_upload(tmp_path, data), format_, LIMITS, tmp_path / "scratch")


async def test_render_answers_the_encoded_variant(renderer, tmp_path):
    wanted = await _planned(renderer, tmp_path, pictures.jpeg(640, 480), 320)

    variant = await renderer.render(wanted, _sources(wanted, tmp_path / "scratch" / "upload-1"))

    with Image.open(BytesIO(variant)) as image:
        assert (image.format, image.size) == ("WEBP", (426, 320))


async def test_a_render_that_fails_says_that_it_was_no_crash(renderer, tmp_path):
    wanted = await _planned(renderer, tmp_path, pictures.jpeg(640, 480), 320)

    with pytest.raises(RenderFailed) as failed:
        await renderer.render(wanted, _sources(wanted, _upload(tmp_path, b"gone bad")))

    assert failed.value.cause == "error"


def _extent(**text) -> Measure:
    layer = Planned(Layer(source=TextSource(**text)), Size(9, 9))
    return Measure(EXTENT, 0, Picture("w", "v", Source.ORIGINAL, Format.PNG, (layer,), Size(9, 9)))


async def test_the_extent_of_a_text_is_that_of_its_ink_and_padding(renderer):
    invisible = _extent(text="\u200b", padding=(2, 100, 2, 100))
    assert await renderer.measure(invisible, {}) == (201, 5)


async def test_a_text_too_large_to_be_drawn_is_refused_when_it_is_measured(renderer):
    with pytest.raises(Invalid, match="the text takes"):
        await renderer.measure(_extent(text="W" * 2000, size=400), {})


async def test_blank_gps_keeps_the_length_and_loses_the_place(renderer, tmp_path):
    data = pictures.jpeg(64, 48, gps=pictures.PLACE)
    target = tmp_path / "blanked.jpg"

    await renderer.blank_gps(_upload(tmp_path, data), Format.JPEG, target)

    assert len(target.read_bytes()) == len(data)
    found = await renderer.ingest(target, Format.JPEG, LIMITS, tmp_path / "scratch")
    assert not found.facts.gps


async def test_a_warm_renderer_renders(renderer, tmp_path):
    await renderer.warm()

    assert await _planned(renderer, tmp_path, pictures.jpeg(64, 48), 20)


@pytest.mark.parametrize(("hostile", "spent"), [(probes.loop, "time"), (probes.exhaust, "memory")])
async def test_an_upload_that_takes_too_much_is_refused_as_too_complex(tmp_path, monkeypatch, hostile, spent):
    monkeypatch.setattr(jobs, "ingest", hostile)
    pool = _pool(tmp_path, render_timeout_s=1, render_memory_bytes=1024**3)

    with pytest.raises(TooComplex, match=f"too much {spent}"):
        await pool.ingest(_upload(tmp_path, b""), Format.PNG, LIMITS, tmp_path / "scratch")
    await pool.close()


async def test_an_svg_that_draws_for_longer_than_the_deadline_is_refused(tmp_path):
    blurs = '<feGaussianBlur stdDeviation="20"/>' * 1000
    body = f'<filter id="f">{blurs}</filter><rect width="900" height="700" filter="url(#f)"/>'
    pool = _pool(tmp_path, render_timeout_s=1)
    source = _upload(tmp_path, pictures.svg(body, attributes='width="1000" height="800"'))

    with pytest.raises(TooComplex, match="too much time"):
        await pool.ingest(source, Format.SVG, LIMITS, tmp_path / "scratch")
    await pool.close()


async def test_a_heavy_render_takes_the_lane_and_gives_it_back(tmp_path):
    pool = _pool(tmp_path)
    heavy = replace(await _planned(pool, tmp_path, pictures.jpeg(640, 480), 320), heavy=True)

    sources = _sources(heavy, tmp_path / "scratch" / "upload-1")
    sizes = [len(await pool.render(heavy, sources)) for _ in range(2)]

    assert sizes[0] == sizes[1] > 0
    await pool.close()


async def test_what_its_caller_raises_when_a_job_begins_refuses_the_job_and_frees_the_worker(
    renderer, tmp_path
):
    wanted = await _planned(renderer, tmp_path, pictures.jpeg(640, 480), 320)
    sources = _sources(wanted, tmp_path / "scratch" / "upload-1")

    def refuse() -> None:
        raise Quarantined

    for plan_ in (wanted, replace(wanted, heavy=True)):
        with pytest.raises(Quarantined):
            await renderer.render(plan_, sources, started=refuse)
    assert await renderer.render(replace(wanted, heavy=True), sources)
