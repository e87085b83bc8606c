"""Whatever stands in an argument is read or refused in our words, and is never a failure of ours."""

import base64
import json

import pytest
from pydantic import TypeAdapter

import agents
import pictures
from calotype.mcp.tools import TOOLS
from platforms import key_for, memory_platform

PHOTO = base64.b64encode(pictures.jpeg(8, 8)).decode()
BASE = {
    "upload_image": {"data": PHOTO}, "import_image": {"url": "https://origin.example/a.jpg"},
    "delete_image": {"ids": ["0" * 24]}, "explain": {"url": "/cdn/x"}, "create_api_key": {"email": "a@b.example"},
}  # fmt: skip
ODD = [
    "\0", "a" * 9000, "", "\u202e", "http://[", "https://a\0b", -1, 2**63, 10**400, 1e308, True, None, {"": ""},
    {"a": "b" * 5000}, ["x"] * 1000, [None], {str(number): "v" for number in range(200)},
]  # fmt: skip
HEADERS = {"Accept": "application/json", "Content-Type": "application/json"}
NO_LIMITS = {"requests_per_minute": 0, "workspace_requests_per_minute": 0}


@pytest.fixture
async def http(tmp_path):
    platform = await memory_platform(tmp_path, **NO_LIMITS)
    async with agents.door(platform) as app, agents.http(app, await key_for(platform)) as http:
        http.headers.update(HEADERS)
        yield http


async def code_of(http, body):
    """Send a message; answer "" or the code of the tool's error."""
    answer = (await http.post("/mcp", content=body)).json()["result"]
    return answer["structuredContent"]["error"]["code"] if answer.get("isError") else ""


@pytest.mark.parametrize("name", TOOLS)
async def test_an_odd_argument_is_read_or_refused(http, name):
    properties = TypeAdapter(TOOLS[name].takes).json_schema()["properties"]
    assert len(properties) == len(TOOLS[name].takes.__annotations__)
    for argument in properties:
        for odd in ODD:
            given = {**BASE.get(name, {"id": "0" * 24} if "id" in properties else {}), argument: odd}
            call = {
                "jsonrpc": "2.0",
                "id": 1,
                "method": "tools/call",
                "params": {"name": name, "arguments": given},
            }
            assert await code_of(http, json.dumps(call)) not in {"server_error", "upload_failed"}, (
                argument,
                odd,
            )


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc": "2.0", "id": 1, "method": "\\ud800"}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": '
        + b"[" * 90_000
        + b"]" * 90_000
        + b"}",
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}{}',
    ],
)
async def test_json_that_nobody_can_read_is_no_message(http, body):
    answer = await http.post("/mcp", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32700)


async def test_numbers_that_no_double_holds_are_refused_by_name(http):
    call = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_images", "arguments": %s}}'
    for arguments in (b'{"limit": 1e400}', b'{"limit": NaN}'):
        assert await code_of(http, call % arguments) == "validation_error"
