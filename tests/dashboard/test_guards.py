"""What holds for every page of the dashboard: forged forms, frames, caches, scripts, and what people wrote."""

import re
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from calotype import dashboard
from calotype.dashboard import PATHS
from calotype.dashboard.visits import CHANGES_PER_DAY
from calotype.domain.workspaces import DEFAULT
from calotype.services import keys
from calotype.settings import Settings
from platforms import memory_platform
from visitors import OURS, Tags, Visitor

HOSTILE = '"><script>alert(1)</script>'
POSTS = [path for path, verbs in PATHS.items() if "POST" in verbs]
GETS = [path for path, verbs in PATHS.items() if "GET" in verbs]
ACCOUNTS = [path for path in GETS if path.startswith(("/dashboard", "/apps"))]


def filled(path: str) -> str:
    """A path whose parameters are ids that nobody has."""
    return re.sub(r"\{\w+\}", "00000000", path)


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://img.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
    ids=["nothing", "cross-site", "same-site", "origin", "opaque"],
)
async def test_no_form_of_another_site_is_taken(member: Visitor, path: str, headers: dict[str, str]):
    answer = await member.post(filled(path), headers=headers, name="x")
    assert answer.status_code == 403
    assert "This form was sent from another site. Open the page here and try again." in answer.text
    assert "ability" not in answer.text


NASTY = ["", "\x00", "\u202e", "\U0001f600" * 500, "a" * 5000, "' OR 1=1 --", "9" * 40, "../../etc/passwd"]
SIGNING = ["email", "code", "next", "new", "answer", "t", "exp", "sig"]
FIELDS = [*SIGNING, "name", "abilities", "redirect_uris", "app", "redirect_uri", "state"]


@pytest.mark.parametrize("path", POSTS)
async def test_whatever_is_typed_into_a_form_is_never_a_failure(member: Visitor, path: str):
    for text in NASTY:
        answer = await member.post(filled(path), **dict.fromkeys(FIELDS, text))
        assert answer.status_code < 500, (path, text[:20])


@pytest.mark.parametrize("path", GETS)
async def test_whatever_stands_in_an_address_is_never_a_failure(member: Visitor, path: str):
    for text in ("%00", "%ff", "%F0%9F%98%80", "..%2f..", "a" * 4000):
        raw = re.sub(r"\{\w+\}", text, path)
        answer = await member.http.get(f"{raw}?next={text}&t={text}&app={text}")
        assert answer.status_code < 500, raw


async def test_a_forged_form_changes_nothing(member: Visitor):
    forged = {"Sec-Fetch-Site": "cross-site"}
    await member.post("/dashboard/keys", headers=forged, name="theirs", abilities=["read", "write"])
    await member.post("/logout", headers=forged)
    page = await member.get("/dashboard")
    assert page.status_code == 200
    assert "theirs" not in page.text


async def test_one_account_sends_as_many_forms_a_day_as_a_person_may_and_no_more(member: Visitor, platform):
    (account,) = await platform.accounts.listed()
    await platform.limiter.hit(f"pages/{account.id}", CHANGES_PER_DAY, 86_400, CHANGES_PER_DAY - 1)
    answers = [await member.post("/dashboard/keys", name="x", abilities="read") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 429]
    assert "retry-after" in answers[1].headers
    assert (await member.get("/dashboard")).status_code == 200


async def test_forms_are_read_from_forms_alone(member: Visitor):
    answer = await member.http.post("/dashboard/keys", json={"name": "x"}, headers=OURS)
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ACCOUNTS)
async def test_nobody_sees_a_page_of_an_account_without_signing_in(visitor: Visitor, path: str):
    answer = await visitor.get(filled(path))
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")


@pytest.mark.parametrize("path", [path for path in POSTS if path.startswith(("/dashboard", "/apps"))])
async def test_nobody_changes_an_account_without_signing_in(visitor: Visitor, path: str):
    answer = await visitor.post(filled(path), name="x", abilities="read")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/dashboard")


@pytest.mark.parametrize("path", GETS)
async def test_no_page_may_be_framed_and_nothing_runs_in_it_but_our_own(member: Visitor, path: str):
    answer = await member.get(filled(path))
    policy = answer.headers.get("content-security-policy", "")
    if answer.status_code == 303:  # nothing is shown
        assert answer.text == ""
        return
    nonce = re.search(r"script-src 'nonce-([^']+)'", policy)[1]
    tags = Tags(answer.text)
    ours = [*tags.named("script"), *(each for each in tags.named("link") if each["rel"] == "stylesheet")]
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in policy
    assert {each["nonce"] for each in ours} == {nonce}


@pytest.mark.parametrize("path", [*ACCOUNTS, "/login", "/auth/register", "/verify"])
async def test_what_is_somebodys_own_is_kept_by_no_cache(member: Visitor, path: str):
    answer = await member.get(filled(path))
    assert (answer.headers["cache-control"], answer.headers.get("referrer-policy", "same-origin")) == (
        "no-store",
        "same-origin",
    )


@pytest.mark.parametrize("path", [path for path in GETS if "{" not in path])
async def test_no_page_carries_code_or_style_in_its_tags(member: Visitor, path: str):
    names = {name for _, attributes in Tags((await member.get(path)).text).all for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}


async def test_what_somebody_called_a_key_is_only_text(member: Visitor):
    made = await member.post("/dashboard/keys", name=HOSTILE, abilities="read")
    for page in (made, await member.get("/dashboard")):
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


async def test_a_key_of_another_workspace_is_as_unknown_as_none(member: Visitor, platform):
    owner = await platform.catalog.workspace_by_slug(DEFAULT)
    theirs, _ = await keys.create_key(platform, owner, "theirs", frozenset({"read"}))
    foreign = await member.get(f"/dashboard/keys/{theirs.id}/revoke")
    unknown = await member.get("/dashboard/keys/key_000000/revoke")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert (await member.post(f"/dashboard/keys/{theirs.id}/revoke")).status_code == 404
    assert [key.revoked_at for key in await keys.list_keys(platform, owner)] == [None]


@pytest.fixture
async def below(tmp_path) -> Visitor:
    """Somebody who is signed in to a server that a proxy serves below a path, which it takes off."""
    whole = await memory_platform(tmp_path, app_registration="any")
    platform = replace(whole, settings=Settings(data_dir=tmp_path, base_url="https://example.org/img"))
    transport = httpx.ASGITransport(Starlette(routes=dashboard.routes(platform)))
    async with httpx.AsyncClient(transport=transport, base_url="https://example.org") as client:
        visitor = Visitor(client, platform)
        await visitor.sign_in()
        yield visitor


@pytest.mark.parametrize("path", ["/dashboard", "/apps", "/plans", "/upgrade/pro", "/api", "/verify"])
async def test_a_site_below_a_path_links_and_posts_below_it(below: Visitor, path: str):
    tags = Tags((await below.get(path)).text)
    named = [each[name] for name in ("href", "src", "action") for _, each in tags.all if name in each]
    ours = [address for address in named if address.startswith("/")]
    assert len(ours) > 5
    assert [address for address in ours if not address.startswith("/img/")] == []


async def test_a_site_below_a_path_leads_on_below_it(below: Visitor):
    out = await below.post("/logout")
    signed_out = await below.get("/apps")
    assert [answer.headers["location"] for answer in (out, signed_out)] == ["/img/", "/img/login?next=/apps"]


@pytest.mark.parametrize("path", ["/nothing/here", "/dashboard/nothing", "/login/", "/upgrade"])
async def test_an_address_that_nobody_answers_has_a_page_that_says_so(visitor: Visitor, path: str):
    answer = await visitor.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_a_path_of_the_api_that_is_none_is_answered_in_its_own_words(visitor: Visitor):
    answer = await visitor.get("/v1/nothing/here")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


async def test_a_failure_is_told_as_a_page_with_what_to_do(member: Visitor):
    answer = await member.get("/apps/00000000")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
