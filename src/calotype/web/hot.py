"""The first tier of delivery: whole responses in memory, found by URL, each body held once.

Law: bounded in bytes; what a URL, a head and a body cost are all counted. A URL is the request target as it was sent:
spellings are not normalised before the first look. A URL whose answer varies is found by what it varies with as well.

Why so: docs/adr/0003, 0014.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from calotype.domain.conditional import Validators
from calotype.domain.negotiation import fold
from calotype.ports import Event
from calotype.web.delivery_headers import Caching, Header

ALIASES = 32
"""URLs under which one body is remembered: honest spellings of one meaning are few."""
ALIAS_COST = 512
"""What one remembered URL is charged, in bytes, beside its own length and that of its heads."""

_AND = b"\n"
"""Joins a URL with what its answer varies with: neither a request target nor a header can have a line end in it."""


@dataclass(slots=True, eq=False)
class Held:
    """A body in memory, and every address that leads to it."""

    key: str
    asset_id: str
    workspace_id: str
    body: bytes
    addresses: list[bytes] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Hot:
    """A response in memory: its heads are written out already, but for the lines that each answer has of its own.

    One body may be told about in several ways: shown by one URL, downloaded by another.
    """

    held: Held
    validators: Validators
    caching: Caching
    full: bytes
    """Status line and headers of a 200, each line with its end."""
    not_modified: bytes
    """Status line and headers of a 304."""
    others: bool = False
    """Whether other images of the workspace have a part in it: layers, say. It ends with any change there."""
    request_id: bytes = b""
    """The name of a further header that each answer has of its own, with its request's id."""


@dataclass(slots=True, eq=False)
class Choice:
    """A URL whose answer depends on the request headers *names*, lower-case; *answers* of them are in memory."""

    names: tuple[bytes, ...]
    answers: int = 0


def head(status_line: bytes, headers: Iterable[Header]) -> bytes:
    """Write a status line and headers out, without the empty line that ends a head."""
    return status_line + b"".join(name + b": " + value + b"\r\n" for name, value in headers)


class HotResponses:
    """A byte-bounded LRU of whole responses."""

    def __init__(self, budget: int, largest: int) -> None:
        """Hold at most *budget* bytes, and no body over *largest* bytes."""
        self._budget = budget
        self.largest = min(largest, budget)
        self._by_address: dict[bytes, Hot | Choice] = {}
        self._by_key: OrderedDict[str, Held] = OrderedDict()
        self._by_asset: dict[str, set[str]] = {}
        self._with_others: dict[str, set[bytes]] = {}
        """By workspace, the addresses of what other images have a part in."""
        self.size = 0

    def find(self, url: bytes, headers: Sequence[Header]) -> Hot | None:
        """Find the response for a URL; *headers* are looked at only when its answer varies."""
        found = self._by_address.get(url)
        if isinstance(found, Choice):
            found = self._by_address.get(_address(url, found.names, headers))
        if not isinstance(found, Hot):
            return None
        self._by_key.move_to_end(found.held.key)
        return found

    def by_key(self, key: str) -> Held | None:
        """Find the body of a variant key, which another URL may have brought in."""
        return self._by_key.get(key)

    def hold(self, held: Held) -> Held | None:
        """Hold a body, letting the least recently used go, and answer what is held under its key.

        None: it is too large, and passed over.
        """
        if held.key not in self._by_key and len(held.body) <= self.largest:
            self._by_key[held.key] = held
            self._by_asset.setdefault(held.asset_id, set()).add(held.key)
            self.size += len(held.body)
            self._shrink()
        return self._by_key.get(held.key)

    def remember(
        self, url: bytes, hot: Hot, varying: tuple[bytes, ...] = (), headers: Sequence[Header] = ()
    ) -> None:
        """Find *hot* by *url* from now on; of too many spellings the oldest is forgotten.

        When the answer varies with the request headers named *varying*, it is found by whoever tells the same as
        *headers* do.
        """
        address = _address(url, varying, headers) if varying else url
        if self._by_key.get(hot.held.key) is not hot.held or address in self._by_address:
            return
        if varying and not self._choose(url, varying):
            return
        if len(hot.held.addresses) == ALIASES:
            self._forget(hot.held.addresses.pop(0))
        hot.held.addresses.append(address)
        self._by_address[address] = hot
        if hot.others:
            self._with_others.setdefault(hot.held.workspace_id, set()).add(address)
        self.size += _cost(address, hot)
        self._shrink()

    def heed(self, event: Event | None) -> None:
        """Forget what *event* may have changed; None: anything."""
        if event is None:
            self.drop_all()
        elif event.asset_id:
            self.drop_asset(event.asset_id)
            self._drop_with_others(event.workspace_id)
        else:
            self.drop_workspace(event.workspace_id)

    def drop_asset(self, asset_id: str) -> None:
        """Forget every response of an asset."""
        for key in tuple(self._by_asset.get(asset_id, ())):
            self._drop(self._by_key[key])

    def drop_workspace(self, workspace_id: str) -> None:
        """Forget every response of a workspace: its keys or its policy changed, which is rare."""
        for held in tuple(self._by_key.values()):
            if held.workspace_id == workspace_id:
                self._drop(held)

    def drop_all(self) -> None:
        """Forget every response."""
        for held in tuple(self._by_key.values()):
            self._drop(held)

    def _drop_with_others(self, workspace_id: str) -> None:
        """Forget where the URLs lead that other images of a workspace had a part in; what they led to may stay."""
        for address in tuple(self._with_others.get(workspace_id, ())):
            hot = self._forget(address)
            hot.held.addresses.remove(address)

    def _choose(self, url: bytes, names: tuple[bytes, ...]) -> bool:
        """Note one more answer of a URL; False when it is known to vary with other names, or with none."""
        choice = self._by_address.get(url)
        if choice is None:
            self._by_address[url] = choice = Choice(names)
            self.size += ALIAS_COST + len(url)
        if not isinstance(choice, Choice) or choice.names != names:
            return False
        choice.answers += 1
        return True

    def _shrink(self) -> None:
        while self.size > self._budget and self._by_key:
            self._drop(next(iter(self._by_key.values())))

    def _drop(self, held: Held) -> None:
        del self._by_key[held.key]
        keys = self._by_asset[held.asset_id]
        keys.discard(held.key)
        if not keys:
            del self._by_asset[held.asset_id]
        for address in held.addresses:
            self._forget(address)
        self.size -= len(held.body)

    def _forget(self, address: bytes) -> Hot:
        hot = self._by_address.pop(address)
        assert isinstance(hot, Hot)  # noqa: S101 - choices have no address among those of a body
        self.size -= _cost(address, hot)
        if hot.others:
            self._with_others[hot.held.workspace_id].discard(address)
        url, varies, _ = address.partition(_AND)
        choice = self._by_address.get(url) if varies else None
        if isinstance(choice, Choice):
            choice.answers -= 1
            if not choice.answers:
                del self._by_address[url]
                self.size -= ALIAS_COST + len(url)
        return hot


def _cost(address: bytes, hot: Hot) -> int:
    return ALIAS_COST + len(address) + len(hot.full) + len(hot.not_modified)


def _address(url: bytes, names: tuple[bytes, ...], headers: Sequence[Header]) -> bytes:
    return _AND.join((url, *(_told(name, headers) for name in names)))


def _told(name: bytes, headers: Sequence[Header]) -> bytes:
    """Say what a request's headers of one name come down to: three classes for Accept, themselves for others."""
    values = [value for each, value in headers if each == name]
    return fold(values).value.encode() if name == b"accept" else b",".join(values)
