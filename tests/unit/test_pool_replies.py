"""What the server accepts as an answer from a worker."""

import os
import pickle
from pathlib import Path

import pytest

from calotype.adapters.rendering.replies import ReplyRefused, read_reply
from calotype.domain.assets import Facts
from calotype.domain.formats import Format
from calotype.errors import Invalid, RenderFailed, TooManyPixels
from calotype.ports import Ingested


def _answered(value: object) -> object:
    return read_reply(pickle.dumps((True, value)))


@pytest.mark.parametrize("value", [None, 7, "text", b"bytes", {"a": (1, [2.5])}])
def test_plain_values_are_accepted(value):
    assert _answered(value) == value


def test_what_ingest_found_is_accepted():
    found = Ingested(Facts(Format.JPEG, 3, 2), mezzanine=Path("/scratch/m.jpeg"), notes=("a",))

    assert _answered(found) == found


@pytest.mark.parametrize(
    "error",
    [
        TooManyPixels("4,128 MP"),
        RenderFailed("died", cause="crash"),
        Invalid.field("tags", "too many"),
        MemoryError(),
        RuntimeError("ValueError: 3"),
    ],
)
def test_errors_are_raised_as_they_were(error):
    with pytest.raises(type(error)) as raised:
        read_reply(pickle.dumps((False, error)))
    assert str(raised.value) == str(error)
    assert vars(raised.value) == vars(error)


class _Call:
    def __init__(self, function: object, *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "value",
    [
        _Call(os.system, "true"),
        _Call(eval, "1"),
        _Call(getattr, Path, "touch"),
        _Call(Path.touch, Path("x")),
        ValueError("an ordinary type, but not of ours"),
    ],
)
def test_anything_else_is_refused(value):
    with pytest.raises(ReplyRefused):
        _answered(value)


@pytest.mark.parametrize(
    "data", [b"", pickle.dumps((True, "whole"))[:-3], pickle.dumps("no pair"), pickle.dumps((False, 1))]
)
def test_garbage_is_refused(data):
    with pytest.raises(ReplyRefused):
        read_reply(data)
