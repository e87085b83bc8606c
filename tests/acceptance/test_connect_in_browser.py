"""The hosted login in a real browser, from an app's own page and back to it; what a framing page sees of it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from browsing import DESK, PHONE, photograph, too_faint, width_of
from connecting import newest_code
from playwright.sync_api import Browser, Page, expect
from served import Served

pytestmark = [pytest.mark.slow]


class Album(BaseHTTPRequestHandler):
    """An app of somebody else: one page with whatever the test put there, and one to come back to."""

    page = ""

    def do_GET(self):
        body = (self.page if self.path == "/" else "<title>Back</title>").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("connect")) as served:
        yield served


@pytest.fixture(scope="module")
def album() -> Iterator[str]:
    """The app's origin; to browsers another site than the server, which is at 127.0.0.1."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Album) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def app(served: Served, album: str) -> dict[str, str]:
    return served.json("apps", "create", "Photo album", "--redirect-uri", f"{album}/back")


@pytest.fixture
def link(served: Served, album: str, app: dict[str, str]) -> str:
    back = quote(f"{album}/back", safe="")
    return f"{served.url}/connect?app={app['id']}&redirect_uri={back}&state=a%20b%26c"


@pytest.fixture
def visit(browser: Browser, album: str) -> Iterator:
    """Open the app's page with *html* in it, in a window of its own."""
    contexts = []

    def open_(html: str, size: tuple[int, int] = DESK, **options: object) -> Page:
        Album.page = f"<!doctype html><title>Album</title>{html}"
        contexts.append(browser.new_context(viewport={"width": size[0], "height": size[1]}, **options))
        page = contexts[-1].new_page()
        page.goto(f"{album}/")
        return page

    yield open_
    for each in contexts:
        each.close()


def came_back(page: Page, album: str) -> dict[str, list[str]]:
    """What the address says at which the browser came back."""
    expect(page).to_have_title("Back")
    assert page.url.startswith(f"{album}/back?")
    return parse_qs(urlsplit(page.url).query)


def test_somebody_comes_from_the_app_and_goes_back_with_a_code(visit, link, album, app, served):
    page = visit(f'<a href="{link}">Sign in</a>')
    page.click("a")
    page.fill("#email", "ann@example.com")
    page.keyboard.press("Enter")
    page.fill("#code", newest_code(served, "ann@example.com"))
    page.keyboard.press("Enter")
    answer = came_back(page, album)
    headers = {"Authorization": f"Bearer {app['secret']}"}
    told = httpx.post(f"{served.url}/v1/apps/exchange", json={"code": answer["code"][0]}, headers=headers)
    assert (answer["state"], told.json()["email"]) == (["a b&c"], "ann@example.com")


def test_it_works_on_a_phone_in_the_dark_without_scripts(visit, link, album, served):
    page = visit(f'<a href="{link}">x</a>', PHONE, java_script_enabled=False, color_scheme="dark")
    page.click("a")
    photograph(page, "connect-phone-dark")
    page.fill("#email", "dark@example.com")
    page.get_by_role("button", name="Send the code").click()
    expect(page.locator("#code")).to_be_visible()
    photograph(page, "connect-code-phone-dark")
    page.fill("#code", newest_code(served, "dark@example.com"))
    page.get_by_role("button", name="Sign in and connect").click()
    assert sorted(came_back(page, album)) == ["code", "state"]


def test_whoever_cancels_goes_back_without_a_code_and_needs_no_address_for_it(visit, link, album):
    page = visit(f'<a href="{link}">x</a>')
    page.click("a")
    photograph(page, "connect-desk")
    page.get_by_role("button", name="Cancel").click()
    assert came_back(page, album) == {"error": ["access_denied"], "state": ["a b&c"]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_steps_fit_a_phone_and_can_be_read(visit, link, scheme):
    page = visit(f'<a href="{link}">x</a>', PHONE, color_scheme=scheme)
    page.click("a")
    assert (width_of(page), too_faint(page)) == (PHONE[0], [])
    page.fill("#email", f"{scheme}@example.com")
    page.get_by_role("button", name="Send the code").click()
    expect(page.locator("#code")).to_be_focused()
    assert (width_of(page), too_faint(page)) == (PHONE[0], [])


def test_no_other_site_can_frame_it(visit, link):
    page = visit(f'<iframe src="{link}"></iframe>')
    page.wait_for_load_state("networkidle")
    assert page.frames[1].locator("form").count() == 0


def test_no_other_site_can_send_its_forms(visit, link, served, app, album):
    fields = {"app": app["id"], "redirect_uri": f"{album}/back", "email": "forged@example.com"}
    inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
    page = visit(f'<form method="post" action="{served.url}/connect">{inputs}<button>x</button></form>')
    page.click("button")
    expect(page.locator("body")).to_contain_text("This form was sent from another site.")
    assert "forged@example.com" not in served.log()
