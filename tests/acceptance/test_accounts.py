"""A key by one curl line, its mail, and the link in it: against a real server, by log and by SMTP."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import re
import time
from functools import partial
from pathlib import Path

import httpx
from aiosmtpd.smtp import SMTP
from served import Served

import pictures

ANN = "ann@example.com"


def logged_mail(server: Served, to: str, number: int = 0) -> str:
    """Wait until the log holds this mail to an address, and give its text."""
    for _ in range(600):
        lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
        texts = [line["unsent_mail"] for line in lines if line.get("to") == to and "unsent_mail" in line]
        if len(texts) > number:
            return texts[number]
        time.sleep(0.05)
    raise AssertionError(server.log())


def link_in(text: str) -> str:
    return re.search(r"http://\S+/verify\?\S+", text)[0]


def made(server: Served, address: str) -> dict[str, str]:
    response = server.client.post("/v1/keys", json={"email": address, "name": "curl"})
    assert response.status_code == 201, response.text
    return {"Authorization": f"Bearer {response.json()['key']}"}


def uploaded(server: Served, headers: dict[str, str]) -> dict:
    file = {"file": ("photo.jpg", pictures.jpeg(64, 48))}
    response = server.client.post("/v1/upload", headers=headers, files=file)
    assert response.status_code == 201, response.text
    return response.json()


def press(server: Served, link: str, answer: str) -> httpx.Response:
    """Press a button of the page that *link* opens, as a browser would."""
    url = httpx.URL(link)
    fields = dict(url.params) | {"answer": answer}
    return server.client.post(url.path, data=fields, headers={"Sec-Fetch-Site": "same-origin"})


def test_the_link_in_the_log_makes_storage_permanent(served):
    headers = made(served, ANN)
    image = uploaded(served, headers)
    assert image["expires_at"] - image["created_at"] == 30 * 86_400
    link = link_in(logged_mail(served, ANN))
    for _ in range(2):  # a mail scanner, then a person
        assert served.client.get(link).status_code == 200
    assert "expires_at" in served.client.get(f"/v1/media/{image['id']}", headers=headers).json()
    assert press(served, link, "confirm").status_code == 200
    assert "expires_at" not in served.client.get(f"/v1/media/{image['id']}", headers=headers).json()
    assert served.client.get("/v1/usage", headers=headers).json()["verified"] is True


def test_the_cdn_hears_of_it_too(served):
    headers = made(served, "cdn@example.com")
    image = uploaded(served, headers)
    before = served.fetch(image["src"]).headers["cache-control"]
    assert int(re.search(r"max-age=(\d+)", before)[1]) <= 30 * 86_400
    press(served, link_in(logged_mail(served, "cdn@example.com")), "confirm")
    after = served.fetch(image["src"]).headers["cache-control"]
    assert int(re.search(r"max-age=(\d+)", after)[1]) == 31_536_000


def test_a_link_that_was_used_says_so_and_changes_nothing(served):
    headers = made(served, "twice@example.com")
    link = link_in(logged_mail(served, "twice@example.com"))
    press(served, link, "confirm")
    assert "used already" in press(served, link, "disown").text
    assert served.client.get("/v1/media", headers=headers).status_code == 200


def test_whoever_did_not_make_the_key_switches_it_off(served):
    headers = made(served, "victim@example.com")
    press(served, link_in(logged_mail(served, "victim@example.com")), "disown")
    assert served.client.get("/v1/media", headers=headers).status_code == 401


def test_no_answer_and_no_line_of_the_log_holds_a_key_or_the_link_before_its_mail(served):
    response = served.client.post("/v1/keys", json={"email": "log@example.com"})
    logged_mail(served, "log@example.com")
    assert "/verify?" not in response.text
    assert response.json()["key"] not in served.log()


async def test_mail_goes_through_an_smtp_server(tmp_path: Path):
    taken: asyncio.Queue[email.message.EmailMessage] = asyncio.Queue()

    class Inbox:
        async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
            taken.put_nowait(email.message_from_bytes(envelope.content, policy=email.policy.default))
            return "250 OK"

    loop = asyncio.get_running_loop()
    server = await loop.create_server(partial(SMTP, Inbox(), loop=loop), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = {"smtp_url": f"smtp+plain://127.0.0.1:{port}", "mail_from": "Pictures <pictures@img.example>"}
    served = await asyncio.to_thread(Served(tmp_path, **settings).start)
    try:
        headers = await asyncio.to_thread(made, served, ANN)
        message = await asyncio.wait_for(taken.get(), 30)
        assert (message["to"], message["from"]) == (ANN, "Pictures <pictures@img.example>")
        link = link_in(message.get_body(("plain",)).get_content())
        assert (await asyncio.to_thread(press, served, link, "confirm")).status_code == 200
        usage = await asyncio.to_thread(partial(served.client.get, "/v1/usage", headers=headers))
        assert usage.json()["verified"] is True
        assert "unsent_mail" not in served.log()
        assert httpx.URL(link).params["sig"] not in served.log()
    finally:
        await asyncio.to_thread(served.stop)
        server.close()
