"""What is sealed opens with the same secret at the same place, and nowhere else."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.errors import NotConfigured
from calotype.services.sealing import seal, unseal


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_can_be_read_again(plain):
    assert unseal("s", "key_a", seal("s", os.urandom, "key_a", plain)) == plain


def test_the_same_secret_is_sealed_differently_each_time_and_shows_nothing_of_itself():
    first, second = (base64.b64decode(seal("s", os.urandom, "key_a", "private_x")) for _ in range(2))
    assert first != second
    assert b"private" not in first + second


@pytest.mark.parametrize(("secret", "place"), [("other", "key_a"), ("s", "key_b"), ("", "key_a")])
def test_another_secret_or_another_place_opens_nothing(secret, place):
    sealed = seal("s", os.urandom, "key_a", "private_x")
    with pytest.raises(NotConfigured):
        unseal(secret, place, sealed)


@pytest.mark.parametrize("at", [0, 12, -1])
def test_a_changed_byte_is_noticed(at):
    sealed = bytearray(base64.b64decode(seal("s", os.urandom, "key_a", "private_x")))
    sealed[at] ^= 1
    with pytest.raises(NotConfigured):
        unseal("s", "key_a", base64.b64encode(bytes(sealed)).decode())


@pytest.mark.parametrize("sealed", ["", "AAAA", "not base64!", "A" * 40])
def test_what_was_never_sealed_opens_nothing(sealed):
    with pytest.raises(NotConfigured):
        unseal("s", "key_a", sealed)
