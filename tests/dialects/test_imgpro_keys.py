"""`POST /v1/keys`: what it takes, and its exact answers; then the same key at the other doors."""

from __future__ import annotations

import re

import pytest

from calotype.services import verifying

ANN = "ann@example.com"
LINK = re.compile(r"https://img\.example/verify\?t=([^&]+)&exp=(\d+)&sig=(\S+)")


async def ask(nobody, email: object = ANN, **members: object):
    return await nobody.http.post("/v1/keys", json={"email": email, **members})


async def made(nobody, email: str = ANN) -> dict:
    response = await ask(nobody, email)
    assert response.status_code == 201, response.text
    return response.json()


def bearer(key: dict) -> dict[str, str]:
    return {"Authorization": f"Bearer {key['key']}"}


def link_in(mail) -> dict[str, str]:
    return dict(zip(("t", "exp", "sig"), LINK.search(mail.text).groups(), strict=True))


async def test_an_address_gets_a_key_that_works_at_once(nobody):
    response = await ask(nobody, name="laptop")
    assert response.status_code == 201
    body = response.json()
    assert re.fullmatch(r"img_live_[a-z0-9]{40}", body.pop("key"))
    assert re.fullmatch(r"key_[a-z0-9]{6}", body.pop("key_id"))
    assert body == {
        "status": "active",
        "verified": False,
        "limits": {"uploads": 100, "storage_mb": 5120, "retention_days": 30},
        "message": "Key active. Check your email to verify and unlock permanent storage.",
    }


async def test_the_answer_with_the_key_is_kept_by_no_cache(nobody):
    assert (await ask(nobody)).headers["cache-control"] == "private, no-store"


async def test_the_key_is_stored_with_the_name_that_was_given(nobody, platform):
    key_id = (await ask(nobody, name="laptop")).json()["key_id"]
    assert {key.id: key.name for key in await platform.catalog.keys()}[key_id] == "laptop"


async def test_without_a_name_a_key_is_called_default(nobody, platform):
    key_id = (await made(nobody))["key_id"]
    assert {key.id: key.name for key in await platform.catalog.keys()}[key_id] == "Default"


async def test_the_mail_goes_to_the_address_and_repeats_nothing_that_was_sent(nobody, platform):
    key = (await ask(nobody, name="WIN A PRIZE")).json()
    (mail,) = platform.mailer.sent
    assert mail.to == ANN
    assert key["key"][:17] in mail.text
    assert "PRIZE" not in mail.text + mail.html + mail.subject
    assert key["key"] not in mail.text + mail.html


async def test_the_link_is_for_the_mails_reader_alone(nobody):
    body = (await ask(nobody)).text
    assert "verify?" not in body


async def test_what_is_uploaded_before_verification_stays_thirty_days(nobody):
    key = await made(nobody)
    nobody.headers = bearer(key)
    assert (await nobody.uploaded())["expires_at"] == 1704067200 + 30 * 86_400


async def test_what_was_uploaded_stays_for_good_once_the_address_is_confirmed(nobody, platform):
    nobody.headers = bearer(await made(nobody))
    image = await nobody.uploaded()
    await verifying.confirm(platform, link_in(platform.mailer.sent[0]))
    assert "expires_at" not in (await nobody.get(f"/v1/media/{image['id']}")).json()
    assert "expires_at" not in await nobody.uploaded()


async def test_a_stranger_who_names_the_same_address_sees_none_of_its_images(nobody):
    nobody.headers = bearer(await made(nobody))
    image = await nobody.uploaded(public="false")
    nobody.headers = bearer(await made(nobody))
    assert await nobody.names() == []
    assert (await nobody.get(f"/v1/media/{image['id']}")).status_code == 404


async def test_a_stranger_who_came_first_shares_nothing_with_the_owner_who_confirms(nobody, platform):
    strangers = await made(nobody)
    owners = await made(nobody)
    await verifying.confirm(platform, link_in(platform.mailer.sent[1]))
    nobody.headers = bearer(owners)
    await nobody.uploaded(public="false")
    nobody.headers = bearer(strangers)
    assert await nobody.names() == []


async def test_a_fourth_key_waits_for_verification(nobody):
    for _ in range(3):
        await made(nobody)
    response = await ask(nobody)
    assert response.status_code == 403
    assert response.json() == {
        "error": "key_limit_reached",
        "message": "This e-mail address has 3 active keys. Verify it to make more.",
        "action": {
            "type": "verify",
            "url": "https://img.example/verify",
            "label": "Verify your e-mail address",
        },
    }


async def test_a_verified_address_makes_its_keys_on_the_account_pages(nobody, platform):
    await made(nobody)
    await verifying.confirm(platform, link_in(platform.mailer.sent[0]))
    response = await ask(nobody)
    assert response.status_code == 403
    assert response.json() == {
        "error": "registration_closed",
        "message": "This e-mail address has an account: sign in to make keys.",
        "action": {
            "type": "redirect",
            "url": "https://img.example/dashboard",
            "label": "Open the dashboard",
        },
    }


@pytest.mark.parametrize("platform", [{"registration": "closed"}], indirect=True)
async def test_a_closed_server_makes_no_keys(nobody, platform):
    response = await ask(nobody)
    assert response.status_code == 403
    assert response.json()["error"] == "registration_closed"
    assert response.json()["action"]["url"] == "https://img.example/dashboard"
    assert platform.mailer.sent == []


@pytest.mark.parametrize("platform", [{"auto_verify": True}], indirect=True)
async def test_a_server_that_verifies_by_itself_keeps_images_at_once_and_mails_nothing(nobody, platform):
    key = await made(nobody)
    assert key["verified"] is True
    assert key["limits"]["retention_days"] is None
    assert key["message"] == "Key active."
    nobody.headers = bearer(key)
    assert "expires_at" not in await nobody.uploaded()
    assert platform.mailer.sent == []


async def test_an_address_gets_five_answers_an_hour(nobody):
    statuses = [(await ask(nobody)).status_code for _ in range(6)]
    assert statuses == [201, 201, 201, 403, 403, 429]


async def test_a_network_gets_twenty_keys_an_hour(nobody):
    for number in range(20):
        await made(nobody, f"user{number}@example.com")
    response = await ask(nobody, "user20@example.com")
    assert response.status_code == 429
    body = response.json()
    assert body["error"] == "rate_limited"
    assert body["action"] == {"type": "wait", "seconds": int(response.headers["retry-after"])}
    assert 0 < body["action"]["seconds"] <= 3600


async def test_spellings_of_one_address_are_counted_together(nobody):
    spellings = ["Ann@Example.com", "ANN@EXAMPLE.COM", "ann@example.com", "aNN@example.com"]
    assert [(await ask(nobody, each)).status_code for each in spellings] == [201, 201, 201, 403]


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        ({}, {"email"}),
        ({"email": 7}, {"email"}),
        ({"email": None, "name": ["x"]}, {"email", "name"}),
        ({"email": "ann", "name": ""}, {"email", "name"}),
        ({"email": ANN, "name": "x" * 101}, {"name"}),
        ({"email": ANN, "name": "a\0b"}, {"name"}),
        ({"email": f"{ANN}\r\nBcc: bob@example.com"}, {"email"}),
    ],
)
async def test_what_is_wrong_is_told_field_by_field(nobody, platform, document, fields):
    response = await nobody.http.post("/v1/keys", json=document)
    assert response.status_code == 422
    assert response.json()["error"] == "validation_error"
    assert set(response.json()["errors"]) == fields
    assert platform.mailer.sent == []


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"{", b'{"email": "a@b.c", "email": "d@e.f"}'])
async def test_what_is_no_object_of_json_is_refused(nobody, body):
    response = await nobody.http.post("/v1/keys", content=body)
    assert response.status_code == 422
    assert response.json()["error"] == "validation_error"


async def test_no_credential_is_looked_at(nobody):
    response = await nobody.http.post("/v1/keys", json={"email": ANN}, headers={"Authorization": "Bearer x"})
    assert response.status_code == 201
