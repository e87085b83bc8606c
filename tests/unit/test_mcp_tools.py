"""The tools that agents call, over a platform in memory, by the SDK's own client."""

import base64
import json

import pytest

import pictures
from agents import Agent, door
from calotype.domain.workspaces import Ability
from platforms import key_for, memory_platform

PHOTO = base64.b64encode(pictures.jpeg(64, 48)).decode()
UNKNOWN = "0" * 24


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


@pytest.fixture
async def app(platform):
    async with door(platform) as app:
        yield app


@pytest.fixture
async def owner(platform, app):
    return Agent(app, await key_for(platform))


async def called(client, tool, **arguments):
    """Call a tool that must succeed; the SDK's client has compared the answer with the tool's schema."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    return result.structured_content


async def refused(client, tool, **arguments):
    """Call a tool that must fail; answer what an agent reads, and the code."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error, result.content[0].text
    return result.content[0].text, result.structured_content["error"]["code"]


async def uploaded(client, **words):
    return (await called(client, "upload_image", data=PHOTO, **words))["image"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_clients_of_both_eras_list_the_same_tools(platform, app, mode):
    names = [tool.name for tool in await Agent(app, mode=mode).tools()]
    assert names == [
        "upload_image", "import_image", "list_images", "get_image", "update_image", "delete_image",
        "transform_image", "explain", "create_api_key", "get_usage",
    ]  # fmt: skip


async def test_a_tool_says_its_limits_and_whether_it_destroys(owner):
    tools = {tool.name: tool for tool in await owner.tools()}
    assert "8,388,608 bytes" in tools["upload_image"].description
    assert tools["list_images"].input_schema["properties"]["limit"]["maximum"] == 100
    assert tools["delete_image"].annotations.destructive_hint
    assert tools["list_images"].annotations.read_only_hint


async def test_an_upload_answers_its_urls_and_keeps_what_was_said(owner):
    image = await uploaded(
        owner, name="sea.jpg", tags=["Sea"], caption="The sea", labels={"room": "1"}, ttl="1h"
    )
    assert image["url"].startswith("https://cdn.example/")
    assert (image["width"], image["height"], image["expires_at"]) == (64, 48, "2024-01-01T01:00:00Z")
    told = image["user_text"]
    assert (told["name"], told["tags"], told["caption"], told["labels"]) == (
        "sea.jpg", ["sea"], "The sea", {"room": "1"},
    )  # fmt: skip


async def test_the_text_of_an_answer_says_what_its_structure_says(owner):
    result = await owner.call_tool("list_images", {})
    assert json.loads(result.content[0].text) == result.structured_content


async def test_an_external_id_that_is_there_answers_the_same_image(owner):
    first = await called(owner, "upload_image", data=PHOTO, external_id="a")
    again = await called(owner, "upload_image", data=PHOTO, external_id="a")
    assert (again["deduplicated"], again["image"]["id"]) == (True, first["image"]["id"])


async def test_an_import_is_stored_as_an_upload_is(platform, owner):
    platform.fetcher.pages["https://origin.example/x.png"] = pictures.png(10, 10)
    for tool in ("import_image", "upload_image"):
        image = (await called(owner, tool, url="https://origin.example/x.png"))["image"]
        assert (image["format"], image["user_text"]["name"]) == ("png", "x.png")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "data: give either the bytes as data, or a url"),
        ({"data": PHOTO, "url": "https://a.example"}, "data: give either the bytes as data, or a url"),
        ({"data": "data:image/jpeg;base64,AAAA"}, "data: no base64"),
        ({"data": PHOTO, "tags": ["x"] * 3, "colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"data": PHOTO, "namespace": "A"}, "namespace: 2 to 64 lower-case letters"),
        ({"data": PHOTO, "ttl": 1}, "ttl: at least 300 seconds"),
        ({"url": "file:///etc/passwd"}, "url: required: an http or https URL"),
    ],
)
async def test_bad_arguments_are_named_with_their_reasons(owner, arguments, words):
    text, code = await refused(owner, "upload_image", **arguments)
    assert code == "validation_error"
    assert words in text


async def test_what_is_no_image_is_refused_with_its_own_code_and_the_way_out(owner):
    text, code = await refused(owner, "upload_image", data=base64.b64encode(b"plain text").decode())
    assert code == "unsupported_media_type"
    assert "Send JPEG, PNG, GIF" in text


async def test_a_file_larger_than_a_call_may_hold_is_refused(tmp_path):
    platform = await memory_platform(tmp_path, max_upload_bytes_mcp=100)
    async with door(platform) as app:
        text, code = await refused(Agent(app, await key_for(platform)), "upload_image", data=PHOTO)
    assert code == "file_too_large"
    assert "CALOTYPE_MAX_UPLOAD_BYTES_MCP" in text


async def test_lists_are_filtered_and_continue_where_they_stopped(platform, owner):
    for number in range(3):
        platform.clock.move(seconds=1)
        await uploaded(
            owner, name=f"{number}.jpg", tags=["odd"] if number % 2 else [], labels={"n": str(number)}
        )
    first = await called(owner, "list_images", limit=2)
    rest = await called(owner, "list_images", limit=2, cursor=first["next_cursor"])
    names = [image["user_text"]["name"] for page in (first, rest) for image in page["images"]]
    assert names == ["2.jpg", "1.jpg", "0.jpg"]
    assert [
        each["user_text"]["name"] for each in (await called(owner, "list_images", tags=["odd"]))["images"]
    ] == ["1.jpg"]
    labelled = await called(owner, "list_images", labels={"n": "2"})
    assert [each["user_text"]["name"] for each in labelled["images"]] == ["2.jpg"]


async def test_an_update_sets_merges_and_removes(owner):
    image = await uploaded(owner, tags=["a", "b"], caption="old", labels={"keep": "1", "drop": "2"})
    changed = await called(
        owner, "update_image", id=image["id"], caption=None, add_tags=["c"], remove_tags=["a"],
        labels={"drop": None}, public=False,
    )  # fmt: skip
    told = changed["image"]["user_text"]
    assert (told["caption"], told["tags"], told["labels"]) == (None, ["b", "c"], {"keep": "1"})
    assert changed["image"]["public"] is False


async def test_a_transformation_is_a_url_with_its_explanation(owner):
    image = await uploaded(owner)
    answer = await called(owner, "transform_image", id=image["id"], width=300, fit="cover", brightness=1.5)
    assert answer["url"] == f"{image['url']}?w=300&fit=cover&brightness=1.5"
    assert answer["explanation"]["url"] == answer["url"]


async def test_what_a_delivery_url_would_ignore_is_refused(owner):
    image = await uploaded(owner)
    text, code = await refused(owner, "transform_image", id=image["id"], gravity="nowhere")
    assert code == "validation_error"
    assert "gravity: means nothing here" in text


async def test_what_another_workspace_has_is_not_there(platform, app, owner):
    image = await uploaded(owner, public=False)
    other = Agent(app, await key_for(platform, "neighbour"))
    for tool in ("get_image", "update_image", "transform_image"):
        assert await refused(other, tool, id=image["id"]) == await refused(other, tool, id=UNKNOWN)
    answer = await called(other, "delete_image", ids=[image["id"]])
    assert (answer["would_delete"], answer["not_found"]) == ([], [image["id"]])
    assert (await called(other, "list_images"))["images"] == []


async def test_a_key_that_may_only_read_changes_nothing(platform, app):
    reader = Agent(app, await key_for(platform, abilities=frozenset({Ability.READ})))
    for tool, arguments in {
        "upload_image": {"data": PHOTO}, "update_image": {"id": UNKNOWN}, "delete_image": {"ids": [UNKNOWN]},
    }.items():  # fmt: skip
        assert (await refused(reader, tool, **arguments))[1] == "forbidden"


async def test_nobody_may_upload_and_look_at_what_is_public(platform, app):
    nobody = Agent(app)
    image = await uploaded(nobody)
    assert image["expires_at"] == "2024-01-31T00:00:00Z"
    assert (await called(nobody, "get_image", id=image["id"]))["image"]["id"] == image["id"]
    assert (await called(nobody, "transform_image", id=image["id"], size="s"))["explanation"] is None
    assert (await refused(nobody, "list_images"))[1] == "unauthorized"


async def test_usage_is_what_the_rest_route_tells(owner):
    await uploaded(owner)
    usage = (await called(owner, "get_usage"))["usage"]
    assert (usage["monthly"]["uploads"], usage["totals"]["images_stored"]) == (1, 1)


async def test_a_key_is_made_for_an_address_and_works_at_once(app):
    made = (await called(Agent(app), "create_api_key", email="ann@example.org"))["api_key"]
    assert (made["verified"], made["limits"]["uploads"]) == (False, 100)
    assert (await called(Agent(app, made["key"]), "list_images"))["images"] == []


async def test_an_address_that_is_none_is_refused_by_name(app):
    text, code = await refused(Agent(app), "create_api_key", email="nobody")
    assert (code, "email:" in text) == ("validation_error", True)


async def test_a_failure_of_ours_is_told_without_its_cause(platform, owner):
    async def broken(query):
        raise RuntimeError("secret cause")

    platform.catalog.assets = broken
    text, code = await refused(owner, "list_images")
    assert code == "server_error"
    assert "secret cause" not in text
