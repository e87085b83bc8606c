"""The pages in a real browser, on a real server: what a person with a picture can do. Screenshots: `artifacts/`."""

import io
from base64 import b64encode
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from browsing import DESK, PHONE, OpenPage, photograph, seen, too_faint, width_of
from PIL import Image
from playwright.sync_api import Page, Route, expect
from served import Served

import pictures

pytestmark = [pytest.mark.slow]

LIMIT = 300_000
HOSTILE = "\"><script>alert('x')</script>.jpg"


def jpeg(width: int, height: int) -> bytes:
    """Make a picture of waves that differ along both sides."""
    y, x = np.mgrid[0:height, 0:width]
    bands = (60 + 60 * y / height + 30 * np.sin(x / 90), 90 + 50 * np.cos(y / 70), 170 - 90 * y / height)
    pixels = np.stack(bands, axis=-1).astype(np.uint8)
    body = io.BytesIO()
    Image.fromarray(pixels).save(body, "JPEG", quality=70)
    return body.getvalue()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start `calotype serve` on an empty data directory; its URL."""
    with Served(
        tmp_path_factory.mktemp("server"),
        max_upload_bytes_anonymous=LIMIT,
        anonymous_uploads_per_hour=1000,
        anonymous_uploads_per_day=1000,
    ) as served:
        yield served.url


def upload(server: str, body: bytes, **fields: str) -> dict[str, str]:
    answer = httpx.post(f"{server}/v1/upload", files={"file": ("waves.jpg", body)}, data=fields, timeout=60)
    assert answer.status_code == 201, answer.text
    return answer.json()


EVERY_FORMAT = {
    "jpeg": pictures.jpeg,
    "png": pictures.png,
    "animated gif": lambda: pictures.gif(frames=4),
    "webp": pictures.webp,
    "avif": pictures.avif,
    "heic": pictures.heic,
    "tiff": pictures.tiff,
    "bmp": pictures.bmp,
    "ico": lambda: pictures.ico(16, 32),
    "svg": pictures.svg,
}


def drop(page: Page, name: str, body: bytes) -> None:
    """Drop a file on the page, as a hand does."""
    transfer = page.evaluate_handle(
        """([name, body]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([Uint8Array.from(atob(body), (c) => c.charCodeAt(0))], name));
            return transfer;
        }""",
        [name, b64encode(body).decode()],
    )
    page.dispatch_event("#upload", "drop", {"dataTransfer": transfer})


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_dropped_picture_gets_a_link_whose_page_shows_it(
    open_page: OpenPage, size: tuple[int, int], scheme: str
):
    page = open_page("/", size, color_scheme=scheme)
    drop(page, "waves.jpg", jpeg(1600, 1200))
    expect(page.get_by_role("status")).to_have_text("waves.jpg is uploaded.", timeout=30_000)
    assert seen(page.locator(".upload-print img"))
    photograph(page, f"front-{size[0]}-{scheme}")
    page.get_by_role("link", name="waves.jpg").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("waves.jpg")
    assert seen(page.locator(".print img"))
    photograph(page, f"viewer-{size[0]}-{scheme}")


def test_the_viewer_shows_the_picture_without_scripts(open_page: OpenPage, server: str):
    picture = upload(server, jpeg(1600, 1200))
    page = open_page(urlsplit(picture["url"]).path, PHONE, java_script_enabled=False)
    assert seen(page.locator(".print img"))
    expect(page.get_by_role("button")).to_have_count(0)


def test_the_place_of_the_picture_does_not_move_when_it_comes(open_page: OpenPage, server: str):
    picture = upload(server, jpeg(1600, 1200))
    page = open_page("/", PHONE)
    held: list[Route] = []
    page.route("**/cdn/**", lambda route: held.append(route))  # noqa: PLW0108 - a built-in cannot be marked
    page.goto(picture["url"], wait_until="domcontentloaded")
    empty = page.locator(".print").bounding_box()
    for route in held:
        route.continue_()
    assert seen(page.locator(".print img"))
    assert page.locator(".print").bounding_box() == empty


@pytest.mark.parametrize("shape", [(3000, 200), (200, 3000), (16, 16)], ids=["panorama", "tall", "icon"])
def test_no_shape_of_picture_makes_the_page_wider_than_the_window(
    open_page: OpenPage, server: str, shape: tuple[int, int]
):
    picture = upload(server, jpeg(*shape))
    page = open_page(urlsplit(picture["url"]).path)
    assert seen(page.locator(".print img"))
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert width_of(page) == width


def test_a_panorama_is_not_squeezed_into_a_stripe(open_page: OpenPage, server: str):
    picture = upload(server, jpeg(3000, 500))
    page = open_page(urlsplit(picture["url"]).path, PHONE)
    assert page.locator(".print").bounding_box()["height"] > 300


def test_a_hostile_name_is_only_shown(open_page: OpenPage, server: str):
    picture = upload(server, jpeg(64, 64), name=HOSTILE, description=HOSTILE)
    page = open_page(urlsplit(picture["url"]).path)
    expect(page.locator(".description")).to_have_text(HOSTILE)


def test_a_press_copies_and_says_so_to_those_who_see_and_those_who_hear(open_page: OpenPage, server: str):
    url = upload(server, jpeg(64, 64), name="photo_1.jpg")["url"]
    page = open_page(urlsplit(url).path, permissions=["clipboard-read", "clipboard-write"])
    begins = {
        "Link to this page": url,
        "HTML": f'<a href="{url}"><img src="{server}/cdn/',
        "Markdown": f"[![photo\\_1.jpg]({server}/cdn/",
        "BBCode": f"[url={url}][img]{server}/cdn/",
    }
    for label, text in begins.items():
        page.get_by_role("button", name=f"Copy {label}").click()
        expect(page.get_by_role("button", name=f"Copied {label}")).to_be_visible()
        expect(page.get_by_role("status")).to_have_text(f"Copied: {label}")
        assert page.evaluate("navigator.clipboard.readText()").startswith(text)


def test_the_keyboard_goes_through_the_viewer_in_the_order_of_reading_and_is_seen(
    open_page: OpenPage, server: str
):
    picture = upload(server, jpeg(400, 300))
    page = open_page(urlsplit(picture["url"]).path)
    stops: list[str] = []
    for _ in range(15):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => { const e = document.activeElement; return [
                e.id || e.className || e.textContent.trim(), getComputedStyle(e).outlineStyle]; }"""
        )
        assert focused[1] == "solid"
        stops.append(focused[0])
    fields = ["link-page", "link-image", "link-html", "link-markdown", "link-bbcode"]
    copies = [stop for field in fields for stop in (field, "copy")]
    assert stops == ["skip", "wordmark", "Quick start", "Account", "print", *copies]


@pytest.mark.parametrize("path", ["/", "/api/quick-start", "/nothing", "viewer"])
def test_every_word_stands_out_enough_by_day_and_by_night(open_page: OpenPage, server: str, path: str):
    viewer = urlsplit(upload(server, jpeg(64, 64), description="First light.")["url"]).path
    page = open_page(viewer if path == "viewer" else path)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert too_faint(page) == []


def test_several_files_at_once_each_get_their_own_answer(open_page: OpenPage):
    page = open_page("/")
    files = [
        {"name": "one.jpg", "mimeType": "image/jpeg", "buffer": jpeg(200, 100)},
        {"name": "words.jpg", "mimeType": "image/jpeg", "buffer": b"only words"},
    ]
    page.set_input_files("#file", files)
    expect(page.get_by_role("link", name="one.jpg")).to_be_visible(timeout=30_000)
    expect(page.locator(".failed .upload-state")).to_have_text(
        "This kind of file is not accepted.", timeout=30_000
    )
    photograph(page, "front-refused")


def test_a_pasted_picture_is_taken_too(open_page: OpenPage):
    page = open_page("/")
    page.evaluate(
        """body => {
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([new Uint8Array(body)], "image.png"));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
        }""",
        list(jpeg(64, 64)),
    )
    expect(page.get_by_role("link", name="image.png")).to_be_visible(timeout=30_000)


def test_a_file_over_the_limit_is_refused_before_it_is_sent(open_page: OpenPage):
    page = open_page("/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    drop(page, "big.jpg", bytes(LIMIT + 1))
    expect(page.locator(".failed .upload-state")).to_have_text("Larger than 293 KB, the limit without a key.")
    assert "POST" not in sent


def test_the_keyboard_reaches_the_drop_zone(open_page: OpenPage):
    page = open_page("/")
    for _ in range(5):  # the skip link, the name, the quick start, the account, the file
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "file"


@pytest.mark.parametrize("path", ["/api/quick-start", "/nothing"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_words_fit_a_phone(open_page: OpenPage, path: str, scheme: str):
    page = open_page(path, PHONE, color_scheme=scheme)
    photograph(page, f"{path.rpartition('/')[2]}-{scheme}")
    assert width_of(page) == PHONE[0]


@pytest.mark.parametrize("make", EVERY_FORMAT.values(), ids=EVERY_FORMAT)
def test_every_accepted_format_is_shown_and_every_address_on_its_page_is_an_image(
    open_page: OpenPage, server: str, make: Callable[[], bytes | None]
):
    body = make()
    if body is None:
        pytest.skip("no encoder for this format on this machine")
    picture = upload(server, body)
    page = open_page(urlsplit(picture["url"]).path)
    assert seen(page.locator(".print img"))
    links = page.locator("a[download]").evaluate_all("links => links.map(link => link.href)")
    answers = [httpx.get(link, timeout=30) for link in links]
    assert {(answer.status_code, answer.headers["content-type"][:6]) for answer in answers} == {
        (200, "image/")
    }


def test_the_image_for_other_sites_has_the_size_and_type_that_its_tags_say(open_page: OpenPage, server: str):
    picture = upload(server, jpeg(1700, 1203))
    page = open_page(urlsplit(picture["url"]).path)

    def tag(name: str) -> str | None:
        return page.locator(f'meta[property="og:image{name}"]').get_attribute("content")

    answer = httpx.get(tag(""), timeout=30)
    image = Image.open(io.BytesIO(answer.content))
    said = (tag(":type"), tag(":width"), tag(":height"))
    assert (answer.headers["content-type"], str(image.width), str(image.height)) == said
    assert said == ("image/jpeg", "1200", "630")
