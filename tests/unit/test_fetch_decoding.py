"""Content codings are undone in small pieces, and an origin that drips is told by its average."""

import gzip
import zlib

import pytest

from calotype.adapters.fetching.decoding import PIECE_BYTES, decoded
from calotype.adapters.fetching.pacing import Pace
from calotype.errors import FetchFailed

TEXT = bytes(range(256)) * 40


async def undone(coding, *chunks):
    async def sent():
        for chunk in chunks:
            yield chunk

    return [piece async for piece in decoded(sent(), coding)]


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("", bytes),
        ("identity", bytes),
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
    ],
)
async def test_a_coding_is_undone_however_it_is_cut(coding, encode):
    data = encode(TEXT)
    cut = [data[start : start + 7] for start in range(0, len(data), 7)]
    assert b"".join(await undone(coding, *cut)) == TEXT
    assert b"".join(await undone(coding, data)) == TEXT


async def test_a_bomb_comes_out_in_pieces_of_bounded_size():
    pieces = await undone("gzip", gzip.compress(bytes(8 * PIECE_BYTES)))
    assert {len(piece) for piece in pieces} == {PIECE_BYTES}
    assert sum(map(len, pieces)) == 8 * PIECE_BYTES


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip,gzip,gzip", "compress", "nonsense"])
async def test_other_codings_and_codings_inside_codings_are_refused(coding):
    with pytest.raises(FetchFailed):
        await undone(coding, b"x")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no gzip",
        gzip.compress(TEXT)[:-1],
        gzip.compress(TEXT)[:-8] + bytes(8),
        gzip.compress(TEXT) + b"x",
    ],
    ids=["empty", "plain", "cut", "wrong checksum", "longer"],
)
async def test_what_is_not_in_its_coding_is_refused(data):
    with pytest.raises(FetchFailed):
        await undone("gzip", data)


class Seconds:
    """A clock that moves when it is told to."""

    now = 100.0

    def __call__(self):
        return self.now


def test_during_the_grace_time_nothing_is_due():
    clock = Seconds()
    pace = Pace(1000, 5.0, clock)
    clock.now += 5
    pace.count(1)


def test_after_it_the_average_counts():
    clock = Seconds()
    pace = Pace(1000, 5.0, clock)
    clock.now += 10
    pace.count(5000)
    clock.now += 0.5
    with pytest.raises(FetchFailed):
        pace.count(499)
