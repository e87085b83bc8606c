"""Attack A7: what another workspace has is answered as what nobody has, in every place where a request can name it.

The places are those of the OpenAPI document, so a new endpoint or a new field is walked too, or fails the first test.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field

import pytest

import pictures
from app_people import acting, app_of, user_of
from calotype.dialects.imgpro.reference.running import document
from calotype.services import connecting
from calotype.settings import Settings
from calotype.web.reference.calls import Call, Payload, calls
from platforms import StoppedClock, key_for

PHOTO = pictures.jpeg(64, 48)
URL = "https://photos.example/p.jpg"

NAMING = {
    ("path", "asset_id"),
    *((where, name) for where in ("query", "body") for name in ("ids", "namespace", "tags")),
    *(("body", name) for name in ("external_id", "path", "name", "filename", "code")),
    ("query", "cursor"),
    ("query", "label"),
    ("query", "url"),
    ("header", "X-Img-User"),
    ("header", "Idempotency-Key"),
}
"""Where a request can name something that somebody may own."""
HARMLESS = {
    *(("body", name) for name in ("file", "url", "public", "ttl", "date", "caption", "labels", "metadata")),
    ("body", "tag_mode"),
    ("body", "email"),
    *(("query", name) for name in ("tag_mode", "limit", "offset", "accept")),
}
CALLS = calls(document(Settings()))


@dataclass(frozen=True)
class Place:
    """A field of one request of one call."""

    call: Call
    payload: Payload | None
    where: str
    name: str

    def __str__(self) -> str:
        kind = f" {self.payload.media_type}" if self.payload else ""
        return f"{self.call.verb} {self.call.path}{kind} {self.where} {self.name}"


def places() -> list[Place]:
    found = []
    for call in CALLS:
        for payload in call.payloads or (None,):
            fields = [*call.fields, *(payload.fields if payload else ())]
            found += [Place(call, payload, each.where, each.name) for each in fields]
    return found


PLACES = [each for each in places() if (each.where, each.name) in NAMING]


def test_every_field_of_the_document_is_known_to_name_something_or_to_be_harmless():
    assert {(each.where, each.name) for each in places()} == NAMING | HARMLESS


_TIMES = r'"\w+_at":("[^"]+"|[0-9]+)'


@dataclass
class Twin:
    """One of two who ask alike: of one everything names what somebody has, of the other what nobody has."""

    http: object
    headers: dict[str, str]
    clock: StoppedClock
    mine: dict[str, object] = field(default_factory=dict)

    async def ask(self, place: Place, value: str):
        """Send the request that has *value* at *place*, and whatever else it needs."""
        self.clock.move(
            seconds=1
        )  # lists are in the order of time, then of ids, which the twins do not share
        self.mine = await stored(self.http, self.headers)
        self.clock.move(seconds=1)
        values = {("path", "asset_id"): self.mine["id"], ("query", "url"): "/cdn/abc/none.jpg"}
        values[place.where, place.name] = value
        known = {each.name for each in place.call.fields}

        def at(where: str) -> dict[str, str]:
            return {name: each for (kind, name), each in values.items() if kind == where and name in known}

        return await self.http.request(
            place.call.verb,
            place.call.path.format(**at("path")),
            params=[pair for name, each in at("query").items() for pair in _query(name, each)],
            headers={**self.headers, **at("header")},
            **_body(place, value, self.mine["id"]),
        )

    def told(self, response, values: list[str]) -> tuple[int, str, list[str]]:
        """Give what an answer tells, without ids, keys and times, and the *values* that only one twin sends."""
        body = response.text.replace(self.mine["src"].split("/")[3], "STORAGE")
        for value in sorted(values, key=len, reverse=True):
            body = body.replace(value, "VALUE")
        for pattern in (r"[0-9a-f]{24}", r"\b(img_live|key)_[a-z0-9]+", _TIMES, r'"next_cursor":"[^"]+"'):
            body = re.sub(pattern, "…", body)
        return response.status_code, body, list(response.headers)


@dataclass
class World:
    """Twins who ask, somebody else, and what that one has."""

    naming: Twin
    dreaming: Twin
    other: dict[str, str]
    names: dict[str, tuple[str, str]]
    """Of each place: what names something of the other one's, and what names nothing."""

    async def everything(self) -> list[object]:
        """List all that the other one has, as they see it."""
        paths = ("/v1/media", "/v1/images", "/v1/namespaces", "/v1/usage")
        return [(await self.naming.http.get(path, headers=self.other)).json() for path in paths]


def _query(name: str, value: str) -> list[tuple[str, str]]:
    return [(f"label[{value}]", "secret")] if name == "label" else [(name, value)]


def _body(place: Place, value: str, mine: str) -> dict[str, object]:
    if place.payload is None:
        return {}
    named = {place.name: value} if place.where == "body" else {}
    members = {each.name for each in place.payload.fields}
    if "file" in members:
        return {"data": named, "files": {"file": ("p.jpg", PHOTO, "image/jpeg")}}
    needed = {"url": URL, "code": "none", "email": "x@example.com"}
    wanted = {name: each for name, each in needed.items() if name in members} | named
    if "ids" in members and not (place.call.name == "deleteMediaBatch" and named):
        wanted = {"ids": [mine]} | wanted
    for name in ("ids", "tags"):
        if name in named and place.payload.media_type == "application/json":
            wanted[name] = [value]
    return {"json": wanted}


def beside(asset_id: str) -> str:
    """Make an id that nobody has, and that stands where *asset_id* does in every order."""
    return asset_id[:-1] + ("0" if asset_id[-1] != "0" else "1")


def cursor(created_at: int, asset_id: str) -> str:
    position = json.dumps({"t": created_at * 1_000_000, "id": asset_id})
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


async def stored(http, headers, **fields) -> dict:
    response = await http.post(
        "/v1/upload", data=fields, files={"file": ("p.jpg", PHOTO, "image/jpeg")}, headers=headers
    )
    assert response.status_code == 201, response.text
    return response.json()


SECRETS = {
    "namespace": "secret-place", "external_id": "secret-id", "tags": "secret-tag", "name": "secret-name",
}  # fmt: skip


async def world_of(platform, http, naming, dreaming, other, *, public: str) -> World:
    platform.fetcher.pages[URL] = PHOTO
    twins = [Twin(http, headers, platform.clock) for headers in (naming, dreaming)]
    for twin in twins:
        await stored(http, twin.headers)
    platform.clock.move(seconds=1)
    theirs = await stored(http, other, **SECRETS, public=public)
    await http.patch(f"/v1/images/{theirs['id']}", json={"labels": {"secret-label": "secret"}}, headers=other)
    await stored(http, {**other, "Idempotency-Key": "secret-key"})
    unknown = beside(theirs["id"])
    names = {
        "asset_id": (theirs["id"], unknown),
        "ids": (theirs["id"], unknown),
        "namespace": ("secret-place", "nobody-place"),
        "tags": ("secret-tag", "nobody-tag"),
        "external_id": ("secret-id", "nobody-id"),
        "path": (theirs["path"], theirs["path"].replace("secret-name", "nobody-name")),
        "name": ("secret-name", "nobody-name"),
        "filename": ("secret-name", "nobody-name"),
        "cursor": (cursor(theirs["created_at"], theirs["id"]), cursor(theirs["created_at"], unknown)),
        "label": ("secret-label", "nobody-label"),
        "url": (theirs["src"], theirs["src"].replace(theirs["id"], unknown)),
        "X-Img-User": ("aaaaaaaa", "zzzzzzzz"),
        "Idempotency-Key": ("secret-key", "nobody-key"),
        "code": ("a" * 40, "z" * 40),
    }
    return World(*twins, other, names)


@pytest.fixture
async def of_keys(platform, http, owner, neighbour):
    """Three workspaces with a key each; what the other one has has no page."""
    twin = {"Authorization": f"Bearer {await key_for(platform, 'twin')}"}
    return await world_of(platform, http, owner.headers, twin, neighbour.headers, public="false")


@pytest.fixture
async def of_apps(platform, http):
    """An app that acts for two users, and another app with its own user, whose pictures are public."""
    mine, my_secret = await app_of(platform, "Mine")
    theirs, their_secret = await app_of(platform, "Theirs")
    users = [await user_of(platform, mine, f"{name}@example.com") for name in ("ann", "bea")]
    them = await user_of(platform, theirs, "cyd@example.com")
    naming, dreaming = (acting(my_secret, user) for user in users)
    world = await world_of(platform, http, naming, dreaming, acting(their_secret, them), public="true")
    world.names["X-Img-User"] = (them.id, "zzzzzzzz")
    world.names["code"] = (await connecting.issue_code(platform, them), "z" * 40)
    return world


async def walk(world: World, places: list[Place]) -> None:
    named, dreamt = ([pair[side] for pair in world.names.values()] for side in (0, 1))
    for place in places:
        theirs, nobodys = world.names[place.name]
        before = await world.everything()
        answer = world.naming.told(await world.naming.ask(place, theirs), named)
        assert answer == world.dreaming.told(await world.dreaming.ask(place, nobodys), dreamt), str(place)
        assert await world.everything() == before, str(place)


async def test_a_key_learns_nothing_of_another_workspace_and_changes_nothing_there(of_keys):
    await walk(of_keys, PLACES)


@pytest.mark.parametrize("platform", [{"starting_plan": "unlimited"}], indirect=True)
async def test_an_app_learns_nothing_of_another_apps_users_and_changes_nothing_there(of_apps):
    await walk(of_apps, PLACES)


SHOWN = [each for each in PLACES if each.call.name == "showMedia" and each.name == "asset_id"]


async def test_the_walk_would_see_a_difference(of_keys):
    mine = await stored(of_keys.naming.http, of_keys.naming.headers)
    of_keys.names["asset_id"] = (mine["id"], beside(mine["id"]))
    with pytest.raises(AssertionError, match="asset_id"):
        await walk(of_keys, SHOWN)


async def test_the_walk_would_see_a_change(of_keys):
    of_keys.other = of_keys.naming.headers
    with pytest.raises(AssertionError, match="asset_id"):
        await walk(of_keys, SHOWN)


@pytest.mark.parametrize("transformation", ["", "?tr=w-20", "?tr=w-nonsense", "?tr=l-image,i-none.png,l-end"])
async def test_a_path_of_another_workspace_is_explained_as_one_that_leads_nowhere(of_keys, transformation):
    of_keys.names["url"] = tuple(f"/ik/neighbour{path}{transformation}" for path in of_keys.names["path"])
    await walk(of_keys, [each for each in PLACES if each.name == "url"])
