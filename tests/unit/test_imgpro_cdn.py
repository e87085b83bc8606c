"""img.pro's delivery grammar: the words of a URL, and nothing else."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.dialects.imgpro.cdn import Address, parse, serves
from calotype.domain.formats import Format
from calotype.domain.transformations import Transformation
from calotype.operations import Fit, Operation, Resize
from calotype.operations.blur import Blur
from calotype.operations.brightness import Brightness
from calotype.operations.colours import WHITE
from calotype.operations.contrast import Contrast
from calotype.operations.fill import Blurred
from calotype.operations.focus import Gravity, Interest
from calotype.operations.gamma import Gamma
from calotype.operations.models import RemoveBackground
from calotype.operations.saturation import Saturation
from calotype.operations.sharpen import Sharpen
from calotype.operations.steps import Step
from calotype.operations.turn import Turn

ID = "0123456789abcdef01234567"


def test_a_url_names_a_storage_an_asset_a_size_and_a_format():
    wish = Transformation.of(Resize(short_edge=640), format_=Format.WEBP)
    assert parse(f"ab3/{ID}.webp", "size=m") == Address("ab3", ID, wish)


@pytest.mark.parametrize(("size", "edge"), [("s", 320), ("m", 640), ("l", 1080)])
def test_each_size_is_a_short_edge(size, edge):
    assert parse(f"ab3/{ID}.jpg", f"size={size}").wish.steps == (Step((Resize(short_edge=edge),)),)


@pytest.mark.parametrize(
    "query", ["", "size=", "size=xl", "size=S", "w=0", "w=3.5", "h=99999", "size", "&&=", "utm=1&size=%00"]
)
def test_what_is_not_understood_is_ignored(query):
    assert parse(f"ab3/{ID}.jpg", query) == Address("ab3", ID, Transformation.of(format_=Format.JPEG))


def test_jpg_and_jpeg_are_one_wish():
    assert parse(f"a/{ID}.jpg", "") == parse(f"a/{ID}.jpeg", "")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "ab3",
        "ab3/",
        f"ab3/{ID}",
        f"ab3/{ID}.",
        f"ab3/{ID}.exe",
        "ab3/x.jpg",
        f"ab3/{ID}.jpg/x",
        f"/{ID}.jpg/",
    ],
)
def test_anything_else_names_no_image(path):
    assert parse(path, "") is None


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_makes_the_parser_raise(path, query):
    parse(path, query)


def test_an_extension_fits_when_we_write_it_or_the_file_came_in_it():
    assert serves(Transformation.of(format_=Format.AVIF), Format.JPEG)
    assert serves(Transformation.of(format_=Format.HEIC), Format.HEIC)
    assert not serves(Transformation.of(format_=Format.SVG), Format.JPEG)


def wish(query: str, name: str = "jpg") -> Transformation:
    return parse(f"ab3/{ID}.{name}", query).wish


def only(*operations: Operation) -> tuple[Step, ...]:
    return (Step(operations),)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("w=300", Resize(width=300, fit=Fit.INSIDE, fill=WHITE)),
        ("h=200", Resize(height=200, fit=Fit.INSIDE, fill=WHITE)),
        ("w=300&h=200&fit=cover", Resize(width=300, height=200, fit=Fit.COVER, fill=WHITE)),
        ("w=300&h=200&fit=crop", Resize(width=300, height=200, fit=Fit.COVER, fill=WHITE)),
        ("w=300&h=200&fit=contain", Resize(width=300, height=200, fit=Fit.INSIDE_ENLARGE, fill=WHITE)),
        ("w=300&h=200&fit=pad", Resize(width=300, height=200, fit=Fit.PAD, fill=WHITE)),
        ("w=300&fit=nonsense", Resize(width=300, fit=Fit.INSIDE, fill=WHITE)),
        ("w=9&h=9&fit=cover&gravity=left", Resize(width=9, height=9, focus=Gravity.LEFT, fill=WHITE)),
        ("w=9&h=9&fit=cover&gravity=auto", Resize(width=9, height=9, focus=Interest.ATTENTION, fill=WHITE)),
        ("size=m&w=300", Resize(width=300, fit=Fit.INSIDE, fill=WHITE)),
        ("size=social", Resize(width=1200, height=630, fit=Fit.PAD, fill=Blurred(brightness=-20))),
        ("blur=20", Blur(sigma=20)),
        ("sharp=2.5", Sharpen(amount=2.5)),
        ("brightness=0", Brightness(factor=0)),
        ("contrast=10", Contrast(factor=10)),
        ("gamma=0.5", Gamma(exponent=0.5)),
        ("saturation=0", Saturation(factor=0)),
        ("segment=foreground", RemoveBackground()),
    ],
)
def test_each_parameter_is_a_word_of_the_core(query, expected):
    assert wish(query).steps == only(expected)


@pytest.mark.parametrize(
    "query",
    ["blur=0", "blur=251", "blur=1e2", "blur=nan", "sharp=0", "sharp=-1", "gamma=1", "gamma=0", "brightness=11",
     "contrast=1", "saturation=1", "rotate=45", "rotate=0", "quality=0", "quality=101", "format=auto", "fit=cover",
     "metadata=all", "segment=sky"],
)  # fmt: skip
def test_what_is_out_of_range_or_changes_nothing_is_no_step(query):
    assert wish(query) == wish("")


def test_the_format_parameter_wins_over_the_extension():
    assert wish("format=avif", "png").output.format is Format.AVIF


def test_a_quality_is_asked_of_the_encoder():
    assert wish("quality=35").output.quality == 35


@pytest.mark.parametrize(
    ("query", "wished"),
    [
        ("metadata=keep", {"keep_metadata": True}),
        ("metadata=copyright", {"keep_copyright": True}),
        ("metadata=none", {"drop_metadata": True}),
    ],
)
def test_metadata_is_a_wish_for_the_output(query, wished):
    assert wish(query).output == replace(wish("").output, **wished)


@pytest.mark.parametrize(
    ("query", "unnamed"),
    [("", False), ("size=m", False), ("size=m&format=webp&x=1", False), ("gravity=left&blur=0", False),
     ("w=300", True), ("size=m&w=300", True), ("blur=3", True), ("quality=50", True)],
)  # fmt: skip
def test_a_named_size_and_a_format_are_all_that_has_a_name(query, unnamed):
    assert parse(f"ab3/{ID}.jpg", query).unnamed == unnamed


def test_a_picture_is_turned_before_it_is_measured():
    assert wish("w=300&rotate=90").steps == (
        Step((Turn(quarters=1),)),
        Step((Resize(width=300, fit=Fit.INSIDE, fill=WHITE),)),
    )


def test_the_first_of_two_equal_names_counts():
    assert wish("w=300&w=400") == wish("w=300")


def test_every_parameter_is_explained_with_its_place():
    words = parse(f"ab3/{ID}.jpg", "w=300&colour=red&blur=x", at=5).words
    assert [(word.text, word.at, word.meaning, word.ignored) for word in words] == [
        ("w=300", 38, "width 300 px", False),
        ("colour=red", 44, "ignored: no such parameter, or no such value", True),
        ("blur=x", 55, "ignored: no such parameter, or no such value", True),
    ]


PAIRS = st.tuples(
    st.sampled_from(["w", "h", "fit", "blur", "size", "sharp", "format", "x"]), st.text(max_size=8)
)


@given(st.lists(PAIRS, unique_by=lambda pair: pair[0], max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_parameters_means_nothing(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    one, other = (parse(f"ab3/{ID}.jpg", urlencode(each)).wish for each in (pairs, shuffled))
    assert [step.ordered() for step in one.steps] == [step.ordered() for step in other.steps]
    assert one.output == other.output


@given(st.text(max_size=300))
def test_no_query_is_an_error(query):
    assert parse(f"ab3/{ID}.jpg", query) is not None
