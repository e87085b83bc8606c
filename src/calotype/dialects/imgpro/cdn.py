"""The grammar of img.pro's delivery URLs: `{cdn}/{storage}/{id}.{ext}?size=s|m|l`. Pure.

Law of the contract (section 7): an invalid value is ignored, never an error; an unknown name is no image.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from calotype.domain.assets import ID
from calotype.domain.formats import BY_EXTENSION, FORMATS, Format
from calotype.domain.transformations import Transformation
from calotype.operations import Resize

SIZES = {"s": Resize(short_edge=320), "m": Resize(short_edge=640), "l": Resize(short_edge=1080)}
"""Short edges in pixels (S001, "Sizes")."""


@dataclass(frozen=True, slots=True)
class Address:
    """What a delivery URL names: an asset of a storage, and what is wished of it."""

    storage: str
    asset_id: str
    wish: Transformation


def parse(path: str, query: str) -> Address | None:
    """Read *path* (below the CDN's base, no leading slash) and *query*; None when they name no image."""
    storage, slash, file_name = path.partition("/")
    asset_id, dot, extension = file_name.partition(".")
    format_ = BY_EXTENSION.get(extension)
    if not (slash and dot and format_ and ID.match(asset_id)):
        return None
    sizes = [value for name, value in parse_qsl(query) if name == "size" and value in SIZES]
    operations = (SIZES[sizes[0]],) if sizes else ()
    return Address(storage, asset_id, Transformation.of(*operations, format_=format_))


def serves(wish: Transformation, stored: Format) -> bool:
    """Say whether an extension fits a source: any format that we write, or the one it came in."""
    format_ = wish.output.format
    return format_ is None or FORMATS[format_].output or format_ is stored
