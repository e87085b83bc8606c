"""Every code of both dialects' tables is an answer over HTTP: asked for by a request, or forced by a fault."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import httpx
import pytest
from starlette.applications import Starlette

import pictures
from app_people import account_of, acting, app_of, user_of
from calotype.dialects import imagekit, imgpro
from calotype.dialects.imgpro.reference import errors_told, refusals
from calotype.domain.assets import Moderation
from calotype.errors import RenderFailed, StorageFailed
from calotype.ports import Platform
from calotype.services import apps, connecting, moderation, workspaces
from calotype.services.delivery import Delivery
from calotype.services.paths import PathDelivery
from calotype.services.signing_keys import SigningKeys
from calotype.web.delivery import DeliveryDoor, Grammar
from calotype.web.hot import HotResponses
from platforms import Wrapped

PHOTO = pictures.jpeg(64, 48)
KINDS = refusals.kinds()


class Counter:
    """Counts nothing."""

    def tier(self, name):
        """Bytes came from somewhere."""

    def hit(self, method, url, status, size):
        """A request was answered."""


@dataclass
class World:
    """A server as its users see it: the API, and the doors of both dialects' deliveries."""

    platform: Platform
    http: httpx.AsyncClient
    owner: object
    reader: object
    nobody: object
    cdn: httpx.AsyncClient
    ik: httpx.AsyncClient

    async def send(self, data: bytes = PHOTO, **headers: str) -> httpx.Response:
        files = {"file": ("p.jpg", data, "image/jpeg")}
        return await self.http.post("/v1/images", files=files, headers={**self.owner.headers, **headers})

    async def policies(self, **words: object) -> None:
        await workspaces.set_policies(self.platform, await workspaces.find(self.platform, "default"), words)

    async def held(self, verdict: Moderation) -> str:
        id_ = (await self.owner.uploaded())["id"]
        await moderation.judge(
            self.platform, await self.platform.catalog.asset(id_, self.platform.clock()), verdict
        )
        return id_

    def break_(self, port: str, **methods: object) -> None:
        object.__setattr__(self.platform, port, Wrapped(getattr(self.platform, port), **methods))


def door(platform: Platform, delivery: Delivery, grammar: Grammar) -> httpx.AsyncClient:
    answer = DeliveryDoor(
        grammar, delivery.bytes_of, freshness=delivery.rows, hot=HotResponses(0, 0), observer=Counter(),
        clock=platform.clock, max_age=600,
    )  # fmt: skip

    async def mounted(scope, receive, send):
        scope["calotype.path"] = scope["path"].split("/", 2)[2]
        await answer(scope, receive, send)

    return httpx.AsyncClient(transport=httpx.ASGITransport(mounted), base_url="https://img.example")


@pytest.fixture
async def world(platform, http, owner, reader, nobody):
    delivery = Delivery(platform, Counter())
    await delivery.rows.start()
    paths = PathDelivery(platform, delivery, SigningKeys(platform, delivery.rows))
    cdn = door(platform, delivery, imgpro.delivery.grammar(delivery))
    ik = door(platform, delivery, imagekit.delivery.grammar(paths))
    async with cdn, ik:
        yield World(platform, http, owner, reader, nobody, cdn, ik)


def raising(kind: type[Exception]) -> Callable[..., Awaitable[None]]:
    async def fail(*_: object, **__: object) -> None:
        raise kind

    return fail


RECIPES: dict[str, Callable[[World], Awaitable[httpx.Response]]] = {}


def reaches(code: str):
    def note(recipe):
        RECIPES[code] = recipe
        return recipe

    return note


for code_, path, headers in (
    ("unauthorized", "/v1/media", {}),
    ("not_found", f"/v1/images/{'0' * 24}", {}),
):
    RECIPES[code_] = lambda world, path=path, headers=headers: world.http.get(path, headers=headers)

for code_, data in {
    "unsupported_media_type": b"only words",
    "image_empty": b"",
    "image_truncated": PHOTO[: len(PHOTO) // 2],
    "image_corrupt": pictures.jpeg_with_broken_pixels(),
    "image_too_many_pixels": pictures.png_declaring(),
    "image_too_many_frames": pictures.gif_frames(1024),
    "svg_unsafe": pictures.svg_with_entities(),
}.items():
    RECIPES[code_] = lambda world, data=data: world.send(data)


@reaches("forbidden")
async def _(world):
    return await world.reader.upload()


@reaches("validation_error")
async def _(world):
    return await world.owner.get("/v1/media", limit=0)


@reaches("file_too_large")
async def _(world):
    return await world.owner.patch("/v1/media/x", name="x" * 1_100_000)


@reaches("external_id_duplicate")
async def _(world):
    await world.owner.uploaded(external_id="a")
    other = await world.owner.uploaded()
    return await world.owner.patch(f"/v1/media/{other['id']}", external_id="a")


@reaches("path_taken")
async def _(world):
    first, second = await world.owner.uploaded(), await world.owner.uploaded()
    return await world.owner.patch(f"/v1/media/{second['id']}", path=first["path"])


@reaches("media_locked")
async def _(world):
    return await world.owner.delete(f"/v1/media/{await world.held(Moderation.LOCKED)}")


@reaches("media_blocked")
async def _(world):
    return await world.owner.get(f"/v1/images/{await world.held(Moderation.BLOCKED)}")


@reaches("idempotency_key_conflict")
async def _(world):
    await world.send(**{"Idempotency-Key": "a"})
    return await world.send(pictures.png(), **{"Idempotency-Key": "a"})


@reaches("idempotency_recovery_conflict")
async def _(world):
    made = await world.send(**{"Idempotency-Key": "a"})
    await world.owner.delete(f"/v1/images/{made.json()['id']}")
    return await world.send(**{"Idempotency-Key": "a"})


@reaches("idempotency_key_in_progress")
async def _(world):
    ingest = world.platform.renderer.ingest
    meanwhile = []

    async def while_it_is_taken_in(*args, **kwargs):
        meanwhile.append(await world.send(**{"Idempotency-Key": "a"}))
        return await ingest(*args, **kwargs)

    world.break_("renderer", ingest=while_it_is_taken_in)
    await world.send(**{"Idempotency-Key": "a"})
    return meanwhile[0]


@reaches("quota_exceeded")
async def _(world):
    workspace = await workspaces.find(world.platform, "default")
    await world.platform.catalog.update_workspace(workspace.id, lambda old: replace(old, plan="tiny"))
    return await world.send()


@reaches("rate_limited")
async def _(world):
    answers = [await world.nobody.upload() for _ in range(3)]
    return answers[-1]


@reaches("key_limit_reached")
async def _(world):
    body = {"email": "ada@example.com"}
    answers = [await world.http.post("/v1/keys", json=body) for _ in range(4)]
    return answers[-1]


@reaches("registration_closed")
async def _(world):
    await account_of(world.platform, "ada@example.com")
    return await world.http.post("/v1/keys", json={"email": "ada@example.com"})


@reaches("app_suspended")
async def _(world):
    app, secret = await app_of(world.platform)
    await apps.suspend(world.platform, app)
    return await world.http.get("/v1/images", headers=acting(secret))


@reaches("app_blocked")
async def _(world):
    app, secret = await app_of(world.platform)
    await apps.block(world.platform, app)
    return await world.http.get("/v1/images", headers=acting(secret))


@reaches("workspace_unavailable")
async def _(world):
    app, secret = await app_of(world.platform)
    user = await user_of(world.platform, app)
    await connecting.disconnect(world.platform, user.id)
    return await world.http.get("/v1/images", headers=acting(secret, user))


@reaches("fetch_failed")
async def _(world):
    body = {"url": "https://nowhere.example/p.jpg"}
    return await world.http.post("/v1/import", json=body, headers=world.owner.headers)


@reaches("import_failed")
async def _(world):
    world.platform.fetcher.pages["https://photos.example/p.jpg"] = PHOTO
    world.break_("blobs", put=raising(StorageFailed))
    body = {"url": "https://photos.example/p.jpg"}
    return await world.http.post("/v1/import", json=body, headers=world.owner.headers)


@reaches("upload_failed")
async def _(world):
    world.break_("blobs", put=raising(StorageFailed))
    return await world.send()


@reaches("method_not_allowed")
async def _(world):
    image = await world.owner.uploaded()
    return await world.cdn.post(image["src"].replace("cdn.example", "img.example/cdn"))


@reaches("precondition_failed")
async def _(world):
    image = await world.owner.uploaded()
    return await world.cdn.get(
        image["src"].replace("cdn.example", "img.example/cdn"), headers={"If-Match": '"x"'}
    )


@reaches("range_not_satisfiable")
async def _(world):
    image = await world.owner.uploaded()
    src = image["src"].replace("cdn.example", "img.example/cdn")
    return await world.cdn.get(src, headers={"Range": "bytes=999999-"})


@reaches("variant_limit")
async def _(world):
    await world.policies(variant_budget="1")
    image = await world.owner.uploaded()
    src = image["src"].replace("cdn.example", "img.example/cdn")
    await world.cdn.get(f"{src}?w=10")
    return await world.cdn.get(f"{src}?w=20")


@reaches("render_failed")
async def _(world):
    image = await world.owner.uploaded()
    world.break_("renderer", render=raising(RenderFailed))
    return await world.cdn.get(f"{image['src'].replace('cdn.example', 'img.example/cdn')}?w=10")


@reaches("signature_invalid")
async def _(world):
    image = await world.owner.uploaded(public="false")
    return await world.ik.get(f"/ik/default{image['path']}")


@reaches("signature_expired")
async def _(world):
    image = await world.owner.uploaded()
    return await world.ik.get(f"/ik/default{image['path']}?ik-t=1&ik-s={'0' * 40}")


@reaches("transformation_unnamed")
async def _(world):
    await world.policies(restrict_unnamed="on")
    image = await world.owner.uploaded()
    return await world.ik.get(f"/ik/default{image['path']}?tr=w-10")


@reaches("not_configured")
async def _(world):
    image = await world.owner.uploaded()
    return await world.ik.get(f"/ik/default{image['path']}?tr=e-bgremove")


FORCED = {
    "error": "the root of the tree, which nobody raises",
    "bad_request": "the root of what is refused, which nobody raises",
    "image_refused": "the root of the refusals of images, which nobody raises",
    "server_error": "nothing fails that we know of",
    "busy": "takes more renders than there are places: acceptance/test_overload.py",
    "request_timeout": "takes seconds: acceptance/test_protocol.py",
    "image_too_complex": "takes seconds of a renderer with a deadline: contract/test_renderer.py",
    "image_quarantined": "takes crashes: acceptance/test_attacks_poison.py",
    "https_required": "the outermost layer: acceptance/test_tls.py",
    "link_invalid": "a page of accounts: dashboard",
    "link_expired": "a page of accounts: dashboard",
    "link_used": "a page of accounts: dashboard",
    "code_invalid": "a page of accounts: dashboard",
    "mail_failed": "mail is sent by a job, after the answer",
    "vision_failed": "no endpoint of these dialects asks a model: dialects/imgprocessing/test_analysis.py",
    "vision_refused": "as vision_failed",
}
"""What no request to the dialects comes to here, and why."""


def code_of(response: httpx.Response) -> str:
    """Read the code of an answer: flat, nested, a line of text, or ImageKit's, which has none but its message."""
    if "json" not in response.headers["content-type"]:
        return response.text.partition(":")[0]
    body = response.json()
    error = body.get("error", body)
    return error.get("code", "") if isinstance(error, dict) else error


ACTIONS = {each.code: each.action for each in errors_told.every_error()}


def check_action(response: httpx.Response, code: str) -> None:
    """Hold what the API offers against what the reference says of the code; deliveries offer nothing."""
    body = response.json() if "json" in response.headers["content-type"] else {}
    if "error" in body:
        error = body["error"] if isinstance(body["error"], dict) else body
        offered = f"`{error['action']['type']}`" if "action" in error else ""
        assert (offered != "") == (ACTIONS[code] != ""), response.text
        assert offered in ACTIONS[code], response.text


def test_every_code_is_asked_for_or_has_a_reason_why_not():
    assert RECIPES.keys() | FORCED.keys() == imgpro.errors.STATUSES.keys() == imagekit.errors.STATUSES.keys()
    assert RECIPES.keys() & FORCED.keys() == set()


@pytest.mark.parametrize(
    "platform",
    [{"plans": {"tiny": {"label": "Tiny", "uploads": 0}}, "anonymous_uploads_per_hour": 2}],
    indirect=True,
)
@pytest.mark.parametrize("code", RECIPES)
async def test_a_request_is_answered_with_the_code(world, code):
    response = await RECIPES[code](world)
    statuses = {imgpro.errors.STATUSES[code], imagekit.errors.STATUSES[code]}
    assert response.status_code in statuses, response.text
    assert code_of(response) in {code, ""}, response.text
    check_action(response, code)


async def unhooked(platform: Platform) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Starlette(routes=imgpro.routes(platform)))
    return httpx.AsyncClient(transport=transport, base_url="https://img.example")


@pytest.mark.parametrize("code", imgpro.errors.STATUSES)
async def test_whatever_fails_is_worded_by_the_path_with_the_codes_status(world, code):
    world.break_("catalog", asset=raising(KINDS[code]))
    async with await unhooked(world.platform) as http:
        flat = await http.get(f"/v1/media/{'0' * 24}", headers=world.owner.headers)
        nested = await http.get(f"/v1/images/{'0' * 24}", headers=world.owner.headers)
    status = imgpro.errors.STATUSES[code]
    assert (flat.status_code, flat.json()["error"]) == (status, code)
    assert (nested.status_code, nested.json()["error"]["code"]) == (status, code)
    assert nested.json()["error"]["type"] in imgpro.modern_errors.TYPES


def refusing(world: World, code: str, refuse) -> httpx.AsyncClient:
    delivery = Delivery(world.platform, Counter())
    return door(world.platform, delivery, Grammar(raising(KINDS[code]), refuse))


@pytest.mark.parametrize("code", imgpro.errors.STATUSES)
async def test_whatever_fails_is_told_by_img_pros_delivery_in_a_line(world, code):
    async with refusing(world, code, imgpro.delivery.refuse) as cdn:
        response = await cdn.get("/any/thing")
    assert (response.status_code, code_of(response)) == (imgpro.errors.STATUSES[code], code)


@pytest.mark.parametrize("code", imagekit.errors.STATUSES)
async def test_whatever_fails_is_told_by_imagekits_delivery_in_its_own_words(world, code):
    async with refusing(world, code, imagekit.errors.refuse) as ik:
        response = await ik.get("/any/thing")
    message = imagekit.errors.MESSAGES.get(code, KINDS[code]().message)
    assert (response.status_code, response.json()["message"]) == (imagekit.errors.STATUSES[code], message)
