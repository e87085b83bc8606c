"""The reference as people and programs use it: tried in a browser, and the Postman collection request by request."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest
from browsing import ARTIFACTS, CHROMIUM, PHONE, QUIET, photograph, too_faint, watched_pages, width_of
from playwright.sync_api import expect, sync_playwright

import pictures

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (looked for chromium, chromium-browser, google-chrome)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, served):
    with watched_pages(browser, served.url) as open_page:
        yield open_page


def form_of(page, call):
    return page.locator(f"#{call} form.try")


def send(page, call):
    form = form_of(page, call)
    form.get_by_role("button", name="Send").click()
    expect(form.locator(".outcome-line")).to_contain_text(" ms", timeout=30_000)
    return form.locator(".outcome-line"), form.locator(".outcome-body")


def test_with_a_key_each_call_can_be_tried(open_page, served):
    page = open_page("/docs")
    page.get_by_label("Your key").fill(served.key)
    form_of(page, "listImages").get_by_label("limit").fill("5")
    line, body = send(page, "listImages")
    expect(line).to_contain_text("200")
    expect(body).to_contain_text('"object": "list"')
    form_of(page, "listImages").get_by_text("Headers").click()
    expect(form_of(page, "listImages").locator(".outcome-headers")).to_contain_text("x-request-id: ")
    page.locator("#listImages").screenshot(path=ARTIFACTS / "reference-tried.png")


def test_a_file_is_uploaded_and_the_image_shown_and_deleted(open_page, served):
    page = open_page("/docs")
    page.get_by_label("Your key").fill(served.key)
    form = form_of(page, "createImage")
    form.get_by_label("file", exact=False).first.set_input_files(
        {"name": "waves.jpg", "mimeType": "image/jpeg", "buffer": pictures.jpeg(64, 48)}
    )
    form.get_by_label("caption").fill("Waves")
    line, body = send(page, "createImage")
    expect(line).to_contain_text("201")
    expect(body).to_contain_text('"caption": "Waves"')
    image_id = body.text_content().split('"id": "')[1][:24]
    form_of(page, "deleteImage").get_by_label("asset_id").fill(image_id)
    expect(send(page, "deleteImage")[0]).to_contain_text("204")
    assert served.client.get(f"/v1/images/{image_id}").status_code == 404


def test_of_two_bodies_the_chosen_one_is_sent(open_page, served):
    page = open_page("/docs")
    page.get_by_label("Your key").fill(served.key)
    form = form_of(page, "createImage")
    form.get_by_label("application/json").check()
    form.get_by_label("JSON of the body").fill('{"url": "nowhere"}')
    line, body = send(page, "createImage")
    expect(line).to_contain_text("422")
    expect(body).to_contain_text("an http or https URL")


def test_a_label_is_asked_for_by_name_and_value(open_page, served):
    page = open_page("/docs")
    page.get_by_label("Your key").fill(served.key)
    form_of(page, "listImages").get_by_label("label").fill("colour=red")
    with page.expect_request("**/v1/images?*") as asked:
        send(page, "listImages")
    assert urlsplit(asked.value.url).query == "label%5Bcolour%5D=red"


def test_without_a_key_an_upload_is_anonymous_and_a_list_is_refused(open_page):
    page = open_page("/docs")
    line, body = send(page, "listMedia")
    expect(line).to_contain_text("401")
    expect(body).to_contain_text('"error": "unauthorized"')


def test_the_key_is_nowhere_but_in_the_page(open_page, served):
    page = open_page("/docs")
    page.get_by_label("Your key").fill(served.key)
    send(page, "listImages")
    kept = page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
    )
    assert served.key not in kept
    page.reload()
    assert page.get_by_label("Your key").input_value() == ""


def test_the_keyboard_fills_in_and_sends_a_call(open_page, served):
    page = open_page("/docs")
    page.get_by_label("Your key").focus()
    page.keyboard.type(served.key)
    form_of(page, "showUsage").get_by_role("button", name="Send").focus()
    page.keyboard.press("Enter")
    expect(form_of(page, "showUsage").locator(".outcome-line")).to_contain_text("200", timeout=30_000)
    assert page.evaluate("document.activeElement.className") == "send-call"


@pytest.mark.parametrize("path", ["/docs", "/api/errors"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_phone_and_can_be_read(open_page, path, scheme):
    page = open_page(path, PHONE, color_scheme=scheme)
    photograph(page, f"reference{path.replace('/', '-')}-{scheme}")
    assert width_of(page) == PHONE[0]
    assert too_faint(page) == []


def test_without_scripts_everything_is_told_and_nothing_is_offered_that_would_not_work(open_page):
    page = open_page("/docs", java_script_enabled=False)
    expect(page.locator("#createImage pre").first).to_contain_text("curl -X POST")
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.locator("form:visible")).to_have_count(0)


def test_every_link_of_the_reference_leads_somewhere(open_page, served):
    for path in ("/docs", "/api/errors"):
        page = open_page(path)
        links = set(page.locator("a").evaluate_all("links => links.map(link => link.href)"))
        anchors = {urlsplit(link).fragment for link in links if f"{path}#" in link}
        assert [name for name in anchors if page.locator(f"#{name}").count() != 1] == []
        pages = {link.partition("#")[0] for link in links}
        answers = {link: served.client.get(link, follow_redirects=True).status_code for link in pages}
        assert set(answers.values()) == {200}, answers


def sent(collection, item, served, ids):
    """Send a request of a collection as Postman would, with its variables filled in."""
    asked = item["request"]
    url = asked["url"]["raw"].replace("{{base_url}}", served.url)
    for each in asked["url"].get("variable", ()):
        url = url.replace(f":{each['key']}", ids[each["key"]])
    query = [(each["key"], each["value"]) for each in asked["url"].get("query", ()) if not each["disabled"]]
    headers = {each["key"]: each["value"] for each in asked["header"] if not each.get("disabled")}
    if asked.get("auth", collection["auth"])["type"] == "bearer":
        headers["Authorization"] = f"Bearer {served.key}"
    body = asked.get("body", {"mode": ""})
    form = body.get("formdata", ())
    return served.client.request(
        asked["method"],
        url,
        params=query,
        headers=headers,
        content=body["raw"] if body["mode"] == "raw" else None,
        data={each["key"]: each["value"] for each in form if each["type"] == "text"} or None,
        files={each["key"]: ("p.jpg", pictures.jpeg(8, 8)) for each in form if each["type"] == "file"}
        or None,
    )


EXPECTED = {
    "Upload or import an image (JSON)": {422}, "Import an image from a URL": {422},  # no such host
    "Explain a delivery URL": {422},  # the URL is for the reader to fill in
    "Exchange a code for a user": {403}, "Show the user that you act for": {403},  # for apps alone
    "Get a key": {201}, "Upload an image": {201}, "Upload or import an image (form)": {201},
    "Delete an image": {204},
}  # fmt: skip
"""What an owner's key and the examples come to, where that is not 200."""


def test_every_request_of_the_postman_collection_can_be_sent(served):
    collection = served.client.get("/postman.json").json()
    assert collection["info"]["schema"].endswith("/collection/v2.1.0/collection.json")
    for item in (item for folder in collection["item"] for item in folder["item"]):
        image = served.upload(pictures.jpeg(8, 8)).json()["id"]
        answer = sent(collection, item, served, {"asset_id": image})
        assert answer.status_code in EXPECTED.get(item["name"], {200}), f"{item['name']}: {answer.text}"


def test_the_documents_are_this_servers_and_anybody_may_read_them(served):
    for path, kind in {
        "/openapi.json": "application/json",
        "/postman.json": "application/json",
        "/llms.txt": "text/plain; charset=utf-8",
        "/llms-full.txt": "text/plain; charset=utf-8",
    }.items():
        answer = httpx.get(f"{served.url}{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert served.url in answer.text


@pytest.fixture(scope="module")
def processing_key(served):
    return served.json("keys", "create", "--api", "img-processing", "--stage", "live")["key"]


def test_calls_of_img_processing_are_tried_with_its_own_key(open_page, served, processing_key):
    page = open_page("/img-processing/docs")
    page.get_by_label("Your key").fill(processing_key)
    form = form_of(page, "uploadImage")
    form.get_by_label("image", exact=False).first.set_input_files(
        {"name": "waves.jpg", "mimeType": "image/jpeg", "buffer": pictures.jpeg(64, 48)}
    )
    form.get_by_label("name").fill("Waves")
    line, body = send(page, "uploadImage")
    expect(line).to_contain_text("201")
    image_id = body.text_content().split('"id": "')[1][:30]
    form_of(page, "cropImage").get_by_label("image_id").fill(image_id)
    line, body = send(page, "cropImage")
    expect(line).to_contain_text("201")
    expect(body).to_contain_text('"width": 8')


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_reference_of_img_processing_fits_a_phone_and_can_be_read(open_page, scheme):
    page = open_page("/img-processing/docs", PHONE, color_scheme=scheme)
    assert width_of(page) == PHONE[0]
    assert too_faint(page) == []


def test_every_link_of_img_processings_reference_leads_somewhere(open_page, served):
    page = open_page("/img-processing/docs")
    links = set(page.locator("a").evaluate_all("links => links.map(link => link.href)"))
    anchors = {urlsplit(link).fragment for link in links if "/img-processing/docs#" in link}
    assert [name for name in anchors if page.locator(f"#{name}").count() != 1] == []
    pages = {link.partition("#")[0] for link in links}
    answers = {link: served.client.get(link, follow_redirects=True).status_code for link in pages}
    assert set(answers.values()) == {200}, answers
    assert f"{served.url}/img-processing/openapi.json" in pages


def test_img_processings_documents_are_this_servers_and_found_by_machines(served):
    told = served.client.get("/llms.txt").text
    for name, kind in {
        "openapi.json": "application/json",
        "postman.json": "application/json",
        "llms-full.txt": "text/plain; charset=utf-8",
    }.items():
        answer = httpx.get(f"{served.url}/img-processing/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert f"{served.url}/img-processing" in answer.text
        assert f"({served.url}/img-processing/{name})" in told
