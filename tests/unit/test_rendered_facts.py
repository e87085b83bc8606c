"""The facts that a plan tells of its result are those that a decode of the bytes would find."""

from dataclasses import replace

import pytest

import pictures
from calotype import engine
from calotype.domain.assets import Asset, Facts, unstored
from calotype.domain.formats import Format
from calotype.domain.pictures import Source
from calotype.domain.planning import Context, Plan, plan
from calotype.domain.rendered import facts_of, without_mezzanines
from calotype.domain.transformations import OutputWish, Transformation
from calotype.engine.vips import Image
from calotype.operations.colours import CLEAR
from calotype.operations.resize import Fit, Resize
from calotype.operations.rotate import Rotate
from calotype.operations.steps import Step
from engine_runs import ingest
from platforms import StoppedClock

SOURCES = {
    "a photograph": pictures.jpeg(64, 48),
    "one that lies on its side": pictures.jpeg(64, 48, orientation=6),
    "with transparency": pictures.png(64, 48, alpha=True),
    "of 16 bits": pictures.png(64, 48, bits=16),
    "an animation": pictures.webp(64, 48, frames=3),
}
WISHES = {
    "scaled": Resize(width=30, height=20, fit=Fit.STRETCH),
    "turned on nothing": Rotate(angle=30, background=CLEAR),
}


def planned(asset: Asset, format_: Format, word) -> Plan:
    made = plan(asset, Transformation((Step((word,)),), OutputWish(format_, still=True)), Context())
    assert isinstance(made, Plan)
    return made


@pytest.mark.parametrize("format_", [Format.JPEG, Format.PNG, Format.WEBP])
@pytest.mark.parametrize("word", WISHES.values(), ids=WISHES)
@pytest.mark.parametrize("data", SOURCES.values(), ids=SOURCES)
def test_the_plan_tells_what_a_decode_would_find(tmp_path, data, word, format_):
    asset = unstored(ingest(data, tmp_path).facts, StoppedClock().now)
    file, out = tmp_path / "source", tmp_path / "made"
    file.write_bytes(data)
    out.mkdir()
    what = planned(asset, format_, word)
    body = engine.render(what, {(asset.version.id, Source.ORIGINAL): str(file)})
    found = ingest(body, out).facts
    assert facts_of(what, asset.version.facts) == replace(found, dominant="", thumbhash="", phash="")
    assert Image.new_from_buffer(body, "").width == what.width


def test_a_plan_that_may_send_the_stored_file_tells_nothing(tmp_path):
    asset = unstored(ingest(pictures.jpeg(64, 48), tmp_path).facts, StoppedClock().now)
    what = plan(asset, Transformation((), OutputWish(Format.JPEG, still=True)), Context())
    assert what.alternative is Format.JPEG
    with pytest.raises(ValueError, match="alternative"):
        facts_of(what, asset.version.facts)


def test_a_copy_has_no_mezzanines():
    plain = Facts(Format.JPEG, 4000, 3000)
    large = replace(
        plain, mezzanine=Format.JPEG, mezzanine_width=2048, mezzanine_height=1536,
        small=Format.JPEG, small_width=1280, small_height=960,
    )  # fmt: skip
    assert without_mezzanines(large) == plain
