"""The apps of an account: registered, changed, stopped and started by their owner alone; the secret is shown once."""

import pytest

from calotype.domain.apps import AppStatus
from calotype.services import apps, connecting
from visitors import Tags, Visitor

BACK = "https://app.example/connected"


async def registered(member: Visitor, name: str = "Gallery") -> tuple[str, str]:
    """Register an app on its page; its id and its secret."""
    page = await member.post("/apps", name=name, redirect_uris=f"{BACK}\r\n")
    assert page.status_code == 201, page.text
    tags = Tags(page.text)
    return tags.with_id("app-id")["value"], tags.with_id("secret")["value"]


async def works(member: Visitor, secret: str) -> bool:
    answer = await member.http.get("/v1/images", headers={"Authorization": f"Bearer {secret}"})
    return answer.status_code == 200


async def test_an_app_is_registered_with_a_secret_that_is_shown_once_and_works(member: Visitor):
    app_id, secret = await registered(member)
    assert secret.startswith("img_sk_live_")
    assert await works(member, secret)
    for path in ("/apps", f"/apps/{app_id}"):
        page = (await member.get(path)).text
        assert "Gallery" in page
        assert secret not in page


async def test_what_was_typed_stays_when_an_address_is_refused(member: Visitor):
    answer = await member.post("/apps", name="Gallery", redirect_uris="http://app.example/")
    assert answer.status_code == 422
    assert Tags(answer.text).with_id("name")["value"] == "Gallery"
    assert ">http://app.example/</textarea>" in answer.text


async def test_name_and_addresses_are_changed_together(member: Visitor):
    app_id, _ = await registered(member)
    answer = await member.post(
        f"/apps/{app_id}", name="Album", redirect_uris="https://a.example/\r\nhttps://b.example/"
    )
    app = await apps.find(member.platform, app_id)
    assert answer.headers["location"] == f"/apps/{app_id}"
    assert (app.name, app.redirect_uris) == ("Album", ("https://a.example/", "https://b.example/"))


async def test_a_refused_change_changes_nothing(member: Visitor):
    app_id, _ = await registered(member)
    answer = await member.post(f"/apps/{app_id}", name="", redirect_uris=BACK)
    assert answer.status_code == 422
    assert (await apps.find(member.platform, app_id)).name == "Gallery"


async def test_a_suspended_app_opens_nothing_until_it_is_resumed(member: Visitor):
    app_id, secret = await registered(member)
    await member.post(f"/apps/{app_id}/suspend")
    assert not await works(member, secret)
    assert "This app is suspended" in (await member.get(f"/apps/{app_id}")).text
    await member.post(f"/apps/{app_id}/resume")
    assert await works(member, secret)


async def test_what_the_operator_has_blocked_its_owner_cannot_resume(member: Visitor):
    app_id, _ = await registered(member)
    await apps.block(member.platform, await apps.find(member.platform, app_id))
    page = (await member.get(f"/apps/{app_id}")).text
    answer = await member.post(f"/apps/{app_id}/resume")
    assert "Resume the app" not in page
    assert answer.status_code == 403
    assert (await apps.find(member.platform, app_id)).status is AppStatus.BLOCKED


async def test_a_replaced_secret_stops_at_once(member: Visitor):
    app_id, before = await registered(member)
    asked = await member.get(f"/apps/{app_id}/secret")
    assert "Replace the secret of Gallery?" in asked.text
    assert await works(member, before)
    page = await member.post(f"/apps/{app_id}/secret")
    assert not await works(member, before)
    assert await works(member, Tags(page.text).with_id("secret")["value"])


@pytest.mark.parametrize("path", ["", "/secret", "/suspend", "/resume"])
async def test_an_app_of_somebody_else_is_as_unknown_as_none(member: Visitor, browsers, path: str):
    app_id, secret = await registered(member)
    bob = browsers()
    await bob.sign_in("bob@example.com")
    shown, changed = await bob.get(f"/apps/{app_id}{path}"), await bob.post(f"/apps/{app_id}{path}", name="x")
    assert (shown.status_code, changed.status_code) == (404, 404)
    assert await works(member, secret)


async def test_a_connected_app_is_listed_and_can_be_disconnected(member: Visitor):
    app_id, _ = await registered(member)
    (account,) = await member.platform.accounts.listed()
    user = await connecting.connect(member.platform, await apps.find(member.platform, app_id), account)
    page = (await member.get("/apps")).text
    forms = [each["action"] for each in Tags(page).named("form")]
    assert f"/apps/connections/{user.id}/disconnect" in forms
    answer = await member.post(f"/apps/connections/{user.id}/disconnect")
    assert answer.headers["location"] == "/apps#connected"
    assert "You have not let any app act for you." in (await member.get("/apps")).text


async def test_nobody_disconnects_somebody_else(member: Visitor, browsers):
    app_id, _ = await registered(member)
    (account,) = await member.platform.accounts.listed()
    user = await connecting.connect(member.platform, await apps.find(member.platform, app_id), account)
    bob = browsers()
    await bob.sign_in("bob@example.com")
    assert (await bob.post(f"/apps/connections/{user.id}/disconnect")).status_code == 404
    assert len(await connecting.connections(member.platform, account)) == 1


@pytest.mark.parametrize(
    ("platform", "words"),
    [
        ({"app_registration": "paid"}, "Apps are for accounts with a paid plan."),
        ({"app_registration": "operator"}, "On this server whoever runs it registers apps."),
    ],
    indirect=["platform"],
)
async def test_where_an_account_may_register_none_the_page_says_so_and_the_form_is_refused(
    member: Visitor, words: str
):
    page = (await member.get("/apps")).text
    assert words in page
    assert "/apps" not in [each["action"] for each in Tags(page).named("form")]
    assert (await member.post("/apps", name="x")).status_code == 403
