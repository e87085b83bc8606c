"""The syntax of transformations: steps, layers, conditionals, where each token stands, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.dialects.imagekit.grammar import Chain, Conditional, Layer, Parameter, lex, parse
from calotype.errors import Invalid


def written(steps):
    """Write a tree as nested lists of plain text."""
    return [[_item(item) for item in items] for items in steps]


def _item(item):
    if isinstance(item, Parameter):
        return item.key if item.value is None else f"{item.key}={item.value}"
    if isinstance(item, Layer):
        return [f"layer {item.kind}", *written(item.steps)]
    return [f"if {item.condition}", written(item.then), written(item.otherwise)]


def read(text):
    return written(parse(Chain(text)))


EXAMPLES = [
    ("w-300", [["w=300"]]),
    ("w-300,h-200:rt-90", [["w=300", "h=200"], ["rt=90"]]),
    ("e-grayscale", [["e-grayscale"]]),
    ("e-usm-2-2-0.8-0.024", [["e-usm=2-2-0.8-0.024"]]),
    ("e-shadow-bl-15_st-40_x-10_y-N5", [["e-shadow=bl-15_st-40_x-10_y-N5"]]),
    ("b-5-A94D34", [["b=5-A94D34"]]),
    ("ar-4-3,w-400", [["ar=4-3", "w=400"]]),
    ("ar-4:3", [["ar=4:3"]]),
    ("ar-4:3,w-400:rt-90", [["ar=4:3", "w=400"], ["rt=90"]]),
    ("w-400,ar-1.5:rt-90", [["w=400", "ar=1.5"], ["rt=90"]]),
    ("w-300%2Ch-200%3Art-90", [["w=300", "h=200"], ["rt=90"]]),
    ("w-300%2Ch-200:rt-90", [["w=300", "h=200"], ["rt=90"]]),
    ("ar-4%3A3%2Cw-400", [["ar=4:3", "w=400"]]),
    ("l-text,i-A%2Cb,l-end", [[["layer text", ["i=A%2Cb"]]]]),
    ("l-text%2Ci-A%252Cb+c%2Cl-end", [[["layer text", ["i=A%2Cb c"]]]]),
    (
        "w-9,l-image,i-a.png,w-10:rt-90,l-end,q-50:bl-2",
        [["w=9", ["layer image", ["i=a.png", "w=10"], ["rt=90"]], "q=50"], ["bl=2"]],
    ),
    (
        "l-image,i-a.png,l-text,i-x,l-end,l-end",
        [[["layer image", ["i=a.png", ["layer text", ["i=x"]]]]]],
    ),
    (
        "h-400:if-h_eq_200,w-100,if-end:rt-90",
        [["h=400"], [["if h_eq_200", [["w=100"]], []]], ["rt=90"]],
    ),
    (
        "if-ar_gt_1,w-200:rt-90,if-else,w-300,if-end",
        [[["if ar_gt_1", [["w=200"], ["rt=90"]], [["w=300"]]]]],
    ),
    (
        "if-w_gt_9,if-h_lt_5,w-1,if-end,if-else,l-text,i-x,l-end,if-end",
        [[["if w_gt_9", [[["if h_lt_5", [["w=1"]], []]]], [[["layer text", ["i=x"]]]]]]],
    ),
    ("", []),
    (",,w-300,,h-200,::,rt-90,", [["w=300", "h=200"], ["rt=90"]]),
]


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_a_text_is_cut_into_steps(text, expected):
    assert read(text) == expected


def test_every_token_knows_where_in_the_url_it_stands():
    tokens = lex(Chain("w-300,h-200:l-text,i-a", at=20))
    assert [(token.text, token.at) for token in tokens] == [
        ("w-300", 20),
        ("h-200", 26),
        ("l-text", 32),
        ("i-a", 39),
    ]


def test_positions_count_the_url_as_it_was_sent_when_it_is_encoded():
    tokens = lex(Chain("w-300%2Ch-200%3Art-90", at=1))
    assert [(token.text, token.at) for token in tokens] == [("w-300", 1), ("h-200", 9), ("rt-90", 17)]


REFUSED = [
    ("l-text,i-a", "'l-text' at 0: l-end is missing."),
    ("w-1:l-image,l-text,l-end", "'l-image' at 4: l-end is missing."),
    ("if-w_gt_1,w-2", "'if-w_gt_1' at 0: if-end is missing."),
    ("if-w_gt_1,if-else,w-2", "'if-w_gt_1' at 0: if-end is missing."),
    ("w-1,l-end", "'l-end' at 4: nothing is open that this could close."),
    ("l-text,i-a,if-end,l-end", "'if-end' at 11: nothing is open that this could close."),
    ("if-w_gt_1,if-else,w-2,if-else,w-3,if-end", "'if-else' at 22: nothing is open that this could close."),
    (
        "h-100,if-h_eq_200,w-100,if-end",
        "'if-h_eq_200' at 6: a conditional must be the only thing in its step.",
    ),
    ("if-h_eq_200,w-100,if-end,q-5", "'q-5' at 25: a conditional must be the only thing in its step."),
    (":".join(["w-1"] * 21), "'w-1' at 80: more than 20 steps."),
    ("l-text,l-end," * 9, "'l-text' at 104: more than 8 layers."),
    ("w-1," * 401, "'w-1' at 1600: more than 400 parameters."),
    ("l-a," * 4, "'l-a' at 12: layers nest 3 deep at most."),
    ("if-w_gt_1," * 4, "'if-w_gt_1' at 30: conditionals nest 3 deep at most."),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_is_wrong_is_named_with_its_place(text, message):
    with pytest.raises(Invalid) as refusal:
        parse(Chain(text))
    assert refusal.value.message == message


def test_three_layers_deep_is_not_too_deep():
    assert isinstance(parse(Chain("l-image," * 3 + "i-a," + "l-end," * 3))[0][0], Layer)
    assert isinstance(parse(Chain("if-w_gt_1," * 3 + "w-1," + "if-end," * 3))[0][0], Conditional)


HOSTILE = [
    "((((",
    "a:",
    "a,",
    "l-text,",
    "if-a,",
    "ar-1:",
    "ar-4:3:",
    "%2C",
    "%3A",
    ":",
    ",",
    "l-end,",
    "-",
    "_",
]


@pytest.mark.parametrize("part", HOSTILE)
def test_fifty_kilobytes_of_anything_are_read_in_one_pass(part):
    """Each character is looked at a bounded number of times: counted, not timed."""
    text = part * (50_000 // len(part))
    tokens = list(lex(Chain(text)))
    assert sum(len(token.text) for token in tokens) <= len(text)
    try:
        parse(Chain(text))
    except Invalid as error:
        assert len(error.message) < 300  # noqa: PT017 - both outcomes are fine


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from([*HOSTILE, "w-3", "l-end", "if-end", "i-a", "\0"])).map("".join)
)
def test_any_text_is_a_tree_or_a_refusal(text):
    try:
        assert isinstance(parse(Chain(text)), tuple)
    except Invalid as error:
        assert " at " in error.message  # noqa: PT017 - both outcomes are fine
