"""The pages in a real browser, on a real server: what a person with a picture can do. Screenshots: `artifacts/`."""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, expect, sync_playwright

import pictures

pytestmark = [pytest.mark.slow]

ARTIFACTS = Path(__file__).parents[2] / "artifacts"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LIMIT = 300_000
PHONE, DESK = (390, 844), (1280, 860)
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
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chosen = {
        "PORT": port,
        "DATA_DIR": folder / "data",
        "MAX_UPLOAD_BYTES_ANONYMOUS": LIMIT,
        "ANONYMOUS_UPLOADS_PER_HOUR": 1000,
        "ANONYMOUS_UPLOADS_PER_DAY": 1000,
    }
    environment = {**os.environ, **{f"CALOTYPE_{name}": str(value) for name, value in chosen.items()}}
    command = [Path(sys.executable).with_name("calotype"), "serve"]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log) as process,
    ):
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/readyz", process, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Ask until the server says that it can serve; its log when it never does."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"the server did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (looked for chromium, chromium-browser, google-chrome)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """Open pages, and afterwards prove that none met an error, broke its policy or left the server."""
    complaints: list[str] = []
    contexts = []

    def request_seen(url: str) -> None:
        if urlsplit(url).scheme != "blob" and not url.startswith(f"{server}/"):
            complaints.append(f"asked for {url}")

    def open_page(path: str, size: tuple[int, int] = DESK, **options: object) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: request_seen(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None,
        )
        page.goto(f"{server}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def upload(server: str, body: bytes, **fields: str) -> dict[str, str]:
    answer = httpx.post(f"{server}/v1/upload", files={"file": ("waves.jpg", body)}, data=fields)
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


def photograph(page: Page, name: str) -> None:
    """Keep a screenshot for people to look at."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)


def drop(page: Page, name: str, body: bytes) -> None:
    """Drop a file on the page, as a hand does."""
    transfer = page.evaluate_handle(
        """([name, body]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(body)], name));
            return transfer;
        }""",
        [name, list(body)],
    )
    page.dispatch_event("#upload", "drop", {"dataTransfer": transfer})


def seen(image: Locator) -> bool:
    """Wait for *image*, and say whether it shows something."""
    expect(image).to_be_visible()
    image.evaluate("image => image.decode()")
    return image.evaluate("image => image.naturalWidth > 0 && image.clientWidth > 0")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_dropped_picture_gets_a_link_whose_page_shows_it(
    open_page: Callable[..., Page], size: tuple[int, int], scheme: str
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


def test_the_viewer_shows_the_picture_without_scripts(open_page: Callable[..., Page], server: str):
    picture = upload(server, jpeg(1600, 1200))
    page = open_page(urlsplit(picture["url"]).path, PHONE, java_script_enabled=False)
    assert seen(page.locator(".print img"))
    expect(page.get_by_role("button")).to_have_count(0)


def test_the_place_of_the_picture_does_not_move_when_it_comes(open_page: Callable[..., Page], server: str):
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


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("shape", [(3000, 200), (200, 3000), (16, 16)], ids=["panorama", "tall", "icon"])
def test_no_shape_of_picture_makes_the_page_wider_than_the_window(
    open_page: Callable[..., Page], server: str, shape: tuple[int, int], width: int
):
    picture = upload(server, jpeg(*shape))
    page = open_page(urlsplit(picture["url"]).path, (width, 800))
    assert seen(page.locator(".print img"))
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_panorama_is_not_squeezed_into_a_stripe(open_page: Callable[..., Page], server: str):
    picture = upload(server, jpeg(3000, 500))
    page = open_page(urlsplit(picture["url"]).path, PHONE)
    assert page.locator(".print").bounding_box()["height"] > 300


def test_a_hostile_name_is_only_shown(open_page: Callable[..., Page], server: str):
    picture = upload(server, jpeg(64, 64), name=HOSTILE, description=HOSTILE)
    page = open_page(urlsplit(picture["url"]).path)
    expect(page.locator(".description")).to_have_text(HOSTILE)


def test_a_link_is_copied_with_one_press(open_page: Callable[..., Page], server: str):
    picture = upload(server, jpeg(64, 64))
    page = open_page(urlsplit(picture["url"]).path, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy Link to this page").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == picture["url"]


def test_several_files_at_once_each_get_their_own_answer(open_page: Callable[..., Page]):
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


def test_a_pasted_picture_is_taken_too(open_page: Callable[..., Page]):
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


def test_a_file_over_the_limit_is_refused_before_it_is_sent(open_page: Callable[..., Page]):
    page = open_page("/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    drop(page, "big.jpg", bytes(LIMIT + 1))
    expect(page.locator(".failed .upload-state")).to_have_text("Larger than 293 KB, the limit without a key.")
    assert "POST" not in sent


def test_the_keyboard_reaches_the_drop_zone(open_page: Callable[..., Page]):
    page = open_page("/")
    for _ in range(4):  # the skip link, the name, the quick start, the file
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "file"


@pytest.mark.parametrize("path", ["/api/quick-start", "/nothing"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_words_fit_a_phone(open_page: Callable[..., Page], path: str, scheme: str):
    page = open_page(path, PHONE, color_scheme=scheme)
    photograph(page, f"{path.rpartition('/')[2]}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("make", EVERY_FORMAT.values(), ids=EVERY_FORMAT)
def test_every_accepted_format_is_shown_and_every_address_on_its_page_is_an_image(
    open_page: Callable[..., Page], server: str, make: Callable[[], bytes | None]
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


def test_the_image_for_other_sites_has_the_size_and_type_that_its_tags_say(
    open_page: Callable[..., Page], server: str
):
    picture = upload(server, jpeg(1700, 1203))
    page = open_page(urlsplit(picture["url"]).path)

    def tag(name: str) -> str | None:
        return page.locator(f'meta[property="og:image{name}"]').get_attribute("content")

    answer = httpx.get(tag(""), timeout=30)
    image = Image.open(io.BytesIO(answer.content))
    said = (tag(":type"), tag(":width"), tag(":height"))
    assert (answer.headers["content-type"], str(image.width), str(image.height)) == said
    assert said == ("image/jpeg", "1200", "630")
