"""Output: what of it belongs to a variant's key."""

from __future__ import annotations

from calotype.domain.formats import Format
from calotype.domain.transformations import Output


def test_a_wish_that_nobody_made_is_not_in_the_digest():
    assert Output(Format.JPEG, quality=80, effort=0).digest() == ["jpeg", 80, 0, False]


def test_every_wish_is_in_the_digest_by_its_name():
    output = Output(
        Format.JPEG, 80, 0, progressive=True, keep_profile=True, keep_gain_map=True, density=144.0
    )
    assert output.digest()[4:] == [
        ["progressive", True],
        ["keep_profile", True],
        ["keep_gain_map", True],
        ["density", 144.0],
    ]
