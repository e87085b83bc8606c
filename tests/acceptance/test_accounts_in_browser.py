"""The account pages in a real browser: signing in by mail, keys, apps, and every page on a phone and in the dark."""

import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from browsing import DESK, PHONE, OpenPage, photograph, seen, too_faint, width_of
from playwright.sync_api import Page, expect
from served import Served

import pictures

pytestmark = [pytest.mark.slow]

SIGNED_IN = ["/dashboard", "/dashboard/workspaces", "/apps"]
OPEN = [
    "/login",
    "/auth/register",
    "/plans",
    "/upgrade/pro",
    "/api",
    "/api/errors",
    "/docs",
    "/verify",
    "/not/here",
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Start `calotype serve` where any account may register apps; its mail is in its log."""
    with Served(tmp_path_factory.mktemp("accounts"), app_registration="any") as served:
        yield served


@pytest.fixture(scope="module")
def server(served: Served) -> str:
    return served.url


@pytest.fixture(scope="module")
def cookies(served: Served) -> dict[str, object]:
    """Sign somebody in who has a key, a picture and an app; what their browser keeps."""
    with httpx.Client(base_url=served.url, headers={"Sec-Fetch-Site": "same-origin"}) as ann:
        ann.post("/login", data={"email": "ann@example.com"})
        ann.post("/login/code", data={"email": "ann@example.com", "code": code_of(served, "ann@example.com")})
        made = ann.post("/dashboard/keys", data={"name": "laptop", "abilities": ["read", "write"]})
        key = re.search(r'value="(img_live_\w+)"', made.text)[1]
        files = {"file": ("first light.jpg", pictures.jpeg(640, 480))}
        ann.post("/v1/upload", files=files, headers={"Authorization": f"Bearer {key}"})
        ann.post("/apps", data={"name": "Gallery", "redirect_uris": "https://gallery.example/back"})
        kept = {"name": "calotype-session", "value": ann.cookies["calotype-session"]}
    return {"cookies": [kept | {"domain": "127.0.0.1", "path": "/", "expires": -1}], "origins": []}


def code_of(served: Served, email: str) -> str:
    """Wait for the mail to *email*, which a job sends, and read the code in its subject."""
    mail = re.compile(rf'"to": "{email}", "subject": "([0-9]{{6}}) is your code')
    deadline = time.monotonic() + 30
    while not (found := mail.search(served.log())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found, f"no mail to {email}"
    return found[1]


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what is called *name*, as somebody without a mouse does."""
    for _ in range(25):
        if focused(page) == name:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {name!r}")


@pytest.mark.parametrize("script", ["with", "without"])
def test_the_keyboard_alone_leads_from_signing_in_to_a_key_that_works(
    open_page: OpenPage, served: Served, script: str
):
    page = open_page("/dashboard", PHONE, java_script_enabled=script == "with")
    keys = page.keyboard
    expect(page.get_by_label("E-mail address")).to_be_focused()
    photograph(page, f"sign-in-{script}-script")
    keys.type(f"{script}@example.com")
    keys.press("Enter")
    expect(page.get_by_label("Six digits")).to_be_focused()
    keys.type(code_of(served, f"{script}@example.com"))
    photograph(page, f"code-{script}-script")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your test key")
    photograph(page, f"test-key-{script}-script")
    page.get_by_role("link", name="I have it: go on").focus()
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    page.get_by_label("Name of a new key").focus()
    keys.type("laptop")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your new key")
    secret = page.get_by_label("API key", exact=True).input_value()
    answer = httpx.get(f"{served.url}/v1/media", headers={"Authorization": f"Bearer {secret}"})
    assert answer.json()["data"] == []


def test_tab_reaches_every_field_of_the_overview_in_order(open_page: OpenPage, cookies: dict[str, object]):
    page = open_page("/dashboard", storage_state=cookies)
    for name in ("Overview", "Apps", "Plans", "Sign out", "Revoke laptop", "name", "Make a key"):
        tab_to(page, name)
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_new_key_is_copied_and_said_aloud(open_page: OpenPage, cookies: dict[str, object]):
    page = open_page("/dashboard", storage_state=cookies, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_label("Name of a new key").fill("copied")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_role("button", name="Copy API key").click()
    expect(page.get_by_role("status")).to_have_text("Copied: API key")
    secret = page.get_by_label("API key", exact=True).input_value()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    photograph(page, "new-key")


def test_a_key_is_revoked_after_one_more_question(open_page: OpenPage, cookies: dict[str, object]):
    page = open_page("/dashboard", storage_state=cookies, java_script_enabled=False)
    page.get_by_label("Name of a new key").fill("short-lived")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_role("link", name="back to the overview").click()
    page.get_by_role("link", name="Revoke short-lived").click()
    photograph(page, "revoke")
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    expect(page.get_by_text("short-lived")).to_have_count(0)


def test_the_newest_picture_is_shown_and_leads_to_its_page(open_page: OpenPage, cookies: dict[str, object]):
    page = open_page("/dashboard", storage_state=cookies)
    assert seen(page.locator(".grid img").first)
    page.get_by_role("link", name="first light.jpg").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("first light.jpg")


def test_a_wrong_code_is_said_aloud_and_asked_for_again(open_page: OpenPage):
    page = open_page("/login")
    page.get_by_label("E-mail address").fill("eve@example.com")
    page.get_by_role("button", name="Send the code").click()
    page.get_by_label("Six digits").fill("12 345")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("The code is wrong, used, or no longer valid.")
    expect(page.get_by_label("Six digits")).to_be_focused()
    photograph(page, "code-wrong")


def test_a_new_code_is_sent_with_one_press_and_the_one_before_is_worth_nothing(
    open_page: OpenPage, served: Served
):
    page = open_page("/login", PHONE, java_script_enabled=False)
    page.get_by_label("E-mail address").fill("again@example.com")
    page.get_by_role("button", name="Send the code").click()
    first = code_of(served, "again@example.com")
    page.get_by_role("button", name="Send a new code").click()
    expect(page.get_by_label("Six digits")).to_be_focused()
    page.get_by_label("Six digits").fill(first)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("The code is wrong, used, or no longer valid.")


def test_signing_out_leads_to_the_front_page_and_the_account_is_closed(open_page: OpenPage, served: Served):
    page = open_page("/login")
    page.get_by_label("E-mail address").fill("leaver@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Six digits")).to_be_focused()
    page.get_by_label("Six digits").fill(code_of(served, "leaver@example.com"))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="I have it: go on").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Drop a picture here")).to_be_visible()
    page.go_back()
    page.reload()
    assert urlsplit(page.url).path == "/login"


def test_an_app_is_registered_changed_and_suspended(open_page: OpenPage, cookies: dict[str, object]):
    page = open_page("/apps", PHONE, storage_state=cookies)
    page.get_by_label("Name, as your users read it").fill("Album")
    page.get_by_label("Where users are sent back to").fill("https://album.example/back")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_label("App secret", exact=True)).to_have_value(re.compile(r"^img_sk_live_\w+$"))
    photograph(page, "app-registered")
    page.get_by_role("link", name="to the app").click()
    page.get_by_role("button", name="Suspend the app").click()
    expect(page.get_by_text("This app is suspended")).to_be_visible()
    photograph(page, "app-suspended")


@pytest.mark.parametrize("path", [*SIGNED_IN, *OPEN])
def test_every_page_fits_a_phone_and_every_word_stands_out_by_day_and_by_night(
    open_page: OpenPage, cookies: dict[str, object], path: str
):
    page = open_page(path, storage_state=cookies if path in SIGNED_IN else None)
    assert urlsplit(page.url).path == path
    for width, height in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": height})
        assert width_of(page) == width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert too_faint(page) == []
            photograph(page, f"{path.strip('/').replace('/', '-')}-{width}-{scheme}")


def test_the_measure_of_contrast_finds_what_is_faint(open_page: OpenPage):
    page = open_page("/login")
    page.evaluate("document.querySelector('h1').style.color = '#b0a998'")
    assert [words.partition(":")[0] for words in too_faint(page)] == ["Sign in"]
