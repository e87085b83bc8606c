"""Agents of an app: its secret and `X-Img-User` mean at `/mcp` what they mean below `/v1`."""

import base64

import pytest

import agents
import pictures
from app_people import acting, app_of, user_of
from calotype.services import apps
from platforms import memory_platform

PHOTO = base64.b64encode(pictures.jpeg(64, 48)).decode()
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


@pytest.fixture
async def http(platform):
    async with agents.door(platform) as app, agents.http(app) as http:
        http.headers.update(ACCEPT)
        yield http


async def call(http, headers, tool, **arguments):
    params = {"name": tool, "arguments": arguments}
    sent = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    answer = await http.post("/mcp", json=sent, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]["structuredContent"]


async def test_an_agent_of_an_app_acts_in_the_workspace_of_the_user_it_names(http, platform):
    app, secret = await app_of(platform)
    ann, bob = await user_of(platform, app), await user_of(platform, app, "bob@example.com")
    image = (await call(http, acting(secret, ann), "upload_image", data=PHOTO))["image"]
    listed = [(await call(http, acting(secret, who), "list_images"))["images"] for who in (ann, bob, None)]
    assert [[each["id"] for each in images] for images in listed] == [[image["id"]], [], []]
    refused = await call(http, acting(secret, bob), "get_image", id=image["id"])
    assert refused["error"]["code"] == "not_found"


async def test_an_agent_of_a_stopped_app_or_for_an_unknown_user_is_refused(http, platform):
    app, secret = await app_of(platform)
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    unknown = await http.post("/mcp", json=message, headers=acting(secret, "unknown0"))
    assert (unknown.status_code, unknown.json()["error"]["data"]["code"]) == (404, "not_found")
    await apps.suspend(platform, app)
    stopped = await http.post("/mcp", json=message, headers=acting(secret))
    assert (stopped.status_code, stopped.json()["error"]["data"]["code"]) == (403, "app_suspended")
