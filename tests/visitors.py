"""People who visit the account pages, each with a browser that keeps its own cookies."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import httpx

from calotype.ports import Platform

OURS = {"Sec-Fetch-Site": "same-origin"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
"""What browsers say of a form without fields too."""


class Tags(HTMLParser):
    """Every start tag of a page, as (name, attributes)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.all if tag == name]

    def with_id(self, name: str) -> dict[str, str | None]:
        return next(attributes for _, attributes in self.all if attributes.get("id") == name)


@dataclass
class Visitor:
    """A browser of somebody, with its cookies."""

    http: httpx.AsyncClient
    platform: Platform

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def post(
        self, path: str, headers: dict[str, str] = OURS, **fields: str | list[str]
    ) -> httpx.Response:
        return await self.http.post(path, data=fields, headers={**FORM, **headers})

    def code(self) -> str:
        """The code in the newest mail."""
        return re.search(r"\b[0-9]{6}\b", self.platform.mailer.sent[-1].text)[0]

    async def sign_in(self, email: str = "ann@example.com") -> httpx.Response:
        await self.post("/login", email=email)
        return await self.post("/login/code", email=email, code=self.code())

    async def made_key(self, name: str = "laptop") -> str:
        """Make a key that may do everything; its secret."""
        page = await self.post("/dashboard/keys", name=name, abilities=["read", "write"])
        return Tags(page.text).with_id("secret")["value"]
