"""What is wrong with what was sent, by field: gathered, so that all of it can be said at once. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from calotype.errors import FetchFailed, FileTooLarge, ImageRefused, Invalid, UnsupportedType


class Reasons:
    """Gathers what is wrong with one request."""

    def __init__(self) -> None:
        """Begin with nothing wrong."""
        self._reasons: dict[str, list[str]] = {}

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note what is invalid in the block, and go on after it."""
        try:
            yield
        except Invalid as error:
            for name, reasons in error.fields.items():
                self._reasons.setdefault(name, []).extend(reasons)

    def check(self) -> None:
        """Go on when nothing was wrong.

        Raises:
            Invalid: with every reason noted.
        """
        if self._reasons:
            raise Invalid(fields=self._reasons)


@contextmanager
def naming(field: str) -> Iterator[None]:
    """Show a problem of the image beside the fields', where forms look for it: at *field*, which it came by."""
    try:
        yield
    except (FetchFailed, FileTooLarge, ImageRefused, UnsupportedType) as error:
        error.fields.setdefault(field, [error.message])
        raise
