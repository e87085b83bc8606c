"""A confined worker draws text with the same typefaces as any process."""

from pathlib import Path

import pytest

import text_probes
from calotype.adapters.rendering.pool import PoolRenderer
from calotype.settings import Settings


@pytest.fixture
async def pool(tmp_path):
    made = PoolRenderer(
        Settings(data_dir=tmp_path),
        slots=1,
        scratch=tmp_path / "scratch",
        readable=[Path(text_probes.__file__).parent],
    )
    yield made
    await made.close()


async def test_text_is_the_same_in_a_worker(pool):
    words = "Calotype Жук שלום 你好"
    assert await pool.run(text_probes.text_digest, words) == text_probes.text_digest(words)


async def test_text_in_an_svg_is_the_same_in_a_worker(pool):
    assert await pool.run(text_probes.svg_digest, "Lato") == text_probes.svg_digest("Lato")
    assert text_probes.svg_digest("Lato") != text_probes.svg_digest("PT Mono")
