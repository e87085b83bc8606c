"""Signing in and out: what it takes, what it leaves in the browser, and what nobody can make it do."""

from calotype.ports import Platform
from calotype.services.access import authenticate_processing
from visitors import Tags


async def test_an_address_and_its_code_open_the_account(visitor):
    asked = await visitor.post("/login", email="Ann@Example.com")
    assert "<strong>ann@example.com</strong>" in asked.text
    entered = await visitor.post("/login/code", email="ann@example.com", code=visitor.code())
    assert (entered.status_code, "set-cookie" in entered.headers) == (201, True)
    assert "ann@example.com" in (await visitor.get("/dashboard")).text


async def test_signing_up_gives_the_free_plan_to_a_proven_address(visitor, platform: Platform):
    await visitor.sign_in()
    (account,) = await platform.accounts.listed()
    workspace = await platform.catalog.workspace(account.workspace_id)
    assert (account.email, account.verified, workspace.plan, workspace.verified) == (
        "ann@example.com",
        True,
        "free",
        True,
    )


async def test_signing_up_shows_a_test_key_once_and_goes_on(visitor, platform: Platform):
    page = Tags((await visitor.sign_in()).text)
    caller = await authenticate_processing(platform, page.with_id("secret")["value"])
    (account,) = await platform.accounts.listed()
    assert caller.workspace.live_id == account.workspace_id
    assert {"href": "/dashboard"} in page.named("a")
    assert "test_" not in (await visitor.get("/login/code")).text


async def test_signing_in_again_makes_no_second_key_and_goes_on_at_once(browsers):
    await browsers().sign_in()
    again = await browsers().sign_in()
    assert (again.status_code, again.headers["location"]) == (303, "/dashboard")


async def test_a_test_key_is_listed_and_revoked_like_any_other(member, platform: Platform):
    page = (await member.get("/dashboard")).text
    assert "First test key <code" in page
    (link,) = [each["href"] for each in Tags(page).named("a") if "revoke" in each["href"]]
    await member.post(link)
    assert "First test key" not in (await member.get("/dashboard")).text


async def test_signing_in_again_opens_the_same_account(browsers, platform: Platform):
    await browsers().sign_in()
    await browsers().sign_in()
    assert len(await platform.accounts.listed()) == 1


async def test_a_code_as_it_is_read_out_with_a_space_is_taken(visitor):
    await visitor.post("/login", email="ann@example.com")
    code = visitor.code()
    answer = await visitor.post("/login/code", email="ann@example.com", code=f" {code[:3]} {code[3:]} ")
    assert answer.status_code == 201


async def test_a_wrong_code_is_asked_for_again_and_opens_nothing(visitor):
    await visitor.post("/login", email="ann@example.com")
    wrong = "000000" if visitor.code() != "000000" else "111111"
    answer = await visitor.post("/login/code", email="ann@example.com", code=wrong)
    assert (answer.status_code, "set-cookie" in answer.headers) == (422, False)
    assert 'role="alert">The code is wrong, used, or no longer valid.' in answer.text


async def test_a_code_opens_one_session(browsers):
    first, second = browsers(), browsers()
    await first.post("/login", email="ann@example.com")
    code = first.code()
    await first.post("/login/code", email="ann@example.com", code=code)
    assert (await second.post("/login/code", email="ann@example.com", code=code)).status_code == 422


async def test_an_address_that_is_none_is_asked_for_again_with_what_was_typed(visitor):
    answer = await visitor.post("/login", email='"><b>')
    assert answer.status_code == 422
    assert 'value="&#34;&gt;&lt;b&gt;"' in answer.text


async def test_whoever_asks_too_often_is_told_when_to_come_back(visitor):
    answers = [await visitor.post("/login", email="ann@example.com") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 3600


async def test_the_cookie_is_for_this_host_alone_and_out_of_reach_of_scripts_and_other_sites(visitor):
    name, *attributes = (await visitor.sign_in()).headers["set-cookie"].split("; ")
    assert name.startswith("__Host-calotype-session=")
    assert sorted(attributes) == ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=lax", "Secure"]


async def test_signing_in_never_goes_on_with_a_token_that_the_browser_brought(visitor):
    planted = "a" * 40
    visitor.http.cookies.set("__Host-calotype-session", planted)
    token = (await visitor.sign_in()).cookies["__Host-calotype-session"]
    assert token != planted
    assert len(token) == 40


async def test_signing_in_again_ends_the_session_before(member, browsers):
    before = member.http.cookies["__Host-calotype-session"]
    await member.sign_in("bob@example.com")
    stale = browsers()
    stale.http.cookies.set("__Host-calotype-session", before)
    assert (await stale.get("/dashboard")).status_code == 303


async def test_signing_out_ends_the_session_on_the_server_too(member, browsers):
    token = member.http.cookies["__Host-calotype-session"]
    left = await member.post("/logout")
    assert (left.headers["location"], "Max-Age=0" in left.headers["set-cookie"]) == ("/", True)
    stale = browsers()
    stale.http.cookies.set("__Host-calotype-session", token)
    assert (await stale.get("/dashboard")).status_code == 303


async def test_a_session_ends_after_thirty_days(member, platform: Platform):
    platform.clock.move(days=30)
    assert (await member.get("/dashboard")).status_code == 303


async def test_whoever_asks_for_a_page_of_the_account_signs_in_and_comes_back_to_it(visitor, member):
    asked = await visitor.get("/apps?a=1")
    assert asked.headers["location"] == "/login?next=/apps%3Fa%3D1"
    form = await visitor.get(asked.headers["location"])
    assert 'name="next" value="/apps?a=1"' in form.text
    await visitor.post("/login", email="ann@example.com", next="/apps?a=1")
    answer = await visitor.post("/login/code", email="ann@example.com", code=visitor.code(), next="/apps?a=1")
    assert answer.headers["location"] == "/apps?a=1"


async def test_nobody_is_sent_on_to_another_site(visitor, member):
    await visitor.post("/login", email="ann@example.com", next="//evil.example/")
    answer = await visitor.post(
        "/login/code", email="ann@example.com", code=visitor.code(), next="//evil.example/"
    )
    assert answer.headers["location"] == "/dashboard"


async def test_whoever_is_signed_in_is_not_asked_again(member):
    answers = [await member.get(path) for path in ("/login?next=/apps", "/auth/register?from_cta=api")]
    assert [answer.headers["location"] for answer in answers] == ["/apps", "/dashboard"]


async def test_the_page_does_not_tell_whether_an_address_has_an_account(member, browsers):
    known = await browsers().post("/login", email="ann@example.com")
    unknown = await browsers().post("/login", email="eve@example.com")
    assert known.text.replace("ann@", "eve@").split("nonce")[0] == unknown.text.split("nonce")[0]
    assert known.status_code == unknown.status_code


async def test_the_api_does_not_know_who_is_signed_in(member):
    assert (await member.get("/v1/media")).status_code == 401
    anonymous = await member.http.post("/v1/images", json={})
    assert anonymous.status_code == 422
