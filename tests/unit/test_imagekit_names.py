"""Named transformations and client hints: what a URL leaves to its owner and to its client to say."""

import pytest

from calotype.dialects.imagekit.given import Hints
from calotype.dialects.imagekit.grammar import Chain
from calotype.dialects.imagekit.reading import read
from calotype.errors import Invalid
from calotype.operations.blur import Blur
from calotype.operations.quantities import Expression
from calotype.operations.resize import Resize
from calotype.operations.rotate import Rotate
from calotype.operations.steps import Branch, Comparison, Step

NAMES = {
    "small": "w-150,h-150,fo-center,cm-pad_resize",
    "chain": "tr:w-300:rt-90",
    "loop": "n-loop",
    "broken": "w-300,h-abc",
    "my-name": "bl-3",
    "either": "if-w_gt_1,w-1,if-end",
}


def named(text):
    return read([Chain(text)], NAMES.get)


def test_a_name_stands_for_its_transformation():
    assert named("n-small").transformation == read([Chain(NAMES["small"])]).transformation
    assert named("n-my-name").transformation.steps == (Step((Blur(sigma=3),)),)
    assert (named("n-small").names, named("n-small").unnamed) == (("small",), False)


def test_what_stands_beside_a_name_joins_the_last_of_its_steps_and_wins():
    reading = named("n-chain,rt-180,q-50")
    assert reading.transformation.steps == (Step((Resize(width=300),)), Step((Rotate(angle=180),)))
    assert reading.unnamed


def test_a_named_conditional_keeps_its_step_for_itself():
    branch = Branch(((Comparison("w", "gt", 1),),), (Step((Resize(width=1),)),))
    assert named("n-either,rt-90").transformation.steps == (branch, Step((Rotate(angle=90),)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("w-1,n-nobody", "'n-nobody' at 4: there is no named transformation of this name."),
        ("n-", "'n-' at 0: there is no named transformation of this name."),
        (
            "n-loop",
            "'n-loop' at 0 of the named transformation loop: a named transformation cannot name another.",
        ),
        (
            "n-broken",
            "'h-abc' at 6 of the named transformation broken: "  # noqa: ISC004 - one message
            "'abc' is neither a number nor one of bar, bh, bw, car, ch, cw, iar, idn, ih, iw.",
        ),
    ],
)
def test_a_name_that_stands_for_nothing_is_refused(text, message):
    with pytest.raises(Invalid) as refusal:
        named(text)
    assert refusal.value.message == message


HINTS = [
    ("w-auto,dpr-auto", Hints(212, 2), Resize(width=300), 2.83),
    ("w-auto", Hints(212, None), Resize(width=300), None),
    ("w-auto", Hints(300, None), Resize(width=300), None),
    ("w-auto,h-50", Hints(None, None), Resize(height=50), None),
    ("w-100,dpr-auto", Hints(None, 2), Resize(width=100, dpr=2), 2),
    ("w-100,dpr-auto", Hints(None, None), Resize(width=100), None),
    ("w-100,dpr-auto", Hints(None, 9), Resize(width=100, dpr=5), 5),
    ("w-3000,dpr-auto", Hints(None, 2), Resize(width=3000), None),
    (
        "w-iw_div_2,dpr-auto",
        Hints(None, 2),
        Resize(width=Expression(first="iw", rest=(("div", 2),)), dpr=2),
        2,
    ),
    ("w-100,dpr-auto", Hints(None, 1), Resize(width=100), 1),
    ("w-auto,dpr-2", Hints(212, 2), Resize(width=300, dpr=2), 5.66),
    ("w-auto,dpr-iar", Hints(212, 2), Resize(width=300, dpr=Expression(first="iar")), None),
]


@pytest.mark.parametrize(("text", "hints", "expected", "content_dpr"), HINTS)
def test_auto_follows_the_hints_of_the_client(text, hints, expected, content_dpr):
    reading = read([Chain(text)], hints=hints)
    assert reading.transformation.steps == (Step((expected,)),)
    assert reading.content_dpr == content_dpr
    assert "sec-ch-dpr" in reading.vary


def test_a_ratio_that_multiplies_nothing_is_not_announced():
    reading = read([Chain("dpr-auto")], hints=Hints(None, 2))
    assert (reading.transformation.steps, reading.content_dpr) == ((), None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("w-100,dpr-auto:rt-90", 2),
        ("w-100,dpr-auto:w-50", None),
        ("w-50:w-100,dpr-auto", 2),
        ("if-w_gt_9,w-100,dpr-auto,if-end", None),
        ("w-100,dpr-auto:if-w_gt_9,w-9,if-end", None),
    ],
)
def test_the_last_size_says_how_dense_the_picture_is(text, expected):
    assert read([Chain(text)], hints=Hints(None, 2)).content_dpr == expected


def test_a_layer_does_not_say_how_dense_the_picture_is():
    reading = read([Chain("w-100,l-image,i-a,w-auto,l-end")], hints=Hints(212, 2))
    assert (reading.content_dpr, reading.vary) == (None, ("sec-ch-width", "sec-ch-dpr"))
