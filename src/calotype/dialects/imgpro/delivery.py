"""img.pro's images over HTTP: the CDN grammar joined to the delivery door."""

from __future__ import annotations

from starlette.types import Scope

from calotype.dialects.imgpro.cdn import Address, parse, serves
from calotype.dialects.imgpro.errors import headers_of, log_failure, status_of
from calotype.domain.assets import Asset
from calotype.domain.planning import Target
from calotype.domain.words import Word
from calotype.errors import CalotypeError, NotFound
from calotype.services.delivery import Delivery
from calotype.web.delivery import Grammar, Refusal
from calotype.web.delivery_headers import Header


def grammar(delivery: Delivery) -> Grammar:
    """Read URLs as img.pro does, and refuse in one line of plain text (contract, gap 13)."""

    async def find(scope: Scope) -> Target:
        address = _address(scope)

        def fits(asset: Asset) -> bool:
            return serves(address.wish, asset.version.facts.format)

        owner = scope.get("calotype.owner", "")
        return await delivery.target(
            address.storage, address.asset_id, address.wish, fits, owner=owner, unnamed=address.unnamed
        )

    async def words(scope: Scope) -> tuple[Word, ...]:
        return _address(scope).words

    return Grammar(find, refuse, words)


def _address(scope: Scope) -> Address:
    """Read the URL; positions count from its first slash."""
    below, query = scope["calotype.path"], scope["query_string"].decode("latin-1")
    address = parse(below, query, len(scope["raw_path"]) - len(below))
    if address is None:
        raise NotFound
    return address


def refuse(error: CalotypeError, request_id: str) -> Refusal:
    """Say what went wrong in one line: an error is never an image, nor an image an error."""
    log_failure(error)
    headers: list[Header] = [(b"content-type", b"text/plain; charset=utf-8")]
    headers += [(name.lower().encode(), value.encode()) for name, value in headers_of(error).items()]
    text = f"{error.code}: {error.message} (request {request_id})\n"
    return Refusal(status_of(error), tuple(headers), text.encode())
