"""libvips' words, understood."""

import pytest

from calotype.engine.vips import Error, is_out_of_memory


@pytest.mark.parametrize(
    "words",
    [
        "out of memory",
        "jpegload: Insufficient memory (case 4)",
        "heif: Memory allocation error: Security limit exceeded",
        "webpsave: failed to allocate",
    ],
)
def test_a_decoder_or_encoder_that_ran_out_of_memory_is_known_by_its_words(words):
    assert is_out_of_memory(Error("unable to call", words))


def test_other_failures_are_not_taken_for_a_lack_of_memory():
    assert not is_out_of_memory(Error("unable to call", "webpload: bad header"))
