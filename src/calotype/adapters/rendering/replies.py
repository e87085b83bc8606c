"""What the server believes of a worker's answers.

Law: a reply is read by a list of allowed types, never by plain unpickling, which would let a worker that has been
taken over by a hostile image run code in the server.
"""

from __future__ import annotations

import io
import pickle
from pathlib import PosixPath
from typing import Any

from calotype import errors

MAX_REPLY_BYTES = 512 * 1024 * 1024

_ALLOWED = {
    ("builtins", "MemoryError"),
    ("builtins", "RuntimeError"),
    ("calotype.errors", "_rebuild"),
    ("calotype.ports.rendering", "Ingested"),
    ("calotype.domain.assets", "Facts"),
    ("calotype.domain.formats", "Format"),
    (PosixPath.__module__, "PosixPath"),  # `pathlib._local` in Python 3.13
}


class ReplyRefused(Exception):
    """A worker answered something that no honest worker would."""


class _Replies(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _ALLOWED or (module == "calotype.errors" and _is_error(name)):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no reply")


def _is_error(name: str) -> bool:
    kind = getattr(errors, name, None)
    return isinstance(kind, type) and issubclass(kind, errors.CalotypeError)


def read_reply(data: bytes) -> Any:
    """Read what a worker answered: a value, or an error to be raised.

    Raises:
        ReplyRefused: it is malformed, or holds anything but allowed types.
    """
    try:
        succeeded, answer = _Replies(io.BytesIO(data)).load()
    except Exception as error:
        raise ReplyRefused(f"A worker's reply was refused: {error}") from error
    if succeeded:
        return answer
    if not isinstance(answer, Exception):
        raise ReplyRefused("A worker raised what is no error.")
    raise answer
