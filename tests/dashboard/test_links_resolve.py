"""Every address that an answer of the API names as the way out of a refusal is a page of this server."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

import calotype
import pictures
from calotype.domain.plans import DEFAULTS
from visitors import Tags, Visitor

FULL = {"uploads": 0}
LARGEST = {"plans": {**{name: {"offered": False} for name in DEFAULTS}, "free": FULL}}
NO_ROOM_ON_FREE = {"plans": {"free": FULL}}
SOURCES = Path(calotype.__file__).parent


async def key_by_mail(visitor: Visitor, email: str = "ann@example.com") -> dict[str, object]:
    answer = await visitor.http.post("/v1/keys", json={"email": email})
    return answer.json()


async def uploaded(visitor: Visitor, secret: str | None) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    files = {"file": ("photo.jpg", pictures.jpeg(16, 16))}
    return (await visitor.http.post("/v1/upload", files=files, headers=headers)).json()


async def opened(visitor: Visitor, url: str) -> int:
    assert url.startswith("https://img.example/")
    return (await visitor.http.get(url, follow_redirects=True)).status_code


async def test_the_hint_of_an_anonymous_upload(visitor: Visitor):
    hint = (await uploaded(visitor, None))["upgrade"]
    assert (hint["type"], await opened(visitor, hint["url"])) == ("register", 200)


@pytest.mark.parametrize("platform", [NO_ROOM_ON_FREE], indirect=True)
async def test_no_room_before_the_address_is_verified(visitor: Visitor):
    secret = (await key_by_mail(visitor))["key"]
    action = (await uploaded(visitor, secret))["action"]
    assert (action["type"], await opened(visitor, action["url"])) == ("verify", 200)


@pytest.mark.parametrize("platform", [NO_ROOM_ON_FREE], indirect=True)
async def test_no_room_on_a_plan_above_which_there_is_another(member: Visitor):
    action = (await uploaded(member, await member.made_key()))["action"]
    page = await member.http.get(action["url"])
    (account,) = await member.platform.accounts.listed()
    workspace = await member.platform.catalog.workspace(account.workspace_id)
    assert (action["type"], page.status_code) == ("upgrade", 200)
    assert "Move to Pro" in page.text
    assert workspace.slug in page.text


@pytest.mark.parametrize("platform", [LARGEST], indirect=True)
async def test_no_room_on_the_largest_plan(member: Visitor):
    action = (await uploaded(member, await member.made_key()))["action"]
    assert (action["type"], await opened(member, action["url"])) == ("redirect", 200)


async def test_a_key_for_an_address_that_has_an_account(member: Visitor):
    refused = await key_by_mail(member)
    assert refused["error"] == "registration_closed"
    assert (refused["action"]["type"], await opened(member, refused["action"]["url"])) == ("redirect", 200)


@pytest.mark.parametrize("platform", [{"registration": "closed"}], indirect=True)
async def test_a_key_where_registration_is_closed(visitor: Visitor):
    action = (await key_by_mail(visitor))["action"]
    assert (action["type"], await opened(visitor, action["url"])) == ("redirect", 200)


async def test_a_fourth_key_before_the_address_is_verified(visitor: Visitor):
    *_, last = [await key_by_mail(visitor) for _ in range(4)]
    assert last["error"] == "key_limit_reached"
    assert (last["action"]["type"], await opened(visitor, last["action"]["url"])) == ("verify", 200)


def test_there_is_no_other_place_that_names_such_an_address():
    calls = {
        f"{path.relative_to(SOURCES)}:{function.name}"
        for path in SOURCES.rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Action"
    }
    assert calls == {
        "services/accounts.py:_dashboard",
        "services/accounts.py:_register",
        "services/usage.py:_action",
    }


@pytest.mark.parametrize("plan", [name for name, plan in DEFAULTS.items() if plan.offered])
async def test_every_plan_on_offer_has_a_page(visitor: Visitor, plan: str):
    assert (await visitor.get(f"/upgrade/{plan}")).status_code == 200


async def test_what_a_link_gathers_on_its_way_does_not_break_the_page_of_a_plan(visitor: Visitor):
    assert (await visitor.get("/upgrade/pro?utm_source=mail")).status_code == 200


@pytest.mark.parametrize("plan", ["unlimited", "nothing"])
async def test_a_plan_that_is_not_on_offer_has_none(visitor: Visitor, plan: str):
    assert (await visitor.get(f"/upgrade/{plan}")).status_code == 404


@pytest.mark.parametrize("platform", [NO_ROOM_ON_FREE], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("sig=", "sig=A"),
        lambda url: url.replace("exp=1", "exp=2"),
        lambda url: url.replace("t=", "t=a"),
        lambda url: url.partition("&")[0],
    ],
    ids=["signature", "expiry", "subject", "without"],
)
async def test_an_upgrade_link_that_was_changed_is_refused(member: Visitor, change: Callable[[str], str]):
    url = (await uploaded(member, await member.made_key()))["action"]["url"]
    answer = await member.http.get(change(url))
    assert answer.status_code == 403
    assert "The link is not complete, or was not made here." in answer.text


@pytest.mark.parametrize("platform", [NO_ROOM_ON_FREE], indirect=True)
async def test_an_upgrade_link_holds_for_a_day(member: Visitor):
    url = (await uploaded(member, await member.made_key()))["action"]["url"]
    member.platform.clock.move(hours=24)
    assert (await member.http.get(url)).status_code == 403


@pytest.mark.parametrize(
    ("platform", "link"),
    [
        ({"contact": "ops@example.com"}, 'href="mailto:ops@example.com"'),
        ({"contact": "https://example.com/ask"}, 'href="https://example.com/ask"'),
        (
            {"contact": "ops@example.com", "upgrade_url": "https://shop.example/"},
            'href="https://shop.example/"',
        ),
        ({}, "Plans here are given by whoever runs this server. Ask them."),
    ],
    indirect=["platform"],
    ids=["mail", "page", "shop", "nobody"],
)
async def test_the_page_of_a_plan_says_whom_to_ask(visitor: Visitor, link: str):
    assert link in (await visitor.get("/upgrade/pro")).text


@pytest.mark.parametrize("path", ["/", "/api", "/api/quick-start", "/plans", "/upgrade/pro", "/login"])
async def test_no_page_that_anybody_may_open_links_to_nowhere(visitor: Visitor, path: str):
    links = {each["href"] for each in Tags((await visitor.get(path)).text).named("a") if "href" in each}
    ours = {link for link in links if link.startswith("/")}
    answers = {link: (await visitor.http.get(link, follow_redirects=True)).status_code for link in ours}
    assert set(answers.values()) == {200}, answers


@pytest.mark.parametrize("path", ["/dashboard", "/apps"])
async def test_no_page_of_an_account_links_to_nowhere(member: Visitor, path: str):
    await member.made_key()
    links = {each["href"] for each in Tags((await member.get(path)).text).named("a") if "href" in each}
    ours = {link for link in links if link.startswith("/")}
    answers = {link: (await member.get(link)).status_code for link in ours}
    assert set(answers.values()) == {200}, answers
