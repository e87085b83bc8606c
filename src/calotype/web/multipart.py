"""The grammar of `multipart/form-data` as we accept it: a push parser's callbacks become fields and one file.

Law: one reading for every way of cutting the same bytes into chunks; anything ambiguous is refused, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote_to_bytes

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from calotype.errors import Invalid
from calotype.spool import Spool, Spooled

MIB = 1024 * 1024
FILE_FIELD = "file"
ENVELOPE_BYTES = 64 * 1024
"""What boundaries and part headers may add to the file and the fields of one form."""

_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_EXTENDED_VALUE = re.compile(r"(utf-8|iso-8859-1)'[^']*'(.+)", re.IGNORECASE)
"""RFC 5987: charset, language, percent-encoded bytes. RFC 7578 forbids it in forms; clients send it anyway."""

_PLAIN_ENCODINGS = {"", "7bit", "8bit", "binary"}


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """What a form may be: sizes in bytes, *min_rate* in bytes a second, *grace_s* in seconds."""

    max_file_bytes: int
    min_rate: int
    grace_s: float
    max_fields: int = 100
    max_field_bytes: int = 64 * 1024
    max_form_bytes: int = MIB
    """All text fields together, their names included."""

    @property
    def max_body_bytes(self) -> int:
        """The longest body that can hold a form within these limits."""
        return self.max_file_bytes + self.max_form_bytes + ENVELOPE_BYTES


class FormReader:
    """Takes a body in chunks (`feed`) and says at its end (`finish`) what was in it. `discard` it in every case."""

    def __init__(
        self,
        boundary: bytes,
        scratch: Path,
        limits: IntakeLimits,
        setting: str,
        file_field: str = FILE_FIELD,
    ) -> None:
        """Read parts between *boundary*, of which *file_field* is the file.

        That goes to *scratch*, and *setting* names its limit in errors.
        """
        self._file_field = file_field
        self.fields: list[tuple[str, str]] = []
        self.file: Spooled | None = None
        self._limits = limits
        self._new_spool: Callable[[], Spool] = lambda: Spool(scratch, limits.max_file_bytes, setting)
        self._spool: Spool | None = None
        self._part: _FilePart | _TextPart | None = None
        self._form_bytes = 0
        self._header = [b"", b""]
        self._headers: dict[str, str] = {}
        self._complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._data,
                "on_part_end": self._part_ends,
                "on_end": self._ends,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Read the next bytes.

        Raises:
            Invalid: they are no form, or one that we do not accept.
            FileTooLarge: the file passed its limit.
        """
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise Invalid(f"The form is malformed: {error}.") from None

    def finish(self) -> None:
        """Make sure that the form ended where it should.

        Raises:
            Invalid: its closing boundary is missing, so that part of it may be too.
        """
        if not self._complete:
            raise Invalid("The form ends early: its closing boundary is missing.")

    def discard(self) -> None:
        """Remove the spooled file, unless it was moved away."""
        if self._spool is not None:
            self._spool.discard()

    def _part_begins(self) -> None:
        self._headers = {}

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _header_ends(self) -> None:
        name, value = self._header[0].decode("latin-1").lower(), self._header[1].decode("latin-1")
        self._header = [b"", b""]
        if self._headers.setdefault(name, value) != value:
            raise Invalid(f"A part of the form has two different {name} headers.")

    def _headers_end(self) -> None:
        kind, options = parse_options_header(self._headers.get("content-disposition", ""))
        if kind != b"form-data" or b"name" not in options:
            raise Invalid("A part of the form has no name.")
        name = _text(options[b"name"], "a field name")
        if self._headers.get("content-transfer-encoding", "").strip().lower() not in _PLAIN_ENCODINGS:
            raise Invalid.field(name, "must not be transfer-encoded (RFC 7578)")
        filename = _filename(self._headers["content-disposition"], options)
        self._part = self._text_part(name) if filename is None else self._file_part(name, filename)

    def _text_part(self, name: str) -> _TextPart:
        if name == self._file_field:
            raise Invalid.field(name, "must be a file part: give it a file name")
        if len(self.fields) >= self._limits.max_fields:
            raise Invalid(f"The form has more than {self._limits.max_fields} fields.")
        self._form_bytes += len(name)
        return _TextPart(name, self._limits.max_field_bytes, self._count)

    def _file_part(self, name: str, filename: str) -> _FilePart:
        if name != self._file_field:
            raise Invalid.field(name, f"is a file; send it as the field {self._file_field!r}")
        if self._spool is not None:
            raise Invalid.field(name, "only one file per request")
        self._spool = self._new_spool()
        return _FilePart(self._spool, filename, self._headers.get("content-type", ""))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part is not None:
            self._part.write(memoryview(data)[start:end])

    def _part_ends(self) -> None:
        match self._part:
            case _FilePart() as part:
                self.file = part.close()
            case _TextPart() as part:
                self.fields.append(part.close())
        self._part = None

    def _ends(self) -> None:
        self._complete = True

    def _count(self, size: int) -> None:
        self._form_bytes += size
        if self._form_bytes > self._limits.max_form_bytes:
            raise Invalid(f"The fields of the form are longer than {self._limits.max_form_bytes:,} bytes.")


class _FilePart:
    def __init__(self, spool: Spool, filename: str, content_type: str) -> None:
        self._spool, self._filename, self._content_type = spool, filename, content_type
        self.write = spool.write

    def close(self) -> Spooled:
        return replace(self._spool.close(self._filename), content_type=self._content_type)


class _TextPart:
    def __init__(self, name: str, max_bytes: int, count: Callable[[int], None]) -> None:
        self._name, self._max_bytes, self._count = name, max_bytes, count
        self._value = bytearray()

    def write(self, data: memoryview) -> None:
        self._count(len(data))
        if len(self._value) + len(data) > self._max_bytes:
            raise Invalid.field(self._name, f"longer than {self._max_bytes:,} bytes")
        self._value += data

    def close(self) -> tuple[str, str]:
        return self._name, _text(bytes(self._value), self._name)


def _filename(disposition: str, options: dict[bytes, bytes]) -> str | None:
    """Find the file name, the extended spelling first; None when this part is no file.

    A name is only shown, so bytes that are not UTF-8 are replaced instead of refused.
    """
    for name, value in _PARAMETER.findall(disposition):
        extended = _EXTENDED_VALUE.fullmatch(value.strip()) if name.lower() == "filename*" else None
        if extended:
            return unquote_to_bytes(extended[2]).decode(extended[1], errors="replace")
    plain = options.get(b"filename")
    return None if plain is None else plain.decode("utf-8", errors="replace")


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid.field(name, "must be UTF-8") from None


def boundary_of(content_type: str, file_field: str = FILE_FIELD) -> bytes:
    """Read the boundary out of a Content-Type header.

    Raises:
        Invalid: it is not multipart/form-data, or has no usable boundary (RFC 2046: 1 to 70 characters).
    """
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        raise Invalid(f"Send the file as multipart/form-data, in a part named `{file_field}`.")
    boundary = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 70:
        raise Invalid("The Content-Type has no usable boundary.")
    return boundary
