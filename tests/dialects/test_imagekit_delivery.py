"""ImageKit's delivery URLs over HTTP: found by path, signed or not, private or not, and refused in its own words."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx
import pytest
from imagekitio import ImageKit
from PIL import Image

import pictures
from calotype import errors
from calotype.dialects.imagekit.delivery import grammar
from calotype.dialects.imagekit.errors import STATUSES, refuse
from calotype.domain.assets import Moderation
from calotype.domain.visibility import Visibility
from calotype.domain.workspaces import Ability
from calotype.errors import NotConfigured, TooManyPixels, VisionFailed
from calotype.ports import Talent
from calotype.services import keys, transformations, workspaces
from calotype.services.delivery import Delivery
from calotype.services.paths import PathDelivery
from calotype.services.signing_keys import SigningKeys
from calotype.web.delivery import DeliveryDoor
from calotype.web.hot import HotResponses

PNG = pictures.png(60, 40)


@dataclass
class Shop:
    """A workspace whose images are delivered by path, and everybody who asks for them."""

    platform: object
    http: httpx.AsyncClient
    uploader: object
    door: DeliveryDoor
    grammar: object
    tiers: Counter = field(default_factory=Counter)

    async def put(self, path="/shop/a.jpg", data=b"", visibility=Visibility.PUBLIC, **changes):
        """Store an image at *path*; answer its id."""
        stored = await self.uploader.uploaded(data or pictures.jpeg(64, 48))
        folder, _, name = path.rpartition("/")
        await self.change(stored["id"], folder=f"{folder}/", file_name=name, visibility=visibility, **changes)
        return stored["id"]

    async def change(self, asset_id, **changes):
        workspace = await self.workspace()
        await self.platform.catalog.update_asset(
            workspace.id, asset_id, lambda asset: replace(asset, **changes), self.platform.clock
        )

    async def workspace(self):
        return await workspaces.find(self.platform, "default")

    async def policies(self, **words):
        await workspaces.set_policies(self.platform, await self.workspace(), words)

    async def name(self, name, value):
        await transformations.add(self.platform, await self.workspace(), name, value)

    async def signer(self):
        """Make a key pair; answer what signs URLs with it, and the pair's id."""
        pair, private = await keys.create_pair(
            self.platform, await self.workspace(), "test", frozenset({Ability.READ})
        )
        kit = ImageKit(private_key=private)

        def sign(src="/shop/a.jpg", *transformation, **more):
            return kit.helper.build_url(
                url_endpoint="https://img.example/ik/default", src=src, transformation=list(transformation),
                signed=True, **more,
            )  # fmt: skip

        return sign, pair.id

    async def get(self, url="/ik/default/shop/a.jpg", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(url, headers=named)

    async def size(self, url, **headers):
        response = await self.get(url, **headers)
        assert response.status_code == 200, response.text
        return Image.open(io.BytesIO(response.content)).size

    async def words(self, path, query="", owner=""):
        scope = {
            "type": "http", "path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": [],
            "calotype.path": path.removeprefix("/ik/"), "calotype.owner": owner,
        }  # fmt: skip
        return [(word.text, word.at, word.ignored) for word in await self.grammar.words(scope)]

    def tier(self, name):
        self.tiers[name] += 1

    def hit(self, method, url, status, size):
        """Count nothing."""


@pytest.fixture
async def shop(platform, owner):
    shop = Shop(platform, None, owner, None, None)
    delivery = Delivery(platform, shop)
    await delivery.rows.start()
    shop.grammar = grammar(PathDelivery(platform, delivery, SigningKeys(platform, delivery.rows)))
    hot = HotResponses(1_000_000, 100_000)
    delivery.rows.listen(hot.heed)
    shop.door = DeliveryDoor(
        shop.grammar, delivery.bytes_of, freshness=delivery.rows, hot=hot, observer=shop, clock=platform.clock,
        max_age=600,
    )  # fmt: skip

    async def mounted(scope, receive, send):
        scope["calotype.path"] = scope["path"].removeprefix("/ik/")
        await shop.door(scope, receive, send)

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(mounted), base_url="https://img.example"
    ) as shop.http:
        yield shop


async def test_an_image_is_found_by_its_path_and_changed_as_the_url_says(shop):
    await shop.put()
    for url in (
        "/ik/default/tr:w-32/shop/a.jpg",
        "/ik/default/shop/a.jpg?tr=w-32",
        "/ik/default/shop/tr:w-32/a.jpg?updatedAt=1&x=2",
        "/ik/default//shop/a.jpg?tr=w-32",
        "/ik/default/ik-seo/shop/a/red-shoes.jpg?tr=w-32",
        "/ik/default/shop/a.jpg?tr=w-64:w-0.5",
    ):
        assert await shop.size(url) == (32, 24)


async def test_without_a_transformation_the_original_is_sent(shop):
    await shop.put("/a.png", PNG)
    response = await shop.get("/ik/default/a.png")
    assert (response.status_code, response.content) == (200, PNG)
    assert response.headers["content-type"] == "image/png"


async def test_one_meaning_is_rendered_once(shop):
    await shop.put()
    first = await shop.get("/ik/default/tr:w-32,h-20/shop/a.jpg")
    second = await shop.get("/ik/default/shop/a.jpg?tr=h-20%2Cw-32&cache=1")
    assert first.headers["etag"] == second.headers["etag"]
    assert shop.tiers["render"] == 1


@pytest.mark.parametrize(
    "url",
    [
        "/ik/default/shop/missing.jpg", "/ik/nobody/shop/a.jpg", "/ik/anonymous/shop/a.jpg", "/ik/default", "/ik/",
        "/ik/default/", "/ik/default/shop", "/ik/default/shop/", "/ik/default/%2e%2e/%2e%2e/etc/passwd",
        "/ik/default/shop/..%2fa.jpg", "/ik/default/https://www.example.com/a.jpg",
        "/ik/default/shop/a.jpg?ik-obj-version=0123456789abcdef01234567",
        "/ik/default/shop/a.jpg?ik-obj-version=x", "/ik/default/shop/a.jpg?tr=l-image,i-none.png,l-end",
    ],
)  # fmt: skip
async def test_what_is_not_there_is_404_in_the_vendors_words(shop, url):
    await shop.put()
    response = await shop.get(url)
    assert response.status_code == 404
    assert response.headers["ik-error"].startswith("ENOENT - ")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "application/json"
    assert response.json()["help"].startswith("Check the path; ")
    assert "x-ik-requestid" in response.headers


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "tr=w-abc",
            "'w-abc' at 26: 'abc' is neither a number nor one of bar, bh, bw, car, ch, cw, iar, idn, ih, iw.",
        ),
        ("tr=n-nobody", "'n-nobody' at 26: there is no named transformation of this name."),
        ("tr=l-text,i-a", "'l-text' at 26: l-end is missing."),
        ("v=" + "a" * 9000, "The URL is longer than 8192 characters."),
    ],
)
async def test_what_is_malformed_is_400_with_its_place_in_the_url(shop, query, message):
    await shop.put()
    response = await shop.get(f"/ik/default/shop/a.jpg?{query}")
    assert (response.status_code, response.json()["message"]) == (400, message)


@pytest.mark.parametrize("tr", ["w-16000,h-16000,c-force", "w-16384,h-1", "h-ih_mul_1000"])
async def test_a_result_over_the_limits_is_400_and_says_elimit(shop, tr):
    await shop.put()
    response = await shop.get(f"/ik/default/shop/a.jpg?tr={tr}")
    assert response.status_code == 400
    assert response.headers["ik-error"].startswith("ELIMIT - ")


@pytest.mark.parametrize(
    "tr", ["e-bgremove", "fo-car,w-9,h-9", "w-9,h-9,cm-extract,fo-dog", "w-99,h-99,cm-pad_resize,bg-genfill"]
)
async def test_what_needs_a_model_names_the_setting(shop, tr):
    await shop.put()
    response = await shop.get(f"/ik/default/shop/a.jpg?tr={tr}")
    assert response.status_code == 501
    assert response.headers["x-should-retry"] == "false"
    setting = "CALOTYPE_BACKGROUND_MODEL" if tr == "e-bgremove" else "CALOTYPE_VISION_URL"
    assert setting in response.json()["message"]


@pytest.fixture
def seeing(platform):
    """Have a model that takes the lower half of every picture for its subject."""
    mask, out = Image.new("LA", (4, 4), (0, 0)), io.BytesIO()
    mask.paste((0, 255), (0, 2, 4, 4))
    mask.save(out, "PNG")
    platform.vision.answers[Talent.REMOVE_BACKGROUND] = out.getvalue()


@pytest.mark.parametrize("effect", ["e-bgremove", "e-removedotbg"])
async def test_a_background_is_removed_by_a_url(seeing, shop, effect):
    await shop.put()
    response = await shop.get(f"/ik/default/shop/a.jpg?tr={effect},w-40,h-20,f-png")
    assert response.status_code == 200, response.text
    with Image.open(io.BytesIO(response.content)) as cut:
        assert (cut.size, [cut.getpixel((20, y))[3] for y in (2, 17)]) == ((40, 20), [0, 255])


async def test_a_model_that_fails_is_no_picture_and_is_not_cached(seeing, shop):
    shop.platform.vision.answers[Talent.REMOVE_BACKGROUND] = VisionFailed()
    await shop.put()
    response = await shop.get("/ik/default/shop/a.jpg?tr=e-bgremove,f-png")
    assert (response.status_code, response.headers["content-type"]) == (502, "application/json")
    assert "no-store" in response.headers["cache-control"]


async def test_a_default_image_stands_in_with_the_same_transformation(shop):
    await shop.put("/none.png", PNG)
    url = "/ik/default/gone.jpg?tr=w-30,di-none.png"
    assert await shop.size(url) == (30, 20)
    await shop.put("/gone.jpg")
    assert await shop.size(url) == (30, 22)


@pytest.mark.parametrize(("chosen", "kept"), [("default", 60), ("3600", 60), ("5", 5)])
async def test_what_stands_in_for_a_missing_image_is_not_kept_for_long(shop, chosen, kept):
    await shop.put("/none.png", PNG)
    await shop.policies(max_age_s=chosen)
    response = await shop.get("/ik/default/gone.jpg?tr=w-30,di-none.png")
    assert response.headers["cache-control"] == f"public, max-age={kept}"


async def test_a_name_stands_for_what_its_owner_says_from_the_next_request_on(shop):
    await shop.put()
    await shop.name("small", "w-32")
    assert await shop.size("/ik/default/tr:n-small/shop/a.jpg") == (32, 24)
    await shop.name("small", "w-16")
    assert await shop.size("/ik/default/tr:n-small/shop/a.jpg") == (16, 12)


PLAIN, SMALL, WIDE = "/shop/a.jpg", "/tr:n-small/shop/a.jpg", "/tr:w-32/shop/a.jpg"
ACCESS = [
    (Visibility.PUBLIC, {PLAIN: 200, SMALL: 200, WIDE: 200}, 200),
    (Visibility.UNLISTED, {PLAIN: 401, SMALL: 401, WIDE: 401}, 200),
    (Visibility.PRIVATE, {PLAIN: 401, SMALL: 200, WIDE: 401}, 200),
    (Visibility.DRAFT, {PLAIN: 404, SMALL: 404, WIDE: 404}, 404),
]


@pytest.mark.parametrize(("visibility", "unsigned", "signed"), ACCESS)
async def test_each_visibility_has_its_doors(shop, visibility, unsigned, signed):
    await shop.put(visibility=visibility)
    await shop.name("small", "w-32")
    sign, _ = await shop.signer()
    for path, status in unsigned.items():
        assert (await shop.get(f"/ik/default{path}")).status_code == status
    for words in ([], [{"named": "small"}], [{"width": 20}]):
        assert (await shop.get(sign("/shop/a.jpg", *words))).status_code == signed


async def test_a_name_with_anything_beside_it_is_no_name_alone(shop):
    await shop.put(visibility=Visibility.PRIVATE)
    await shop.name("small", "w-32")
    for tr in ("n-small,w-9", "n-small:rt-90", "n-small,bogus", "n-small&tr=w-9"):
        assert (await shop.get(f"/ik/default/shop/a.jpg?tr={tr}")).status_code == 401


async def test_private_images_are_never_kept_by_others(shop):
    await shop.put(visibility=Visibility.PRIVATE)
    sign, _ = await shop.signer()
    assert (await shop.get(sign())).headers["cache-control"] == "private, no-store"


async def test_a_signed_url_is_kept_no_longer_than_it_holds(shop):
    await shop.put()
    sign, _ = await shop.signer()
    url = sign(expires_in=60)
    ends = int(url.partition("ik-t=")[2].partition("&")[0])
    shop.platform.clock.now = shop.platform.clock.now.fromtimestamp(ends - 5, shop.platform.clock.now.tzinfo)
    assert (await shop.get(url)).headers["cache-control"] == "public, max-age=5"
    shop.platform.clock.move(seconds=6)
    response = await shop.get(url)
    assert (response.status_code, response.json()["message"]) == (401, "The signed URL has expired.")


@pytest.mark.parametrize("platform", [{"signature_horizon_s": 3600}], indirect=True)
async def test_no_signature_may_hold_for_longer_than_the_server_allows(shop):
    await shop.put()
    sign, _ = await shop.signer()
    response = await shop.get(sign())
    assert (response.status_code, response.json()["message"]) == (
        401,
        "The signed URL holds for longer than 3,600 seconds.",
    )


async def test_a_wrong_signature_is_refused_even_on_a_public_image(shop):
    await shop.put()
    sign, _ = await shop.signer()
    for url in (sign()[:-1], sign() + "0", sign().replace("ik-s=", "tr=w-9&ik-s="), sign() + "&tr=w-9"):
        assert (await shop.get(url)).status_code == 401
    assert (await shop.get("/ik/default/gone.jpg?ik-s=0")).status_code == 401


async def test_both_keys_sign_until_one_is_revoked_and_then_it_signs_nothing_at_once(shop):
    await shop.put(visibility=Visibility.UNLISTED)
    (old, old_id), (new, _) = await shop.signer(), await shop.signer()
    assert [(await shop.get(sign())).status_code for sign in (old, new)] == [200, 200]
    await keys.revoke_key(shop.platform, old_id)
    assert [(await shop.get(sign())).status_code for sign in (old, new)] == [401, 200]


async def test_a_signature_covers_what_the_package_leaves_for_the_client_to_encode(shop):
    await shop.put("/shop/ü b.jpg", visibility=Visibility.PRIVATE)
    sign, _ = await shop.signer()
    raw = {"raw": "l-text,i-Hello World,l-end,w-32"}
    assert await shop.size(sign("/shop/ü b.jpg", raw)) == (32, 24)
    assert await shop.size(sign("/shop/ü b.jpg", raw, transformation_position="path")) == (32, 24)


async def test_a_workspace_may_deliver_by_signed_urls_only(shop):
    await shop.put()
    await shop.policies(restrict_unsigned="on")
    sign, _ = await shop.signer()
    assert (await shop.get()).status_code == 401
    assert (await shop.get("/ik/default/gone.jpg")).status_code == 401
    assert (await shop.get(sign())).status_code == 200


async def test_a_workspace_may_make_named_transformations_only(shop):
    await shop.put()
    await shop.name("small", "w-32")
    await shop.policies(restrict_unnamed="on")
    response = await shop.get("/ik/default/tr:w-32/shop/a.jpg")
    assert (response.status_code, response.json()["message"]) == (400, "Bad Image Transformation Request")
    assert (await shop.get("/ik/default/tr:n-small/shop/a.jpg")).status_code == 200
    assert (await shop.get()).status_code == 200


async def test_a_text_lies_on_a_colour_and_a_colour_on_a_text(shop):
    await shop.put()
    url = (
        "/ik/default/shop/a.jpg?tr=l-image,i-ik_canvas,bg-FF0000,w-40,h-20,"
        "l-text,i-H,fs-10,pa-4,bg-white,co-white,l-image,i-ik_canvas,bg-00FF00,w-4,h-4,l-end,l-end,l-end,f-png"
    )
    response = await shop.get(url)
    assert response.status_code == 200, response.text
    picture = Image.open(io.BytesIO(response.content)).convert("RGB")
    shades = [picture.getpixel(at) for at in ((14, 24), (27, 23), (31, 23))]
    assert shades == [(255, 0, 0), (255, 255, 255), (0, 255, 0)]


async def test_a_private_layer_shows_only_when_the_owner_had_it_shown(shop):
    await shop.put()
    await shop.put("/logo.png", PNG, visibility=Visibility.PRIVATE)
    await shop.name("marked", "l-image,i-logo.png,l-end")
    sign, _ = await shop.signer()
    assert (await shop.get("/ik/default/shop/a.jpg?tr=l-image,i-logo.png,l-end")).status_code == 404
    assert (await shop.get("/ik/default/shop/a.jpg?tr=n-marked")).status_code == 200
    signed = sign("/shop/a.jpg", {"overlay": {"type": "image", "input": "logo.png"}})
    assert (await shop.get(signed)).status_code == 200


async def test_a_draft_is_no_layer_for_anyone_but_its_owner(shop):
    await shop.put()
    await shop.put("/next.png", PNG, visibility=Visibility.DRAFT)
    await shop.name("teased", "l-image,i-next.png,l-end")
    sign, _ = await shop.signer()
    signed = sign("/shop/a.jpg", {"overlay": {"type": "image", "input": "next.png"}})
    for url in (signed, "/ik/default/shop/a.jpg?tr=n-teased"):
        assert (await shop.get(url)).status_code == 404


@pytest.mark.parametrize(
    ("visibility", "cache_control"),
    [(Visibility.PRIVATE, "private, no-store"), (Visibility.UNLISTED, "public, max-age=600")],
)
async def test_a_layer_that_only_a_signature_opens_is_kept_by_nobody(shop, visibility, cache_control):
    await shop.put()
    await shop.put("/logo.png", PNG, visibility=visibility)
    sign, _ = await shop.signer()
    signed = sign("/shop/a.jpg", {"overlay": {"type": "image", "input": "logo.png"}})
    assert (await shop.get(signed)).headers["cache-control"] == cache_control


async def test_an_image_is_kept_no_longer_than_its_layers_live(shop):
    await shop.put()
    ends = shop.platform.clock() + timedelta(seconds=60)
    await shop.put("/logo.png", PNG, expires_at=ends)
    url = "/ik/default/shop/a.jpg?tr=l-image,i-logo.png,l-end"
    assert (await shop.get(url)).headers["cache-control"] == "public, max-age=60"
    shop.platform.clock.move(seconds=61)
    assert shop.door.hit(b"GET", url.encode(), ()) is None
    assert (await shop.get(url)).status_code == 404


@pytest.mark.parametrize("path", ["%00/a.jpg", "default/shop/a.jpg?tr=l-image,i-%00,l-end"])
async def test_what_no_database_can_be_asked_for_is_not_found(shop, monkeypatch, path):
    await shop.put()
    asked = []
    catalog = type(shop.platform.catalog)
    for name in ("workspace_by_slug", "asset_by_path"):
        found = getattr(catalog, name)
        monkeypatch.setattr(
            catalog, name, lambda self, *words, find=found: asked.append(words) or find(self, *words)
        )
    assert (await shop.get(f"/ik/{path}")).status_code == 404
    assert not any("\0" in str(word) for words in asked for word in words)


async def test_client_hints_choose_the_width_and_say_so(shop):
    await shop.put("/big.jpg", pictures.jpeg(600, 400))
    response = await shop.get("/ik/default/big.jpg?tr=w-auto,dpr-auto", sec_ch_width="212", sec_ch_dpr="2.0")
    assert Image.open(io.BytesIO(response.content)).size == (300, 200)
    assert response.headers["content-dpr"] == "2.83"
    assert {"sec-ch-width", "sec-ch-dpr"} <= set(response.headers["vary"].lower().split(", "))
    assert await shop.size("/ik/default/big.jpg?tr=w-auto,dpr-auto", sec_ch_width="399") == (400, 267)
    assert await shop.size("/ik/default/big.jpg?tr=w-auto", sec_ch_width="x") == (600, 400)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [("image/webp,*/*", "image/webp"), ("image/webp;q=0", "image/jpeg"), ("*/*", "image/jpeg")],
)
async def test_only_f_auto_negotiates(shop, accept, media_type):
    await shop.put(data=pictures.jpeg(256, 256))
    response = await shop.get("/ik/default/tr:w-128,f-auto/shop/a.jpg", accept=accept)
    assert response.headers["content-type"] == media_type
    assert "Accept" in response.headers["vary"]
    plain = await shop.get("/ik/default/tr:w-128/shop/a.jpg", accept=accept)
    assert plain.headers["content-type"] == "image/jpeg"


async def test_a_thumbnail_is_one_frame_of_an_animation(shop):
    await shop.put("/a.gif", pictures.gif(3))
    response = await shop.get("/ik/default/a.gif/ik-thumbnail.jpg?tr=w-32")
    assert response.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(response.content)).size == (32, 24)


async def test_a_page_that_is_not_there_is_400_and_says_how_many_are(shop):
    await shop.put("/a.gif", pictures.gif(3))
    response = await shop.get("/ik/default/a.gif?tr=pg-4")
    assert (response.status_code, response.json()["message"]) == (400, "page: must be 1 to 3, got 4")


async def test_it_is_saved_under_its_own_name_or_another(shop):
    await shop.put()
    response = await shop.get("/ik/default/shop/a.jpg?ik-attachment=true")
    assert response.headers["content-disposition"] == 'attachment; filename="a.jpg"'
    response = await shop.get("/ik/default/shop/a.jpg?ik-attachment=true&ik-attachment-filename=%C3%BC.jpg")
    assert response.headers["content-disposition"].endswith("filename*=UTF-8''%C3%BC.jpg")


async def test_a_url_that_names_a_version_never_changes(shop):
    version = await shop.put()
    response = await shop.get(f"/ik/default/shop/a.jpg?ik-obj-version={version}")
    assert response.headers["cache-control"] == "public, max-age=600, immutable"


async def test_every_part_of_the_url_is_explained(shop):
    await shop.put()
    await shop.name("small", "w-32")
    assert await shop.words("/ik/default/tr:n-small,bogus/shop/a.jpg", "tr=q-50&ik-attachment=true") == [
        ("ik-attachment=true", 48, False), ("n-small", 15, False), ("bogus", 23, True), ("q-50", 43, False),
        ("w-32", 0, False),
    ]  # fmt: skip


async def test_the_owner_has_everything_explained_without_a_signature(shop):
    await shop.put(visibility=Visibility.DRAFT)
    await shop.policies(restrict_unsigned="on", restrict_unnamed="on")
    path = "/ik/default/tr:w-32/shop/a.jpg"
    scope = {
        "type": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [],
        "calotype.path": path.removeprefix("/ik/"), "calotype.owner": (await shop.workspace()).id,
    }  # fmt: skip
    target = await shop.grammar.find(scope)
    assert (target.what.width, target.what.height) == (32, 24)


async def test_a_held_response_ends_with_the_url(shop):
    await shop.put(visibility=Visibility.UNLISTED)
    sign, _ = await shop.signer()
    url = sign(expires_in=60)
    ends = int(url.partition("ik-t=")[2].partition("&")[0])
    clock = shop.platform.clock
    clock.now = clock.now.fromtimestamp(ends - 1, clock.now.tzinfo)
    target = url.removeprefix("https://img.example").encode()
    assert (await shop.get(url)).status_code == 200
    assert shop.door.hit(b"GET", target, []) is not None
    clock.now += timedelta(seconds=1)
    assert shop.door.hit(b"GET", target, []) is None


def _leaves(kind):
    for child in kind.__subclasses__():
        yield child
        yield from _leaves(child)


def test_every_error_of_the_core_has_a_status():
    assert {kind.code for kind in _leaves(errors.CalotypeError)} <= STATUSES.keys()


def test_an_error_header_holds_whatever_the_message_quotes():
    refusal = refuse(TooManyPixels("ü\r\nX: 1"), "id")
    assert (b"ik-error", b"ELIMIT - ???X: 1") in refusal.headers
    assert refuse(NotConfigured("x"), "id").status == 501


async def test_what_is_blocked_is_shown_to_nobody_and_no_stand_in_takes_its_place(shop):
    id_ = await shop.put()
    await shop.put("/b.png", PNG)
    sign, _ = await shop.signer()
    signed = sign()
    assert [(await shop.get(url)).status_code for url in ("/ik/default/shop/a.jpg", signed)] == [200, 200]
    await shop.change(id_, moderation=Moderation.BLOCKED)
    for url in ("/ik/default/shop/a.jpg", signed, "/ik/default/shop/a.jpg?tr=di-b.png"):
        response = await shop.get(url)
        assert (response.status_code, response.json()["message"]) == (
            403,
            "This image is blocked: it is served to nobody.",
        )
    await shop.change(id_, moderation=Moderation.LOCKED)
    assert (await shop.get()).status_code == 200


async def test_what_is_blocked_is_no_layer_either(shop):
    await shop.put()
    logo = await shop.put("/logo.png", PNG)
    url = "/ik/default/shop/a.jpg?tr=l-image,i-logo.png,l-end"
    assert (await shop.get(url)).status_code == 200
    await shop.change(logo, moderation=Moderation.BLOCKED)
    assert (await shop.get(url)).status_code == 404
