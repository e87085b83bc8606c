"""The query of a list, and the links to the pages around it (contract, 3.4). Pure.

Law: what a client had nothing to say for counts as not said: the first generation's sends `undefined` then.
"""

from __future__ import annotations

from collections.abc import Mapping

from calotype.dialects.imgprocessing.values import IMAGE_PREFIX, Members, Wrong, image_id
from calotype.settings import Settings

TAKE, TAKE_MAX = 10, 100
UNSAID = frozenset({"", "undefined"})


def read(parameters: Mapping[str, str]) -> tuple[int, str | None]:
    """Read how many images are wanted, and from which on, by the core's id.

    Raises:
        Invalid: naming every bad parameter.
    """
    said = {name: value for name, value in parameters.items() if value not in UNSAID}
    members = Members(said)
    take = members.optional("take", _take, TAKE)
    first = members.optional("from", image_id)
    members.check()
    return take, first


def _take(value: object) -> int:
    digits = value if isinstance(value, str) and value.isascii() and value.isdigit() else ""
    if len(digits.lstrip("0")) > len(str(TAKE_MAX)) or not 1 <= int(digits or 0) <= TAKE_MAX:
        raise Wrong(f"must be an integer between 1 and {TAKE_MAX}")
    return int(digits)


def link(settings: Settings, take: int, first: str | None) -> str | None:
    """Link to the page of *take* images that begins with *first*."""
    if first is None:
        return None
    return f"{settings.img_processing_url}/v1/images?take={take}&from={IMAGE_PREFIX}{first}"
