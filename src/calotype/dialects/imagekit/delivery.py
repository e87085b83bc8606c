"""ImageKit's images over HTTP: the grammar of its URLs joined to the delivery door."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from starlette.types import Scope

from calotype.dialects.imagekit.address import Address, parse
from calotype.dialects.imagekit.errors import REQUEST_ID, refuse
from calotype.dialects.imagekit.given import Hints
from calotype.dialects.imagekit.reading import Draft, Reading
from calotype.dialects.imagekit.sizing import hint
from calotype.domain.negotiation import fold
from calotype.domain.planning import Target
from calotype.domain.signing import presented
from calotype.domain.terms import Terms
from calotype.domain.words import Word
from calotype.domain.workspaces import Workspace
from calotype.errors import NotFound
from calotype.services.paths import Order, PathDelivery, Standing
from calotype.web.delivery import Grammar


def grammar(paths: PathDelivery) -> Grammar:
    """Read URLs as ImageKit does: `/<mount>/<workspace>/[tr:…/]<path>[?tr=…]`."""

    async def find(scope: Scope) -> Target:
        asked = await _asked(paths, scope)
        return await paths.target(asked.workspace, _order(asked, scope), asked.standing)

    async def words(scope: Scope) -> tuple[Word, ...]:
        asked = await _asked(paths, scope)
        own = (*asked.address.words, *_signature(asked))
        return (*sorted(own, key=lambda word: word.at), *asked.reading.words)

    return Grammar(find, refuse, words, request_id=REQUEST_ID.lower().encode())


@dataclass(frozen=True, slots=True)
class _Asked:
    """A URL, understood."""

    workspace: Workspace
    standing: Standing
    address: Address
    reading: Reading
    target: str


async def _asked(paths: PathDelivery, scope: Scope) -> _Asked:
    """Read the URL: whose it is, whether it is signed, then what it asks for.

    Raises:
        NotFound: no such workspace; or to be explained to an owner, and another's.
        SignatureInvalid, SignatureExpired: a signature is present and wrong, or over.
        Invalid: what it asks for is malformed.
    """
    endpoint, rest, query = _parts(scope)
    workspace = await paths.workspace(unquote(endpoint.rstrip("/").rpartition("/")[2]))
    target = f"{endpoint}{rest}?{query}" if query else f"{endpoint}{rest}"
    given = presented(target)
    asking = scope.get("calotype.owner", "")
    if asking not in {"", workspace.id}:
        raise NotFound("There is no such workspace.")  # nothing is told of what another holds, or forbids
    standing = await paths.standing(workspace, given, endpoint, owner=bool(asking))
    address = parse(rest, query, len(endpoint))
    draft = Draft(address.chains)
    known = await paths.named(workspace, draft.names)
    reading = draft.read(known.get, _hints(scope), thumbnail=address.thumbnail)
    return _Asked(workspace, standing, address, reading, target)


def _parts(scope: Scope) -> tuple[str, str, str]:
    """Cut the raw target into the endpoint (mount and workspace, with its last slash), what is below it, and the query.

    Raises:
        NotFound: no workspace is named.
    """
    raw = scope["raw_path"].decode("utf-8", "surrogateescape")
    mount = scope["path"].removesuffix(scope["calotype.path"]).count("/")
    *head, rest = raw.split("/", mount + 1)
    if len(head) != mount + 1 or not head[-1]:
        raise NotFound("No workspace is named.")
    return "/".join(head) + "/", rest, scope["query_string"].decode("utf-8", "surrogateescape")


def _hints(scope: Scope) -> Hints:
    """Read the client hints, which are structured numbers (RFC 8942)."""
    found = {name: value.decode("latin-1") for name, value in scope["headers"] if name.startswith(b"sec-ch-")}
    width, dpr = hint(found.get(b"sec-ch-width", "")), hint(found.get(b"sec-ch-dpr", ""))
    return Hints(None if width is None else round(width) or None, dpr)


def _order(asked: _Asked, scope: Scope) -> Order:
    address, reading = asked.address, asked.reading
    return Order(
        path=address.path,
        wish=reading.transformation,
        stand_in=reading.default_image,
        version=address.version,
        accept=fold(value for name, value in scope["headers"] if name == b"accept"),
        transformed=bool(reading.names) or reading.unnamed,
        unnamed=reading.unnamed,
        terms=Terms(attachment=_attachment(address), vary=reading.vary, headers=_headers(reading)),
    )


def _attachment(address: Address) -> str | None:
    if not address.attachment:
        return None
    return address.file_name or address.path.rpartition("/")[2]


def _headers(reading: Reading) -> tuple[tuple[str, str], ...]:
    return () if reading.content_dpr is None else (("Content-DPR", f"{reading.content_dpr:g}"),)


def _signature(asked: _Asked) -> tuple[Word, ...]:
    """Tell about the signature, which is genuine when it comes to this; without it in the words."""
    if not asked.standing.signed:
        return ()
    until = "for ever" if asked.standing.until is None else f"until {asked.standing.until.isoformat()}"
    return (Word("ik-s", asked.target.index("ik-s="), f"a genuine signature, which holds {until}"),)
