"""Workspaces of one address: turning from one to another, and what strangers made in its name."""

import re

from visitors import Tags, Visitor


async def made_elsewhere(visitor: Visitor, email: str = "ann@example.com") -> dict[str, str]:
    """Make a key as a program would; its headers."""
    answer = await visitor.http.post("/v1/keys", json={"email": email})
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['key']}"}


async def actions(visitor: Visitor, verb: str) -> list[str]:
    """The addresses of the page's forms that do this."""
    page = await visitor.get("/dashboard/workspaces")
    assert page.status_code == 200
    return [each["action"] for each in Tags(page.text).named("form") if each["action"].endswith(f"/{verb}")]


async def confirmed_later(browsers) -> tuple[Visitor, dict[str, str]]:
    """Somebody whose key was made before the account, and confirmed after signing in."""
    ann = browsers()
    headers = await made_elsewhere(ann)
    await ann.sign_in()
    (confirm,) = await actions(ann, "confirm")
    assert (await ann.post(confirm)).headers["location"] == "/dashboard/workspaces"
    return ann, headers


async def test_signing_in_shows_what_waits_and_confirms_nothing(browsers):
    ann = browsers()
    headers = await made_elsewhere(ann)
    await ann.sign_in()
    assert len(await actions(ann, "confirm")) == len(await actions(ann, "disown")) == 1
    assert (await ann.http.get("/v1/usage", headers=headers)).json()["verified"] is False


async def test_what_is_confirmed_stays_for_good_and_waits_no_more(browsers):
    ann, headers = await confirmed_later(browsers)
    assert (await ann.http.get("/v1/usage", headers=headers)).json()["verified"] is True
    assert await actions(ann, "confirm") == []


async def test_another_workspace_of_the_address_is_shown_on_demand(browsers):
    ann, _ = await confirmed_later(browsers)
    assert "img_live_" not in (await ann.get("/dashboard")).text
    (show,) = await actions(ann, "show")
    assert (await ann.post(show)).headers["location"] == "/dashboard"
    assert "<code" in re.search(r"Default <code[^>]*>img_live_", (await ann.get("/dashboard")).text)[0]


async def test_turning_to_another_workspace_ends_the_session_before(browsers):
    ann, _ = await confirmed_later(browsers)
    before = dict(ann.http.cookies)
    await ann.post((await actions(ann, "show"))[0])
    ann.http.cookies.clear()
    ann.http.cookies.update(before)
    assert (await ann.get("/dashboard")).status_code == 303


async def test_a_strangers_key_is_switched_off(browsers):
    ann = browsers()
    headers = await made_elsewhere(ann)
    await ann.sign_in()
    await ann.post((await actions(ann, "disown"))[0])
    assert (await ann.http.get("/v1/media", headers=headers)).status_code == 401
    assert await actions(ann, "disown") == []


async def test_nobody_reaches_what_bears_another_address(browsers):
    ann = browsers()
    headers = [await made_elsewhere(ann) for _ in range(2)]
    await ann.sign_in()
    await ann.post((await actions(ann, "confirm"))[0])
    before = await ann.platform.accounts.of_email("ann@example.com")
    bob = browsers()
    await bob.sign_in("bob@example.com")
    for account in before:
        for verb in ("show", "confirm", "disown"):
            assert (await bob.post(f"/dashboard/workspaces/{account.id}/{verb}")).status_code == 404
    assert await ann.platform.accounts.of_email("ann@example.com") == before
    answers = [await ann.http.get("/v1/media", headers=each) for each in headers]
    assert [each.status_code for each in answers] == [200, 200]


async def test_whoever_is_not_signed_in_is_asked_to(visitor: Visitor):
    for path in ("/dashboard/workspaces", "/dashboard/workspaces/a1/show"):
        assert (await visitor.get(path)).headers["location"].startswith("/login?next=")
