"""The pages: what they say, what they let nobody see, and that nothing in them runs but our own modules."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from types import SimpleNamespace

import httpx
import pytest
from starlette.applications import Starlette

from calotype.adapters.catalog.memory import MemoryCatalog
from calotype.dialects.imgpro import pages
from calotype.dialects.imgpro.viewer import sizes_of
from calotype.domain.assets import Asset, Facts, Moderation, Version
from calotype.domain.formats import Format
from calotype.domain.visibility import Visibility
from calotype.domain.workspaces import Workspace
from calotype.settings import Settings
from calotype.web import static_files
from calotype.web.wording import human_bytes

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
ID = "0123456789abcdef01234567"
PAGE = f"https://img.example/{ID}"
IMAGE = f"https://cdn.example/4j2/{ID}"
FACTS = Facts(Format.JPEG, 4000, 3000, dominant="#aa8866")
ASSET = Asset(ID, "w1", "lake.jpg", "/", "x", Version(ID, 2_456_780, "", FACTS), NOW, NOW)
OWNED = Workspace("w1", "default", "4j2", NOW)
ANONYMOUS = replace(OWNED, slug="anonymous")
HOSTILE = '"><script>alert(1)</script>'


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

    def meta(self) -> dict[str | None, str | None]:
        return {each.get("property") or each.get("name"): each.get("content") for each in self.named("meta")}


def settings(**chosen: object) -> Settings:
    return Settings(base_url="https://img.example", cdn_url="https://cdn.example", **chosen)


async def ask(
    path: str, asset: Asset = ASSET, workspace: Workspace = OWNED, *, given: Settings | None = None
) -> httpx.Response:
    """Get *path* from a server that holds *asset*, under a Host that the server does not know."""
    catalog = MemoryCatalog()
    await catalog.add_workspace(workspace)
    await catalog.add_asset(asset, lambda: NOW)
    platform = SimpleNamespace(
        settings=given or settings(), catalog=catalog, clock=lambda: NOW, random=lambda size: b"\x01" * size
    )
    transport = httpx.ASGITransport(Starlette(routes=pages.routes(platform)))
    async with httpx.AsyncClient(transport=transport, base_url="http://evil.example") as client:
        return await client.get(path)


async def test_the_sharing_tags_of_a_picture_are_exactly_these():
    asset = replace(ASSET, metadata={"description": "First light."})
    meta = Tags((await ask(f"/{ID}", asset)).text).meta()
    assert {name: text for name, text in meta.items() if name and name.startswith(("og:", "twitter:"))} == {
        "og:type": "website",
        "og:site_name": "Calotype",
        "og:title": "lake.jpg",
        "og:description": "First light.",
        "og:url": PAGE,
        "og:image": f"{IMAGE}.jpg?size=social",
        "og:image:type": "image/jpeg",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "First light.",
        "twitter:card": "summary_large_image",
        "twitter:title": "lake.jpg",
        "twitter:description": "First light.",
        "twitter:image": f"{IMAGE}.jpg?size=social",
        "twitter:image:alt": "First light.",
    }


async def test_a_picture_without_words_is_described_by_its_numbers():
    meta = Tags((await ask(f"/{ID}")).text).meta()
    assert meta["og:description"] == "4000 \N{MULTIPLICATION SIGN} 3000 pixels, JPEG, 2.3 MB"
    assert meta["og:image:alt"] == "lake.jpg"


async def test_the_canonical_link_is_the_page_itself():
    links = Tags((await ask(f"/{ID}?utm_source=x")).text).named("link")
    assert [link["href"] for link in links if link["rel"] == "canonical"] == [PAGE]


async def test_no_page_believes_the_host_header():
    for path in ("/", "/api/quick-start", f"/{ID}", "/nothing", "/robots.txt"):
        assert "evil.example" not in (await ask(path)).text


async def test_a_page_link_with_a_print_s_parameters_leads_to_the_print():
    answer = await ask(f"/{ID}?w=300&format=webp")
    assert (answer.status_code, answer.headers["location"]) == (302, f"{IMAGE}.jpg?w=300&format=webp")


@pytest.mark.parametrize("query", ["utm_source=x", "w=wide", "W=300", "next=//evil.example"])
async def test_other_parameters_change_nothing_on_a_page(query: str):
    assert (await ask(f"/{ID}?{query}")).status_code == 200


async def test_what_has_no_page_leads_to_no_print_either():
    answer = await ask(f"/{ID}?w=300", replace(ASSET, visibility=Visibility.UNLISTED))
    assert answer.status_code == 404


async def test_the_picture_is_offered_in_every_size_with_its_true_width():
    (image,) = [each for each in Tags((await ask(f"/{ID}")).text).named("img") if "srcset" in each]
    assert (image["src"], image["width"], image["height"]) == (f"{IMAGE}.jpg?size=l", "4000", "3000")
    assert image["srcset"] == (f"{IMAGE}.jpg?size=s 426w, {IMAGE}.jpg?size=m 853w, {IMAGE}.jpg?size=l 1440w")


async def test_browsers_of_today_get_webp():
    (source,) = Tags((await ask(f"/{ID}")).text).named("source")
    assert source["type"] == "image/webp"
    assert source["srcset"].startswith(f"{IMAGE}.webp?size=s 426w, ")


async def test_the_place_of_the_picture_has_its_dominant_colour():
    assert "--backdrop: #aa8866" in (await ask(f"/{ID}")).text


@pytest.mark.parametrize("dominant", ["", "red;} body{display:none", "#AABBCC"])
async def test_only_a_colour_reaches_the_style_sheet(dominant: str):
    asset = replace(ASSET, version=replace(ASSET.version, facts=replace(FACTS, dominant=dominant)))
    assert "--backdrop: transparent" in (await ask(f"/{ID}", asset)).text


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        (Facts(Format.SVG, 4000, 3000, alpha=True), f"{IMAGE}.png?size=l"),
        (Facts(Format.HEIC, 4000, 3000), f"{IMAGE}.jpg?size=l"),
        (Facts(Format.TIFF, 4000, 3000, alpha=True), f"{IMAGE}.png?size=l"),
        (Facts(Format.ICO, 32, 32, alpha=True), f"{IMAGE}.png?size=s"),
        (Facts(Format.GIF, 400, 300, frames=12), f"{IMAGE}.gif"),
        (Facts(Format.WEBP, 400, 300, frames=12), f"{IMAGE}.webp"),
    ],
)
async def test_every_kind_of_source_is_shown_as_something_browsers_know(facts: Facts, shown: str):
    asset = replace(ASSET, version=replace(ASSET.version, facts=facts))
    images = Tags((await ask(f"/{ID}", asset)).text).named("img")
    assert images[-1]["src"] == shown


async def test_an_animation_is_not_replaced_by_a_still():
    asset = replace(
        ASSET, version=replace(ASSET.version, facts=Facts(Format.GIF, 400, 300, frames=12, alpha=True))
    )
    assert Tags((await ask(f"/{ID}", asset)).text).named("source") == []


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [(4000, 3000, "fitted"), (6000, 500, "panorama"), (700, 5600, "tall"), (32, 32, "fitted")],
)
async def test_the_layout_follows_the_proportions(width: int, height: int, shape: str):
    asset = replace(ASSET, version=replace(ASSET.version, facts=Facts(Format.JPEG, width, height)))
    (figure,) = Tags((await ask(f"/{ID}", asset)).text).named("figure")
    assert figure["class"] == f"mat {shape}"


async def test_name_and_words_of_the_owner_are_only_text():
    words = dict.fromkeys(("description", "author", "license", "alt_text"), HOSTILE)
    html = (await ask(f"/{ID}", replace(ASSET, name=HOSTILE, metadata=words))).text
    assert "<script>" not in html
    assert Tags(html).meta()["og:title"] == HOSTILE


async def test_the_html_to_embed_is_escaped_twice_so_that_it_pastes_as_it_should():
    html = (await ask(f"/{ID}", replace(ASSET, name=HOSTILE))).text
    (field,) = [each for each in Tags(html).named("input") if each["id"] == "link-html"]
    assert field["value"] == (
        f'<a href="{PAGE}"><img src="{IMAGE}.jpg?size=l" width="1440" height="1080" '
        'alt="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"></a>'
    )


async def test_the_markdown_to_embed_cannot_be_broken_out_of():
    html = (await ask(f"/{ID}", replace(ASSET, name="a](javascript:x)[<b>"))).text
    (field,) = [each for each in Tags(html).named("input") if each["id"] == "link-markdown"]
    assert field["value"] == rf"[![a\](javascript:x)\[\<b\>]({IMAGE}.jpg?size=l)]({PAGE})"


async def test_the_bbcode_to_embed_is_two_addresses_and_nobody_s_words():
    html = (await ask(f"/{ID}", replace(ASSET, name="[/img][img]x"))).text
    (field,) = [each for each in Tags(html).named("input") if each["id"] == "link-bbcode"]
    assert field["value"] == f"[url={PAGE}][img]{IMAGE}.jpg?size=l[/img][/url]"


async def test_a_caption_is_shown_before_any_other_word_and_read_to_who_cannot_see():
    asset = replace(ASSET, caption="First light.", metadata={"description": "Another word."})
    html = (await ask(f"/{ID}", asset)).text
    assert '<p class="description">First light.</p>' in html
    assert Tags(html).meta()["og:image:alt"] == "First light."


async def test_downloads_name_every_size_and_the_file_itself():
    links = [each["href"] for each in Tags((await ask(f"/{ID}")).text).named("a") if "download" in each]
    sizes = [f"{IMAGE}.{ext}?size={size}" for size in "sml" for ext in ("webp", "jpg", "png", "avif")]
    assert links == [*sizes, f"{IMAGE}.jpg"]


@pytest.mark.parametrize(
    "change",
    [
        lambda asset: replace(asset, id="f" * 24),
        lambda asset: replace(asset, visibility=Visibility.UNLISTED),
        lambda asset: replace(asset, visibility=Visibility.PRIVATE),
        lambda asset: replace(asset, visibility=Visibility.DRAFT),
        lambda asset: replace(asset, moderation=Moderation.BLOCKED),
        lambda asset: replace(asset, expires_at=NOW),
    ],
    ids=["unknown", "unlisted", "private", "draft", "blocked", "expired"],
)
async def test_whatever_has_no_page_answers_alike(change: Callable[[Asset], Asset]):
    absent, nonsense = await ask(f"/{ID}", change(ASSET)), await ask("/nonsense")
    assert absent.status_code == 404
    assert (absent.text, absent.headers) == (nonsense.text, nonsense.headers)


@pytest.mark.parametrize(
    "workspace", [ANONYMOUS, replace(OWNED, verified=False)], ids=["anonymous", "unverified"]
)
async def test_what_nobody_vouches_for_stays_out_of_search_engines(workspace: Workspace):
    asset = replace(ASSET, expires_at=NOW + timedelta(days=30))
    response = await ask(f"/{ID}", asset, workspace)
    assert response.headers["x-robots-tag"] == "noindex"
    assert Tags(response.text).meta()["robots"] == "noindex"


async def test_pictures_of_a_key_may_be_found():
    response = await ask(f"/{ID}")
    assert "x-robots-tag" not in response.headers
    assert "robots" not in Tags(response.text).meta()


@pytest.fixture(params=["/", "/api/quick-start", f"/{ID}", "/nothing"])
async def page(request: pytest.FixtureRequest) -> httpx.Response:
    return await ask(request.param)


async def test_the_content_security_policy_allows_only_what_carries_the_nonce(page: httpx.Response):
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'nonce-AQEBAQEBAQEBAQEBAQEBAQEB'; "
        "style-src 'nonce-AQEBAQEBAQEBAQEBAQEBAQEB'; img-src 'self' https://cdn.example; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    )


async def test_every_script_and_style_carries_the_nonce(page: httpx.Response):
    tags = Tags(page.text)
    sheets = [each for each in tags.named("link") if each["rel"] == "stylesheet"]
    ours = [*tags.named("script"), *tags.named("style"), *sheets]
    assert {each["nonce"] for each in ours} == {"AQEBAQEBAQEBAQEBAQEBAQEB"}


async def test_no_tag_carries_code_or_style_of_its_own(page: httpx.Response):
    names = {name for _, attributes in Tags(page.text).all for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}


async def test_pages_are_guarded_and_come_anew_each_time(page: httpx.Response):
    expected = {
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "x-frame-options": "DENY",
        "cache-control": "private, no-cache" if page.status_code == 200 else "no-store",
    }
    assert {name: page.headers[name] for name in expected} == expected


async def test_what_a_page_links_to_of_ours_is_there_and_kept_for_ever(page: httpx.Response):
    ours = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))
    answers = [await ask(path) for path in ours]
    assert {answer.headers["cache-control"] for answer in answers} == {"public, max-age=31536000, immutable"}


async def test_a_file_of_another_release_is_not_there():
    assert (await ask("/static/0000000000000000/pages.css")).status_code == 404


@pytest.mark.parametrize("name", ["../pages.py", "%2e%2e%2fpages.py", "nothing.css"])
async def test_only_our_own_static_files_are_served(name: str):
    assert (await ask(f"/static/{static_files.shipped().digest}/{name}")).status_code == 404


async def test_browsers_find_an_icon_under_its_old_name():
    assert (await ask("/favicon.ico")).headers["content-type"] == "image/svg+xml"


async def test_crawlers_are_kept_off_the_api_only():
    assert (await ask("/robots.txt")).text == "User-agent: *\nDisallow: /v1/\n"


async def test_the_front_page_takes_uploads_within_the_limit():
    (form,) = Tags((await ask("/")).text).named("form")
    assert (form["action"], form["data-limit"], form["data-limit-text"]) == (
        "/v1/upload",
        "20971520",
        "20 MB",
    )


async def test_the_front_page_shows_a_line_that_uploads():
    assert "curl -F file=@photo.jpg https://img.example/v1/upload" in (await ask("/")).text


async def test_where_a_key_is_needed_the_front_page_says_so():
    html = (await ask("/", given=settings(anonymous_uploads=False))).text
    assert Tags(html).named("form") == []
    assert "Uploads here need a key" in html


async def test_the_quick_start_tells_how_to_make_a_key():
    html = (await ask("/api/quick-start")).text
    assert "calotype keys create" in html
    assert "https://img.example/v1/upload" in html


async def test_a_site_below_a_path_links_below_it():
    below = Settings(base_url="https://example.org/img", cdn_url="https://example.org/img/cdn")
    (form,) = Tags((await ask("/", given=below)).text).named("form")
    assert form["action"] == "/img/v1/upload"


@pytest.mark.parametrize(
    ("pixels", "sizes"),
    [
        ((4000, 3000), [("s", 426, 320), ("m", 853, 640), ("l", 1440, 1080)]),
        ((800, 600), [("s", 426, 320), ("m", 800, 600)]),
        ((16, 16), [("s", 16, 16)]),
        ((1080, 1080), [("s", 320, 320), ("m", 640, 640), ("l", 1080, 1080)]),
    ],
)
def test_sizes_end_where_nothing_would_be_made_smaller(
    pixels: tuple[int, int], sizes: list[tuple[str, int, int]]
):
    assert [(size.word, size.width, size.height) for size in sizes_of(*pixels)] == sizes


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1 KB"),
        (1536, "1.5 KB"),
        (245_678, "240 KB"),
        (1_023_999, "1000 KB"),
        (1_024_000, "1 MB"),
        (70 * 1024 * 1024, "70 MB"),
    ],
)
def test_bytes_are_written_for_people(count: int, text: str):
    assert human_bytes(count) == text
