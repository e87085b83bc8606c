"""A delivery door on its own, with everything around it as plain values that a test can change."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from calotype.domain.assets import Asset, Facts, Version
from calotype.domain.formats import Format
from calotype.domain.planning import Original, Target
from calotype.errors import CalotypeError
from calotype.web.delivery import DeliveryDoor, Grammar, Refusal
from calotype.web.hot import HotResponses

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ASSET = Asset(
    "0123456789abcdef01234567", "w", "a.jpg", "/", "a.jpg",
    Version("0123456789abcdef01234567", 4, "aa", Facts(Format.JPEG, 4, 3)), NOW, NOW,
)  # fmt: skip


STATUSES = {
    "method_not_allowed": 405, "precondition_failed": 412, "range_not_satisfiable": 416, "validation_error": 422,
}  # fmt: skip


def refuse(error: CalotypeError, _: str) -> Refusal:
    """Say what went wrong, as a toy dialect."""
    return Refusal(STATUSES.get(error.code, 404), (), error.message.encode())


class World:
    """Everything around the door, as plain values that a test can change."""

    def __init__(self, largest: int = 1000):
        self.target: Target | Exception = Target(ASSET, Original("key", Format.JPEG, blank_gps=False))
        self.body = b"body"
        self.fetched = 0
        self.hits: list[tuple[int, int]] = []
        self.now = NOW
        self.generation = 0
        self.stale = False
        self.on_delivery_host = False
        self.hot = HotResponses(100_000, largest)
        self.door = DeliveryDoor(
            Grammar(self.find, refuse),
            self.bytes_of, freshness=self, hot=self.hot, observer=self,
            clock=lambda: self.now, max_age=600,
        )  # fmt: skip

    async def find(self, scope):
        if isinstance(self.target, Exception):
            raise self.target
        return self.target

    async def bytes_of(self, target):
        self.fetched += 1
        return self.body

    def fresh(self):
        return not self.stale

    async def catch_up(self):
        self.stale = False
        self.generation += 1
        self.hot.drop_asset(ASSET.id)

    def hit(self, method, url, status, size):
        self.hits.append((status, size))

    async def ask(self, path="/cdn/a/b.jpg", method="GET", query="", receive=None, **headers):
        """Send one request; answer (status, headers, body)."""
        fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        target = f"{path}?{query}" if query else path
        if hit := self.door.hit(method.encode(), target.encode(), fields):
            return self.read(*hit)
        sent = []

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http", "method": method, "raw_path": path.encode(), "query_string": query.encode(),
            "calotype.delivery_host": self.on_delivery_host,
            "headers": fields,
        }  # fmt: skip
        await self.door(scope, receive or asyncio.Event().wait, send)
        fields = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], fields, b"".join(message["body"] for message in sent[1:])

    @staticmethod
    def read(head, body):
        """Take a head apart that is ready to be sent."""
        status, *lines = head.decode().removesuffix("\r\n").split("\r\n")
        return int(status.split()[1]), dict(line.split(": ", 1) for line in lines), body
