"""The hosted login: who is sent where with what, step by step, and what nobody can make of it."""

import asyncio
from urllib.parse import parse_qsl, urlencode

import pytest

from app_people import BACK, app_of
from calotype.domain.workspaces import digest_of
from calotype.services import apps, connecting
from visitors import OURS, Tags, Visitor

STATE = "a b&c=d/%+~'\"<x>"
PORT = "https://album.example:8443/back?tenant=1"


@pytest.fixture
async def app(platform):
    made, _ = await app_of(platform, "Album <b>", BACK, PORT)
    return made


def link(app, redirect_uri=BACK, state=STATE):
    return {"app": app.id, "redirect_uri": redirect_uri, "state": state}


async def opened(visitor: Visitor, fields):
    return await visitor.http.get("/connect", params=fields)


def carried(page):
    """The hidden fields of the page's form."""
    return {
        each["name"]: each["value"] for each in Tags(page.text).named("input") if each.get("type") == "hidden"
    }


async def walked(visitor: Visitor, fields, email="ann@example.com"):
    """Go the whole way, sending what each page's form holds; answer the last step."""
    page = await opened(visitor, fields)
    page = await visitor.post("/connect", **carried(page), email=email)
    return await visitor.post("/connect/code", **carried(page), code=visitor.code())


def answered(response):
    """Where a redirect leads, and what it answers."""
    assert response.status_code == 303, response.text
    where, _, query = response.headers["location"].partition("?")
    return where, dict(parse_qsl(query, strict_parsing=True, keep_blank_values=True))


async def test_the_whole_way_ends_at_the_app_with_a_code_and_the_state_to_the_letter(visitor, platform, app):
    where, answer = answered(await walked(visitor, link(app)))
    assert (where, answer["state"], sorted(answer)) == (BACK, STATE, ["code", "state"])
    profile = await connecting.exchange(platform, app, answer["code"])
    assert (profile.email, profile.email_verified, profile.plan) == ("ann@example.com", True, "free")


async def test_whoever_comes_again_is_the_same_user(visitor, platform, app):
    codes = [answered(await walked(visitor, link(app)))[1]["code"] for _ in range(2)]
    users = [(await connecting.exchange(platform, app, code)).user for code in codes]
    assert users[0] == users[1]


async def test_a_redirect_uri_keeps_its_own_query_and_its_port(visitor, app):
    response = await walked(visitor, link(app, PORT))
    assert response.headers["location"].startswith(f"{PORT}&code=")


async def test_without_a_state_none_comes_back(visitor, app):
    fields = link(app)
    del fields["state"]
    assert sorted(answered(await walked(visitor, fields))[1]) == ["code"]
    page = await opened(visitor, fields)
    assert answered(await visitor.post("/connect/cancel", **carried(page)))[1] == {"error": "access_denied"}


async def test_an_empty_state_comes_back_empty(visitor, app):
    assert answered(await walked(visitor, link(app, state="")))[1]["state"] == ""


async def test_whoever_cancels_is_sent_back_without_a_code(visitor, platform, app):
    page = await opened(visitor, link(app))
    refused = (BACK, {"error": "access_denied", "state": STATE})
    assert answered(await visitor.post("/connect/cancel", **carried(page))) == refused
    page = await visitor.post("/connect", **carried(page), email="ann@example.com")
    assert answered(await visitor.post("/connect/cancel", **carried(page))) == refused
    assert await platform.apps.users() == []


async def test_the_code_is_kept_as_a_hash_and_is_no_part_of_any_other_answer(visitor, platform, app):
    response = await walked(visitor, link(app))
    code = answered(response)[1]["code"]
    assert len(code) == 40
    assert list(platform.apps._codes) == [digest_of(code)]
    assert (response.headers["cache-control"], response.headers["referrer-policy"]) == (
        "no-store",
        "no-referrer",
    )
    assert "set-cookie" not in response.headers


async def test_the_page_says_who_asks_what_for_and_where_it_leads(visitor, app):
    page = await opened(visitor, link(app, PORT))
    text = " ".join(page.text.split())
    assert page.status_code == 200
    assert "<h1>Sign in to Album &lt;b&gt;</h1>" in text
    assert "can add, see, change and delete images in a workspace that is made for it alone" in text
    assert "It never sees the code" in text
    assert "sent back to <strong>album.example:8443</strong>" in text


async def test_the_pages_may_send_forms_here_and_to_the_app_alone(visitor, app):
    first = await opened(visitor, link(app, PORT))
    second = await visitor.post("/connect", **carried(first), email="ann@example.com")
    for page in (first, second):
        policy = page.headers["content-security-policy"]
        assert "; form-action 'self' https://album.example:8443; " in policy
        assert "frame-ancestors 'none'" in policy
        assert (page.headers["x-frame-options"], page.headers["cache-control"]) == ("DENY", "no-store")


async def test_the_pages_work_without_a_script(visitor, app):
    first = await opened(visitor, link(app))
    second = await visitor.post("/connect", **carried(first), email="ann@example.com")
    for page in (first, second):
        assert Tags(page.text).named("script") == []


# --- where nobody is sent ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "",
        BACK + "x",
        BACK + "/",
        BACK + "?",
        BACK + "?next=https://evil.example",
        BACK + "#part",
        BACK + "/../evil",
        BACK + "%2f..",
        BACK + "%00",
        BACK + " ",
        " " + BACK,
        BACK + "\r\nLocation: https://evil.example",
        BACK.upper(),
        "https://Album.example/back",
        "https://album.example/Back",
        "http://album.example/back",
        "https://album.example:443/back",
        "https://album.example./back",
        "https://album.example@evil.example/back",
        "https://evil.example/back",
        "https://album.example.evil.example/back",
        "https://evil.example\\@album.example/back",
        "https:album.example/back",
        "//album.example/back",
        "/back",
        "javascript:alert(1)",
        "data:text/html,x",
        PORT.partition("?")[0],
        PORT + "&x=1",
        "https://xn--album-9ua.example/back",
        "\udcff",
    ],
)  # fmt: skip
async def test_no_step_leads_to_an_address_that_is_not_registered_to_the_letter(visitor, app, redirect_uri):
    query = urlencode(link(app, redirect_uri), errors="surrogateescape").encode()
    asked = [await visitor.http.get(f"/connect?{query.decode()}")]
    for step in ("/connect", "/connect/code", "/connect/cancel"):
        headers = {**OURS, "Content-Type": "application/x-www-form-urlencoded"}
        asked.append(
            await visitor.http.post(step, content=query + b"&email=a%40x.io&code=1", headers=headers)
        )
    for answer in asked:
        assert answer.status_code == 422
        assert "location" not in answer.headers
        assert "refresh" not in answer.headers
    assert visitor.platform.mailer.sent == []


@pytest.mark.parametrize(
    "state", ["a\r\nSet-Cookie: x=1", "\n", "\0", "é", "\u202e", "x" * 1025, "\x7f", "\t"], ids=repr
)
async def test_a_state_that_could_not_come_back_to_the_letter_is_refused_here(visitor, app, state):
    answer = await opened(visitor, link(app, state=state))
    assert answer.status_code == 422
    assert "at most 1,024 printable ASCII characters" in answer.text
    assert "location" not in answer.headers


async def test_a_percent_sign_in_the_state_is_only_a_percent_sign(visitor, app):
    state = "%0d%0aSet-Cookie: x=1"
    response = await walked(visitor, link(app, state=state))
    assert answered(response)[1]["state"] == state
    assert "%250d%250a" in response.headers["location"]


@pytest.mark.parametrize("name", ["app", "redirect_uri", "state"])
async def test_a_parameter_that_is_there_twice_is_refused(visitor, app, name):
    fields = [*link(app).items(), (name, link(app)[name])]
    answer = await visitor.http.get("/connect", params=fields)
    assert (answer.status_code, "given more than once" in answer.text) == (422, True)


@pytest.mark.parametrize("app_id", ["", "unknown0", "../../etc", "a" * 5000, "%00", "<script>"])
async def test_an_app_that_is_not_there_has_a_page_that_says_so(visitor, app, app_id):
    answer = await opened(visitor, {**link(app), "app": app_id})
    assert answer.status_code == 404
    assert "<h1>This app cannot sign you in</h1>" in answer.text
    assert "<script>" not in answer.text


async def test_a_suspended_or_blocked_app_signs_nobody_in_from_the_next_step_on(visitor, platform, app):
    page = await opened(visitor, link(app))
    page = await visitor.post("/connect", **carried(page), email="ann@example.com")
    for stop in (apps.suspend, apps.block):
        await stop(platform, app)
        answer = await visitor.post("/connect/code", **carried(page), code=visitor.code())
        assert (answer.status_code, "location" in answer.headers) == (403, False)
        assert (await opened(visitor, link(app))).status_code == 403
    assert await platform.apps.users() == []


# --- codes from the mail ----------------------------------------------------------------------------


async def test_a_wrong_code_is_said_beside_its_field(visitor, platform, app):
    page = await opened(visitor, link(app))
    page = await visitor.post("/connect", **carried(page), email="ann@example.com")
    wrong = await visitor.post("/connect/code", **carried(page), code="000000")
    assert wrong.status_code == 422
    assert "The code is wrong, used, or no longer valid." in wrong.text
    assert Tags(wrong.text).with_id("code")["aria-invalid"] == "true"
    assert answered(await visitor.post("/connect/code", **carried(wrong), code=visitor.code()))[0] == BACK


async def test_a_code_from_the_mail_lets_one_of_twenty_in(visitor, platform, app):
    page = await opened(visitor, link(app))
    page = await visitor.post("/connect", **carried(page), email="ann@example.com")
    tries = (visitor.post("/connect/code", **carried(page), code=visitor.code()) for _ in range(20))
    statuses = sorted([each.status_code for each in await asyncio.gather(*tries)])
    assert statuses == [303, *[422] * 19]
    assert len(await platform.apps.users()) == 1


async def test_a_code_for_one_app_opens_neither_another_nor_the_account_pages(visitor, platform, app):
    other, _ = await app_of(platform, "Other")
    page = await opened(visitor, link(app))
    page = await visitor.post("/connect", **carried(page), email="ann@example.com")
    code = visitor.code()
    stolen = await visitor.post("/connect/code", **link(other), email="ann@example.com", code=code)
    assert stolen.status_code == 422
    assert (await visitor.post("/login/code", email="ann@example.com", code=code)).status_code == 422
    assert answered(await visitor.post("/connect/code", **carried(page), code=code))[0] == BACK


async def test_being_signed_in_connects_nobody(member, platform, app):
    sent = len(platform.mailer.sent)
    page = await opened(member, link(app))
    assert page.status_code == 200
    answer = await member.post("/connect/code", **carried(page), email="ann@example.com", code="")
    assert (answer.status_code, len(platform.mailer.sent)) == (422, sent)
    assert await platform.apps.users() == []


async def test_what_is_no_address_is_said_beside_its_field(visitor, app):
    page = await opened(visitor, link(app))
    answer = await visitor.post("/connect", **carried(page), email='"><script>')
    assert answer.status_code == 422
    assert Tags(answer.text).with_id("email")["value"] == '"><script>'
    assert Tags(answer.text).named("script") == []
    assert carried(answer) == link(app)


async def test_too_many_codes_are_refused_with_the_time_to_wait(visitor, app):
    page = await opened(visitor, link(app))
    answers = [await visitor.post("/connect", **carried(page), email="ann@example.com") for _ in range(6)]
    assert [each.status_code for each in answers] == [*[200] * 5, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_form_without_fields_asks_for_nothing_whatever_its_address_says(visitor, app):
    for path in ("/connect", "/connect/code", "/connect/cancel"):
        headers = {**OURS, "Content-Type": "application/x-www-form-urlencoded"}
        answer = await visitor.http.post(path, params=link(app), headers=headers)
        assert (answer.status_code, "location" in answer.headers) == (404, False)


async def test_a_step_that_only_a_form_leads_to_is_refused_without_it(visitor):
    for path in ("/connect", "/connect/code", "/connect/cancel"):
        answer = await visitor.get(path)
        assert (answer.status_code, "<h1>This app cannot sign you in</h1>" in answer.text) == (404, True)
