"""A decoder's failure, and the damage that it forgave, turned into our refusal of an upload.

Law: the decoder's own words stay in the error's cause; they name paths and offsets, which are nobody's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from calotype.domain.formats import Format
from calotype.engine.vips import Error, complaints, is_out_of_memory
from calotype.engine.wholeness import is_whole
from calotype.errors import ImageCorrupt, ImageTruncated, TooComplex

_CUT = {
    Format.JPEG: re.compile(r"premature end of JPEG"),
    Format.TIFF: re.compile(r"seek error|read error|IO error|can ?not read", re.IGNORECASE),
}
"""How libjpeg and libtiff say that a file is too short, where its structure cannot."""


@contextmanager
def refusals(source: str, format_: Format) -> Iterator[None]:
    """Refuse the file *source* for whatever its decoder raises in the block.

    Raises:
        ImageTruncated: the file ends too early.
        TooComplex: decoding took more memory than the worker has.
        ImageCorrupt: anything else.
    """
    try:
        yield
    except (Error, MemoryError) as error:
        if is_out_of_memory(error):
            raise TooComplex from error
        words = _CUT.get(format_)
        cut = words.search(str(error)) if words else not is_whole(source, format_)
        raise (ImageTruncated if cut else ImageCorrupt) from error


def refuse_damage() -> None:
    """Refuse a JPEG whose damage libjpeg papered over with grey; stray bytes between markers harm nothing.

    To be called right after the pixels were decoded: operations after that may clear what libjpeg noted.

    Raises:
        ImageCorrupt: it noted damage.
    """
    for line in complaints().splitlines():
        if "Corrupt JPEG data" in line and "extraneous bytes" not in line:
            raise ImageCorrupt
