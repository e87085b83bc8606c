"""The planner decides sizes, sources, formats and keys; nothing here touches a pixel."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from calotype.domain.assets import Asset, Facts, unstored
from calotype.domain.formats import Format
from calotype.domain.negotiation import Accept
from calotype.domain.output import natural_format
from calotype.domain.pictures import Source
from calotype.domain.planning import Context, Original, Plan, is_heavy, plan
from calotype.domain.transformations import OutputWish, Transformation
from calotype.domain.workspaces import OriginalPolicy, Policy
from calotype.errors import TooManyPixels
from calotype.operations import Fit, Resize, Scale
from calotype.operations.colours import BLACK, WHITE
from calotype.operations.steps import Step

LARGE = Facts(Format.JPEG, 6000, 4000, mezzanine=Format.JPEG, mezzanine_width=2048, mezzanine_height=1365)
SMALL = Facts(Format.JPEG, 1200, 900)
TURNED = replace(LARGE, width=4000, height=6000, mezzanine_width=1365, mezzanine_height=2048)
M = Resize(short_edge=640)


def asset(facts: Facts) -> Asset:
    return unstored(facts, datetime(2024, 1, 1, tzinfo=UTC))


def planned(facts: Facts, *operations: Resize, to: Format | None = None) -> Plan | Original:
    return plan(asset(facts), Transformation.of(*operations, format_=to), Context())


def rendered(facts: Facts, *operations: Resize, to: Format | None = None) -> Plan:
    what = planned(facts, *operations, to=to)
    assert isinstance(what, Plan)
    return what


@pytest.mark.parametrize(
    ("width", "height", "short_edge", "expected"),
    [
        (4000, 3000, 320, (426, 320)),
        (4000, 3000, 640, (853, 640)),
        (4000, 3000, 1080, (1440, 1080)),
        (3000, 4000, 320, (320, 426)),
        (1000, 1000, 320, (320, 320)),
        (321, 320, 320, (321, 320)),
        (16_000, 2, 1, (8000, 1)),
    ],
)
def test_the_short_edge_is_exact_and_the_long_one_rounded_down(width, height, short_edge, expected):
    what = rendered(Facts(Format.JPEG, width, height), Resize(short_edge=short_edge))
    assert (what.width, what.height) == expected


def test_a_small_picture_is_never_enlarged():
    what = rendered(SMALL, Resize(short_edge=1080))
    assert (what.width, what.height, what.picture.steps) == (1200, 900, ())


def test_without_a_wish_the_stored_file_is_sent():
    assert planned(SMALL) == Original(planned(SMALL).key, Format.JPEG, blank_gps=False)


def test_without_metadata_the_stored_file_is_a_variant_and_no_larger_for_it():
    bare = plan(asset(SMALL), Transformation((), OutputWish(Format.JPEG, drop_metadata=True)), Context())
    assert (bare.picture.steps, bare.alternative) == ((), Format.JPEG)
    vector = Facts(Format.SVG, 10, 10)
    assert isinstance(
        plan(asset(vector), Transformation((), OutputWish(Format.SVG, drop_metadata=True)), Context()),
        Original,
    )


def test_a_place_is_blanked_unless_the_workspace_keeps_it():
    photo = asset(replace(SMALL, gps=True))
    blanked = plan(photo, Transformation(), Context())
    kept = plan(photo, Transformation(), Context(Policy(OriginalPolicy.KEEP)))
    assert (blanked.blank_gps, kept.blank_gps) == (True, False)
    assert blanked.key != kept.key


def test_the_mezzanine_stands_in_for_what_is_much_smaller():
    assert rendered(LARGE, M).picture.source is Source.MEZZANINE
    assert rendered(TURNED, M).picture.source is Source.MEZZANINE


@pytest.mark.parametrize(
    "facts",
    [
        replace(LARGE, mezzanine=None),
        replace(LARGE, bits=16),
        replace(LARGE, frames=2),
        replace(LARGE, mezzanine_width=850, mezzanine_height=567),
    ],
    ids=["there is none", "16 bits", "animated", "the result is over three quarters of it"],
)
def test_everything_else_decodes_the_original(facts):
    assert rendered(facts, M).picture.source is Source.ORIGINAL


@pytest.mark.parametrize(
    ("stored", "target", "shrink"),
    [
        ((1600, 1200), (400, 300), 2),  # 4 smaller: half by libjpeg, half by Lanczos
        ((1600, 1200), (401, 301), 1),  # less than 2 would be left to Lanczos
        ((1600, 1200), (100, 75), 8),
        ((1601, 1200), (100, 75), 1),  # a remainder would shift the picture
        ((1604, 1200), (100, 75), 4),
    ],
)
def test_a_jpeg_is_shrunk_on_load_only_as_far_as_nobody_sees(stored, target, shrink):
    what = rendered(Facts(Format.JPEG, *stored), Resize(width=target[0], height=target[1], fit=Fit.STRETCH))
    assert what.picture.shrink == shrink


def test_equal_meanings_have_one_key_however_they_are_asked_for():
    assert rendered(LARGE, M).picture.steps[0].operation == Scale(width=960, height=640)
    assert rendered(LARGE, M).key == rendered(LARGE, Resize(width=960)).key
    assert rendered(LARGE, M).key == rendered(LARGE, M, to=Format.JPEG).key


def test_each_thing_that_shapes_the_bytes_changes_the_key():
    another = replace(asset(LARGE), version=replace(asset(LARGE).version, id="f" * 24))
    keys = {
        rendered(LARGE, M).key,
        rendered(LARGE, M, to=Format.WEBP).key,
        rendered(LARGE, Resize(short_edge=320)).key,
        rendered(replace(LARGE, width=6001), M, to=Format.PNG).key,
        planned(LARGE).key,
        plan(another, Transformation.of(M), Context()).key,
    }
    assert len(keys) == 6


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(Format.HEIC, 10, 10), Format.JPEG),
        (Facts(Format.HEIC, 10, 10, alpha=True), Format.PNG),
        (Facts(Format.TIFF, 10, 10), Format.JPEG),
        (Facts(Format.SVG, 10, 10), Format.SVG),
        (Facts(Format.GIF, 10, 10), Format.GIF),
    ],
)
def test_each_source_has_a_format_that_browsers_show(facts, expected):
    assert natural_format(facts) is expected


def test_a_vector_becomes_png_when_a_size_asks_for_pixels():
    assert rendered(Facts(Format.SVG, 1000, 800), M, to=Format.SVG).output.format is Format.PNG


@pytest.mark.parametrize("output", [OutputWish(), OutputWish(auto=True), OutputWish(quality=50)])
def test_a_vector_stays_one_when_no_format_is_named(output):
    vector = asset(Facts(Format.SVG, 1000, 800))
    assert plan(vector, Transformation((Step((M,)),), output), Context()) == Original(
        plan(vector, Transformation(), Context()).key,
        Format.SVG,
        blank_gps=False,
        notes=("a vector is sent as it is unless a raster format is named",),
    )


@pytest.mark.parametrize(
    ("facts", "expected"), [(SMALL, Format.AVIF), (replace(SMALL, format=Format.HEIC), Format.WEBP)]
)
def test_heic_never_becomes_avif_unasked(facts, expected):
    context = Context(Policy(auto_avif=True), Accept.AVIF)
    wish = Transformation((Step((M,)),), OutputWish(auto=True))
    assert plan(asset(facts), wish, context).output.format is expected


@pytest.mark.parametrize("wish", ["keep_metadata", "keep_copyright", "drop_metadata"])
def test_a_vector_has_no_metadata_and_stays_one_whatever_is_asked_of_it(wish):
    vector = asset(Facts(Format.SVG, 1000, 800))
    asked = Transformation((), OutputWish(Format.SVG, **{wish: True}))
    assert isinstance(plan(vector, asked, Context()), Original)


@pytest.mark.parametrize(
    ("asked", "to", "notes"),
    [
        ("lossless", Format.JPEG, ("lossless is passed over: jpeg has no such thing",)),
        ("lossless", Format.GIF, ("lossless is passed over: gif has no such thing",)),
        ("lossless", Format.PNG, ()),
        ("lossless", Format.WEBP, ()),
        ("progressive", Format.WEBP, ("progressive is passed over: webp has no such thing",)),
        ("progressive", Format.JPEG, ()),
    ],
)
def test_what_means_nothing_in_a_format_is_said_to_be_passed_over(asked, to, notes):
    wish = Transformation((Step((M,)),), OutputWish(to, **{asked: True}))
    assert plan(asset(LARGE), wish, Context()).notes == notes


@pytest.mark.parametrize(
    ("asked", "to", "source"),
    [
        ("lossless", Format.PNG, Source.ORIGINAL),
        ("lossless", Format.WEBP, Source.ORIGINAL),
        ("lossless", Format.JPEG, Source.MEZZANINE),
        ("keep_copyright", Format.JPEG, Source.ORIGINAL),
    ],
)
def test_what_only_the_original_can_give_has_a_key_of_its_own(asked, to, source):
    asked_for, plain = (
        plan(asset(LARGE), Transformation((Step((M,)),), OutputWish(to, **wishes)), Context())
        for wishes in ({asked: True}, {})
    )
    assert asked_for.picture.source is source
    assert (asked_for.key == plain.key) is (source is plain.picture.source)


def test_a_still_of_a_vector_is_a_raster():
    still = plan(
        asset(Facts(Format.SVG, 1000, 800)), Transformation((), OutputWish(auto=True, still=True)), Context()
    )
    assert (still.output.format, still.width, still.height) == (Format.JPEG, 1000, 800)


def test_an_animation_stays_one_in_gif_and_webp_only():
    clip = Facts(Format.GIF, 500, 400, frames=30)
    formats = (Format.GIF, Format.WEBP, Format.PNG, Format.JPEG, Format.AVIF)
    assert [rendered(clip, M, to=each).frames for each in formats] == [30, 30, 1, 1, 1]


def test_an_animation_over_the_budget_becomes_a_poster_and_says_so():
    whole = rendered(Facts(Format.GIF, 1000, 1000, frames=101), to=Format.WEBP)
    assert (whole.frames, whole.notes) == (1, ("poster; 101 frames are over 100 MP",))


@pytest.mark.parametrize(
    ("facts", "effort"),
    [
        (LARGE, 2),
        (replace(LARGE, format=Format.HEIC), 2),
        (replace(LARGE, format=Format.PNG), 3),
        (replace(LARGE, format=Format.AVIF), 3),
        (replace(LARGE, width=2048, height=1365), 3),
        (replace(LARGE, mezzanine=None), 2),
    ],
)
def test_webp_tries_less_for_a_large_photograph(facts, effort):
    assert rendered(facts, M, to=Format.WEBP).output.effort == effort


@pytest.mark.parametrize(
    ("source", "noisy", "effort"),
    [(Format.JPEG, True, 3), (Format.AVIF, True, 3), (Format.PNG, False, 5), (Format.WEBP, False, 5)],
)
def test_a_png_of_what_was_coded_with_loss_is_noisy_and_takes_less_effort(source, noisy, effort):
    output = rendered(Facts(source, 2000, 1500), M, to=Format.PNG).output
    assert (output.noisy, output.effort) == (noisy, effort)


NEGOTIATED = Transformation((), OutputWish(auto=True))


@pytest.mark.parametrize(
    ("stored", "accept", "alternative"),
    [
        (Format.JPEG, Accept.NEITHER, Format.JPEG),
        (Format.JPEG, Accept.AVIF, Format.JPEG),
        (Format.WEBP, Accept.NEITHER, None),
        (Format.WEBP, Accept.WEBP, Format.WEBP),
        (Format.WEBP, Accept.AVIF, Format.WEBP),
        (Format.AVIF, Accept.NEITHER, None),
        (Format.AVIF, Accept.WEBP, None),
        (Format.AVIF, Accept.AVIF, Format.AVIF),
    ],
)
def test_the_stored_file_stands_in_only_for_whoever_takes_its_format(stored, accept, alternative):
    context = Context(Policy(auto_avif=True), accept)
    assert plan(asset(Facts(stored, 400, 300)), NEGOTIATED, context).alternative is alternative


def test_a_named_format_shares_no_key_with_one_that_the_stored_file_may_stand_in_for():
    photo = asset(SMALL)
    negotiated = plan(photo, NEGOTIATED, Context(accept=Accept.WEBP))
    named = plan(photo, Transformation((), OutputWish(Format.WEBP)), Context())
    assert (negotiated.output, negotiated.picture) == (named.output, named.picture)
    assert (negotiated.alternative, named.alternative) == (Format.JPEG, None)
    assert negotiated.key != named.key


@pytest.mark.parametrize(
    ("alpha", "to", "matte"),
    [(True, Format.JPEG, BLACK), (False, Format.JPEG, WHITE), (True, Format.PNG, WHITE)],
)
def test_a_matte_counts_only_where_something_may_shine_through(alpha, to, matte):
    wish = Transformation(output=OutputWish(to, quality=50, matte=BLACK))
    what = plan(asset(Facts(Format.WEBP, 100, 80, alpha=alpha)), wish, Context())
    assert what.output.matte == matte


def test_a_huge_avif_is_sent_as_webp():
    what = rendered(Facts(Format.JPEG, 5000, 4000), to=Format.AVIF)
    assert (what.output.format, what.reason) == (Format.WEBP, "AVIF is limited to 16 MP")


def test_a_result_over_the_limits_is_refused():
    with pytest.raises(TooManyPixels, match="16383"):
        rendered(Facts(Format.JPEG, 20_000, 100), to=Format.WEBP)


def test_only_large_progressive_jpegs_take_the_one_wide_lane():
    assert is_heavy(Format.JPEG, progressive=True, pixels=12_000_001)
    assert not is_heavy(Format.JPEG, progressive=True, pixels=12_000_000)
    assert not is_heavy(Format.JPEG, progressive=False, pixels=50_000_000)
    assert not is_heavy(Format.PNG, progressive=True, pixels=50_000_000)
