"""The page behind the link of a verification mail: opening it changes nothing, one press confirms or disowns."""

import re

import pytest

from calotype.ports import Platform
from visitors import Visitor


async def link_of_key(visitor: Visitor) -> tuple[str, str]:
    """Have a key made by mail; the path of the link in it, and the key."""
    made = (await visitor.http.post("/v1/keys", json={"email": "ann@example.com"})).json()
    url = re.search(r"https://img\.example(/verify\S+)", visitor.platform.mailer.sent[-1].text)
    return url[1], made["key"]


def fields(path: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in path.partition("?")[2].split("&"))


async def verified(platform: Platform) -> bool:
    (account,) = await platform.accounts.listed()
    return account.verified


async def test_opening_the_link_asks_and_changes_nothing(visitor: Visitor):
    path, _ = await link_of_key(visitor)
    page = await visitor.get(path)
    assert (page.status_code, "Is this key yours?" in page.text) == (200, True)
    assert not await verified(visitor.platform)


async def test_confirming_verifies_the_account_once(visitor: Visitor):
    path, _ = await link_of_key(visitor)
    done = await visitor.post("/verify", answer="confirm", **fields(path))
    assert "Confirmed" in done.text
    assert await verified(visitor.platform)
    again = await visitor.post("/verify", answer="confirm", **fields(path))
    assert (again.status_code, "The link was used already." in again.text) == (403, True)


async def test_whoever_did_not_make_the_key_switches_it_off(visitor: Visitor):
    path, key = await link_of_key(visitor)
    done = await visitor.post("/verify", answer="disown", **fields(path))
    assert "The key is switched off" in done.text
    answer = await visitor.http.get("/v1/media", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 401
    assert not await verified(visitor.platform)


@pytest.mark.parametrize("path", ["/verify?t=a", "/verify?t=a&exp=1&sig=b", "/verify?x"])
async def test_a_broken_link_offers_another_one(visitor: Visitor, path: str):
    page = await visitor.get(path)
    assert page.status_code == 403
    assert 'action="/verify/send"' in page.text


async def test_another_link_is_sent_and_works(visitor: Visitor):
    await link_of_key(visitor)
    page = await visitor.post("/verify/send", email="ann@example.com")
    assert "Look into your mail" in page.text
    url = re.search(r"https://img\.example(/verify\S+)", visitor.platform.mailer.sent[-1].text)[1]
    assert len(visitor.platform.mailer.sent) == 2
    await visitor.post("/verify", answer="confirm", **fields(url))
    assert await verified(visitor.platform)


async def test_nobody_learns_whether_a_key_waits(visitor: Visitor):
    await link_of_key(visitor)
    known = await visitor.post("/verify/send", email="ann@example.com")
    unknown = await visitor.post("/verify/send", email="eve@example.com")
    bodies = [re.sub(r'nonce="[^"]*"', "", page.text) for page in (known, unknown)]
    assert bodies[0].replace("ann@", "eve@") == bodies[1]
    assert len(visitor.platform.mailer.sent) == 2


async def test_an_address_that_is_none_is_asked_for_again(visitor: Visitor):
    page = await visitor.post("/verify/send", email="nobody")
    assert (page.status_code, 'value="nobody"' in page.text) == (422, True)
