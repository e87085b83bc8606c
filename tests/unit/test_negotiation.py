"""Accept folded to three classes: the table, and whatever else a client may send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.domain.negotiation import Accept, fold

CHROME = b"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
SAFARI_14 = b"image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5"


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        ([CHROME], "avif"),
        ([SAFARI_14], "webp"),
        ([b"image/webp", b"image/avif"], "avif"),
        ([b"IMAGE/WebP ; Q=1.000 ,\timage/AVIF;q=0.001"], "avif"),
        ([b"image/avif;q=0.1,image/webp;q=0.9"], "avif"),
        ([b'image/webp;level="a,b;q=0"'], "webp"),
        ([], "neither"),
        ([b""], "neither"),
        ([b"*/*"], "neither"),
        ([b"image/*"], "neither"),
        ([b"image/avif"], "neither"),
        ([b"image/avif,image/webp;q=0"], "neither"),
        ([b"image/avif;q=0,image/webp"], "webp"),
        ([b"image/avif; q=0.000, image/webp; q=0."], "neither"),
        ([b"image/webp", b"image/webp;q=0"], "neither"),
        ([b"*/*;q=0, image/webp"], "webp"),
        ([b"image/webp;q=2"], "neither"),
        ([b"image/webp;q=-1"], "neither"),
        ([b"image/webp;q="], "neither"),
        ([b"image/webp;q=0.0001"], "neither"),
        ([b'"image/webp'], "neither"),
        ([b'x="image/webp,", image/webp"'], "neither"),
        ([b"image/webpx, ximage/webp, image /webp"], "neither"),
        ([b"\x00\xff;;;,,,;q=q=q"], "neither"),
    ],
)
def test_accept_is_folded_to_a_class(accept, answer):
    assert fold(accept) == answer


@pytest.mark.parametrize("noise", [b"a/b,", b";", b'"', b'"\\', b",", b"image/*;q=0.5,", b"*/*;q=0,"])
def test_ten_kilobytes_before_the_word_change_nothing_but_when_they_quote_it(noise):
    quoting = noise.startswith(b'"')
    value = noise * (10_001 // len(noise) // 2 * 2) + b",image/webp"
    assert fold([value]) in ({Accept.WEBP, Accept.NEITHER} if quoting else {Accept.WEBP})


@given(st.lists(st.binary(max_size=200), max_size=4))
def test_whatever_comes_is_one_of_three_classes(accept):
    assert fold(accept) in Accept


@given(st.permutations([b"image/avif", b"image/webp;q=0.5", b"text/html", b"*/*;q=0.1"]))
def test_neither_order_nor_the_number_of_headers_matters(values):
    assert fold(values) == fold([b", ".join(values)]) == Accept.AVIF
