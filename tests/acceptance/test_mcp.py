"""An agent that works through MCP alone, over HTTP and over a command's standard input, against a real server."""

import base64
import io
import json
import os
import subprocess
import sys

import httpx
import httpx2
import pytest
from connecting import connected
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from PIL import Image
from served import CALOTYPE, Served
from test_readme import Reader, examples

import pictures

pytestmark = pytest.mark.slow

BACK = "https://album.example/back"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Served(tmp_path_factory.mktemp("agents"), workers=2) as server:
        yield server


def over_stdio(server, *words, key=""):
    told = {"CALOTYPE_API_URL": server.url, "CALOTYPE_API_KEY": key or server.key}
    return StdioServerParameters(
        command=str(CALOTYPE), args=["mcp", *words], env={"PATH": os.environ["PATH"], **told}
    )


async def call(client, tool, **arguments):
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    return result.structured_content


async def fetch(url):
    async with httpx.AsyncClient() as http:
        return await http.get(url)


async def work(client):
    """Upload, tag, find again, transform, fetch and delete, as an agent does it: each step from the last answer."""
    data = base64.b64encode(pictures.jpeg(800, 600)).decode()
    uploaded = await call(client, "upload_image", data=data, name="harbour.jpg", tags=["draft"])
    image_id = uploaded["image"]["id"]
    await call(
        client, "update_image", id=image_id, add_tags=["harbour"], remove_tags=["draft"], caption="At dawn"
    )

    found = await call(client, "list_images", tags=["harbour"])
    assert [each["id"] for each in found["images"]] == [image_id]
    assert found["images"][0]["user_text"]["caption"] == "At dawn"

    made = await call(
        client, "transform_image", id=image_id, width=200, height=200, fit="cover", format="png"
    )
    assert [made["explanation"]["plan"][side] for side in ("width", "height")] == [200, 200]
    delivered = await fetch(made["url"])
    assert Image.open(io.BytesIO(delivered.content)).size == (200, 200)
    explained = await call(client, "explain", url=made["url"], accept="image/avif")
    assert explained["explanation"]["plan"]["output"]["format"] == "png"

    asked = await call(client, "delete_image", ids=[image_id])
    assert (await fetch(uploaded["image"]["url"])).status_code == 200
    gone = await call(client, "delete_image", ids=[image_id], confirm=asked["confirm"])
    assert gone["deleted"] == [image_id]
    assert (await fetch(uploaded["image"]["url"])).status_code == 404
    assert (await call(client, "list_images", tags=["harbour"]))["images"] == []


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_agent_does_its_work_over_http(server, mode):
    async with (
        httpx2.AsyncClient(headers=server.authorization) as http,
        Client(streamable_http_client(f"{server.url}/mcp", http_client=http), mode=mode) as client,
    ):
        await work(client)


async def test_an_agent_does_its_work_over_a_commands_standard_input(server):
    async with Client(over_stdio(server)) as client:
        assert "user_text" in client.instructions
        await work(client)


async def test_a_tools_error_passes_through_the_command(server):
    async with Client(over_stdio(server)) as client:
        result = await client.call_tool("get_image", {"id": "0" * 24})
        assert (result.is_error, result.structured_content["error"]["code"]) == (True, "not_found")


async def test_an_apps_agent_works_for_the_user_that_it_names(server):
    app = server.json("apps", "create", "Agents", "--redirect-uri", BACK)
    code = connected(server, app["id"], BACK, "s", "ann@example.com")["code"]
    secret = {"Authorization": f"Bearer {app['secret']}"}
    user = server.client.post("/v1/apps/exchange", json={"code": code}, headers=secret).json()
    async with Client(over_stdio(server, "--user", user["id"], key=app["secret"])) as client:
        data = base64.b64encode(pictures.jpeg(8, 8)).decode()
        image_id = (await call(client, "upload_image", data=data))["image"]["id"]
        assert [each["id"] for each in (await call(client, "list_images"))["images"]] == [image_id]
    async with Client(over_stdio(server, key=app["secret"])) as client:
        assert (await call(client, "list_images"))["images"] == []
        assert (await client.call_tool("get_image", {"id": image_id})).is_error


def test_a_command_that_reaches_no_server_ends_with_one_line(typed):
    ended = typed("mcp", "--base-url", "http://127.0.0.1:1")
    assert ended.status == 1
    assert "http://127.0.0.1:1/mcp" in ended.err


async def test_no_key_reaches_the_log_or_an_answer(server):
    async with (
        httpx2.AsyncClient(headers=server.authorization) as http,
        Client(streamable_http_client(f"{server.url}/mcp", http_client=http)) as client,
    ):
        answers = [await client.call_tool(tool, {}) for tool in ("list_images", "get_image", "upload_image")]
    assert server.key not in json.dumps([answer.model_dump(mode="json") for answer in answers])
    assert server.key not in server.log()


def test_the_start_does_not_wait_for_the_sdk():
    asked = "import sys, calotype.app, calotype.cli; print('mcp' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert loaded.stdout == "False\n"


def test_the_guide_shows_what_its_lines_answer(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(pictures.jpeg(3000, 2000))
    (tmp_path / ".venv").symlink_to(CALOTYPE.parents[1])
    with Served(tmp_path) as served:
        reader = Reader(served)
        shown = examples("docs/agents.md")
        for example in shown:
            reader.compares(example.shown, reader.types(example.lines))
    assert len(shown) == 2
