"""Where the mezzanine stands in, it looks as if the original had been decoded; where it would not, it is left alone."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import pictures
from calotype import engine
from calotype.dialects.imagekit.grammar import Chain
from calotype.dialects.imagekit.reading import read
from calotype.domain.assets import Asset, unstored
from calotype.domain.pictures import Source
from calotype.domain.planning import Context, Needs, Plan, plan
from calotype.engine.vips import Image
from calotype.ports import Ingested
from engine_runs import difference, ingest, opened

SIZE = (2800, 2240)
"""Larger than the mezzanine, whose longer edge is 2,048."""


class Stored:
    """A photograph with its mezzanine, and what is made of it."""

    def __init__(self, folder: Path):
        data = pictures.jpeg(*SIZE, quality=95)
        self.ingested: Ingested = ingest(data, folder)
        self.original = folder / "original"

    def plan(self, text: str, *, mezzanine: bool = True) -> Plan:
        asset, measured = self._asset(mezzanine=mezzanine), {}
        wish = read([Chain(text, 0)]).transformation
        while isinstance(what := plan(asset, wish, Context(measured=measured)), Needs):
            question = what.measure
            files = {question.picture.file: str(self.original)}
            measured[question.picture.version_id, question.key] = engine.measure(question, files)
        assert isinstance(what, Plan)
        return what

    def _asset(self, *, mezzanine: bool) -> Asset:
        facts = self.ingested.facts
        return unstored(
            facts if mezzanine else replace(facts, mezzanine=None, small=None),
            datetime(2024, 1, 1, tzinfo=UTC),
        )

    def made(self, what: Plan) -> Image:
        files = {
            ("0" * 24, Source.ORIGINAL): str(self.original),
            ("0" * 24, Source.MEZZANINE): str(self.ingested.mezzanine),
            ("0" * 24, Source.SMALL): str(self.ingested.small),
        }
        return opened(engine.render(what, files))


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    return Stored(tmp_path_factory.mktemp("mezzanine"))


STANDS_IN = [
    "w-320,f-png",
    "w-600,h-600,f-png",
    "w-600,h-200,fo-top_left,f-png",
    "cm-extract,x-401,y-333,w-1200,h-900:w-300,f-png",
    "w-1200,h-1200,cm-extract,xc-1500,yc-1000:w-333,h-333,f-png",
    "w-1000:cm-extract,w-500,h-300,x-211,y-77,f-png",
    "w-1000:cm-extract,w-500,h-300:w-200:fl-h,f-png",
    "w-320,bl-4,f-png",
    "w-320,b-10_red,r-20,f-png",
    "w-320,rt-90,f-png",
    "w-300,h-300,cm-pad_resize,bg-red,f-png",
    "t-true:w-400,f-png",
]


@pytest.mark.parametrize("text", STANDS_IN)
def test_it_stands_in_and_nobody_sees_it(stored, text):
    what, without = stored.plan(text), stored.plan(text, mezzanine=False)
    assert what.picture.source in {Source.MEZZANINE, Source.SMALL}
    assert without.picture.source is Source.ORIGINAL
    p95, largest = difference(stored.made(what), stored.made(without))
    assert p95 <= 1, (p95, largest)
    assert largest <= 2, (p95, largest)


@pytest.mark.parametrize(
    "text",
    [
        "bl-10:w-320,f-png",
        "e-sharpen:w-320,f-png",
        "w-1700,f-png",
        "cm-extract,w-400,h-300,x-100,y-100,f-png",
        "cm-extract,w-400,h-300,x-100,y-100:w-350,f-png",
        "w-4000,f-jpg",
        "w-320,cp-true,f-png",
        "w-320,md-true,f-jpg",
        "w-320,lo-true,f-webp",
        "rt-45:w-320,f-png",
    ],
)
def test_what_it_would_spoil_decodes_the_original(stored, text):
    assert stored.plan(text).picture.source is Source.ORIGINAL


def test_the_sizes_and_the_key_are_the_same_with_it_and_without(stored):
    for text in STANDS_IN:
        what, without = stored.plan(text), stored.plan(text, mezzanine=False)
        assert (what.key, what.width, what.height) == (without.key, without.width, without.height)


def test_a_naive_crop_of_the_mezzanine_would_be_seen(stored):
    what = stored.plan("cm-extract,x-101,y-133,w-1000,h-750:w-300,f-png")
    wrong = replace(what.picture.framing, left=101, top=133, width=1000, height=750)
    naive = replace(what, picture=replace(what.picture, framing=wrong))
    assert difference(stored.made(naive), stored.made(what))[1] > 2
