"""Who passes to `/mcp`: origins, keys, methods and sizes, before the SDK's server sees anything."""

import pytest

import agents
from platforms import key_for, memory_platform

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path, max_upload_bytes_mcp=1024 * 1024)


@pytest.fixture
async def http(platform):
    async with agents.door(platform) as app, agents.http(app) as http:
        http.headers.update(ACCEPT)
        yield http


async def test_a_request_needs_no_session_before_it(http):
    answer = await http.post("/mcp", json=LIST)
    assert answer.status_code == 200
    assert answer.json()["result"]["tools"][0]["name"] == "upload_image"
    assert "mcp-session-id" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://img.example", "null", "https://img.example.evil"]
)
async def test_pages_of_other_origins_may_not_call(http, origin):
    answer = await http.post("/mcp", json=LIST, headers={"Origin": origin})
    assert answer.status_code == 403
    assert answer.json()["error"]["data"]["code"] == "forbidden"


async def test_pages_of_this_server_may_call(http):
    assert (await http.post("/mcp", json=LIST, headers={"Origin": "https://IMG.example"})).status_code == 200


@pytest.mark.parametrize("header", ["Bearer img_live_" + "0" * 40, "Basic abc", "", "Bearer"])
async def test_a_wrong_credential_is_refused_whatever_is_called(http, header):
    answer = await http.post("/mcp", json=LIST, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"]["data"]["code"] == "unauthorized"


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS"])
async def test_there_is_no_stream_to_listen_to_and_no_session_to_end(http, method):
    answer = await http.request(method, "/mcp")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_without_a_key_a_call_is_small(platform, http):
    large = (
        b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"_meta": {"x": "'
        + b"a" * 1_048_576
        + b'"}}}'
    )
    headers = {"Content-Type": "application/json"}
    answer = await http.post("/mcp", content=large, headers=headers)
    assert (answer.status_code, answer.json()["error"]["data"]["code"]) == (413, "file_too_large")
    headers["Authorization"] = f"Bearer {await key_for(platform)}"
    assert (await http.post("/mcp", content=large, headers=headers)).status_code == 200


async def test_a_body_of_unknown_length_is_cut_at_the_limit(http):
    async def endless():
        for _ in range(3):
            yield b"a" * 1_000_000

    answer = await http.post("/mcp", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"[]", 400), (b"null", 400), (b'{"jsonrpc": "2.0"}', 400), (b"\xff", 400)],
)
async def test_what_is_no_message_is_a_clear_refusal(http, body, status):
    answer = await http.post("/mcp", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, "error" in answer.json()) == (status, True)


async def test_a_tool_that_is_not_there_is_named(http):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "delete_everything"}}
    answer = await http.post("/mcp", json=call)
    assert answer.json()["error"]["message"] == "Unknown tool: delete_everything"
