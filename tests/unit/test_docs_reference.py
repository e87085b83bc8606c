"""The reference is complete and true: each key has an example that works, each range ends where it says."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calotype import errors
from calotype.dialects.imagekit import errors as imagekit
from calotype.dialects.imagekit.layers import HEAD, SOLID, TEXT
from calotype.dialects.imagekit.reading import PICTURE
from calotype.dialects.imgpro import delivery as imgpro
from calotype.dialects.imgpro.cdn import PARAMETERS, parse
from calotype.domain.assets import Facts, unstored
from calotype.domain.formats import Format
from calotype.domain.planning import Original, Target
from calotype.domain.terms import Terms
from calotype.errors import Invalid
from calotype.operations.text_style import FAMILIES
from calotype.settings import Settings
from calotype.web.delivery_headers import body_headers, shared_headers

sys.path.append(str(Path(__file__).parents[2] / "docs"))

import explain_page
import headers_page
import imagekit_page
import limits_page

KNOWN = {each.name for each in headers_page.HEADERS}


def leaves(kind):
    return {kind} | {leaf for child in kind.__subclasses__() for leaf in leaves(child)}


@pytest.mark.parametrize(
    ("spellings", "taken"),
    [
        (PICTURE, imagekit_page.TAKEN),
        (HEAD, imagekit_page.OF_LAYERS),
        (TEXT, imagekit_page.OF_TEXTS),
        (SOLID, imagekit_page.OF_CANVASES),
    ],
    ids=["picture", "layer", "text", "canvas"],
)
def test_every_key_of_imagekits_urls_is_in_the_reference(spellings, taken):
    assert set(spellings) - imagekit_page.PASSED_OVER == set(taken) - {"n"}


@pytest.mark.parametrize("example", [*imagekit_page.documented()])
def test_every_example_of_an_imagekit_key_does_something(example):
    assert imagekit_page.ignored(example) == []


@pytest.mark.parametrize(
    "beyond",
    [
        "w-0", "w-300,h-200,fo-face,z-0", "w-300,h-200,fo-face,z-101", "w-300,dpr-0.05", "w-300,dpr-5.1", "t-0",
        "t-100", "cr-red_101", "e-colorize-in-101", "e-shadow-bl-16", "e-shadow-st-101", "e-shadow-x-101",
        "e-dropshadow-az-361", "e-dropshadow-el-91", "o-101", "bl-0.9", "bl-101", "bg-12345", "q-0", "q-101", "dn-0",
        "dn-1201", "pg-0",
        "w-300,h-200,cm-pad_resize,bg-blurred_101", "l-text,i-a,al-0,l-end", "l-text,i-a,al-10,l-end", "f-mp4",
        "n-none", "if-w_gt_1,q-50,if-end", "pr-yes", "fl-x", "r-1_2", "fo-nowhere", "c-squeeze", "e-grayscale-5",
    ],
)  # fmt: skip
def test_what_is_beyond_a_documented_range_is_refused(beyond):
    with pytest.raises(Invalid):
        imagekit_page.understood(beyond)


@pytest.mark.parametrize(
    "within",
    [
        "w-300,h-200,fo-face,z-0.01", "w-300,h-200,fo-face,z-100", "w-300,dpr-0.1", "w-300,dpr-5", "t-1", "t-99",
        "cr-red_100", "e-colorize-in-100", "e-shadow-bl-15_st-100_x-N100_y-100", "e-dropshadow-az-360_el-90_st-100",
        "o-0", "bl-1", "bl-100", "q-1", "q-100", "dn-1", "dn-1200", "e-sharpen-200", "l-text,i-a,al-1,l-end",
    ],
)  # fmt: skip
def test_the_ends_of_a_documented_range_are_taken(within):
    assert imagekit_page.ignored(within) == []


def test_a_width_by_client_hints_varies_by_them():
    assert imagekit_page.understood("w-auto").vary == ("sec-ch-width", "sec-ch-dpr")


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_example_of_an_imgpro_parameter_is_understood(name):
    address = parse(f"abc/{'0' * 24}.jpg", f"{name}={PARAMETERS[name].example}")
    assert [word.ignored for word in address.words] == [False]


@pytest.mark.parametrize("name", ["brightness", "contrast", "gamma", "saturation", "blur", "sharp"])
def test_the_documented_range_of_an_imgpro_effect_ends_where_it_says(name):
    low, _, high = PARAMETERS[name].values.partition(" (")[0].partition(" to ")
    queries = [f"{name}={value}" for value in (low, high, float(high) + 0.1, f"-{high}")]
    words = [parse(f"abc/{'0' * 24}.jpg", query).words[0] for query in queries]
    assert [word.ignored for word in words] == [False, False, True, True]


def test_every_setting_that_bounds_something_is_among_the_limits():
    bounds = (
        "max_",
        "min_",
        "render_",
        "_per_hour",
        "_per_day",
        "_cache_",
        "_timeout_s",
        "_grace_s",
        "_budget",
        "_horizon_s",
    )
    settings = {name for name in Settings.model_fields if any(part in name for part in bounds)}
    listed = {row.setting for rows in limits_page.SECTIONS.values() for row in rows}
    assert settings - listed == {"render_slots", "max_age_s"}


def test_explain_is_described_field_by_field():
    assert set(explain_page.names(explain_page.example())) == set(explain_page.FIELDS)


def test_every_header_of_an_image_is_in_the_reference():
    asset = replace(unstored(Facts(Format.SVG, 10, 10), datetime(2026, 1, 1, tzinfo=UTC)), name="a.svg")
    what = Original("0" * 40, Format.SVG, blank_gps=False, varies=True, notes=("a note",))
    terms = Terms(attachment="a.svg", vary=("sec-ch-dpr",), headers=(("Content-DPR", "2"),))
    target = Target(asset, what, terms)
    sent = {
        name.decode() for name, _ in [*shared_headers(target), *body_headers(target, "a/b", inline=False)]
    }
    assert sent <= KNOWN
    assert {"vary", "content-dpr", "x-calotype-notes", "content-disposition", "accept-ranges"} <= sent


@pytest.mark.parametrize("refuse", [imgpro.refuse, imagekit.refuse], ids=["imgpro", "imagekit"])
@pytest.mark.parametrize("kind", sorted(leaves(errors.CalotypeError), key=lambda each: each.__name__))
def test_every_header_of_a_refusal_is_in_the_reference(kind, refuse):
    sent = {name.decode().lower() for name, _ in refuse(kind(), "id").headers}
    assert "content-type" in sent
    assert sent <= KNOWN


def test_the_guide_names_every_font_that_comes_along():
    guide = (Path(__file__).parents[2] / "docs" / "imagekit.md").read_text()
    assert sorted(family for family in FAMILIES if family not in guide.replace("\n", " ")) == []
