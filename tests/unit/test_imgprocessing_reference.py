"""The reference of IMG Processing's API is complete and true: every route declared, every example possible."""

import json
import re

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from calotype.dialects.imgprocessing.api import EXPOSED_HEADERS, PATHS
from calotype.dialects.imgprocessing.errors import KINDS
from calotype.dialects.imgprocessing.reference.document import CAUSES, HEADERS, Undeclared, document, examples
from calotype.dialects.imgprocessing.reference.operations import OPERATIONS
from calotype.settings import Settings
from calotype.web.reference import plain, postman
from calotype.web.reference.calls import calls, objects

SETTINGS = Settings(base_url="https://img.example")
DOCUMENT = document(SETTINGS, PATHS)
CALLS = calls(DOCUMENT)


def endpoints(table):
    return {(path, verb) for path, verbs in table.items() for verb in verbs}


def problems(schema, value):
    whole = {**schema, "components": DOCUMENT["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


def test_the_document_is_openapi():
    validate(DOCUMENT)


def test_every_route_is_declared_and_every_declaration_is_a_route():
    assert endpoints(OPERATIONS) == endpoints(PATHS)
    assert len({call.name for call in CALLS}) == len(endpoints(PATHS)) == 22


def test_a_route_without_a_declaration_makes_no_document():
    with pytest.raises(Undeclared, match="GET /v1/new"):
        document(SETTINGS, {"/new": {"GET": None}})


@pytest.mark.parametrize("name", examples(SETTINGS))
def test_every_example_of_an_answer_is_one(name):
    assert problems({"$ref": f"#/components/schemas/{name}"}, examples(SETTINGS)[name]) == []


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_every_example_of_a_body_is_one(call):
    for payload in call.payloads:
        files = {field.name: "…" for field in payload.fields if field.file}
        content = DOCUMENT["paths"][call.path][call.verb.lower()]["requestBody"]["content"]
        assert problems(content[payload.media_type]["schema"], {**payload.example, **files}) == []


def test_every_schema_and_header_that_is_named_exists_and_is_named_somewhere():
    named = set(re.findall(r'"#/components/(\w+/[\w-]+)"', json.dumps(DOCUMENT)))
    kinds = ("schemas", "headers", "responses")
    there = {f"{kind}/{name}" for kind in kinds for name in DOCUMENT["components"][kind]}
    assert named == there


def test_pages_may_read_every_header_that_is_told_but_the_one_for_clients():
    assert set(HEADERS) - set(EXPOSED_HEADERS) == {"X-Should-Retry"}


def test_every_kind_of_problem_that_is_told_is_one_that_the_core_comes_to():
    assert set(CAUSES) <= set(KINDS.values())


def test_curl_lines_send_the_key_as_this_api_wants_it():
    [line] = [call.curl(call.payloads[0]) for call in CALLS if call.name == "cropImage"]
    assert line.split(" \\\n  ") == [
        'curl -X POST -H "x-api-key: YOUR_API_KEY"',
        '-H "Content-Type: application/json"',
        """-d '{"x1": 0, "y1": 0, "x2": 8, "y2": 8}'""",
        "https://img.example/img-processing/v1/images/IMAGE_ID/crop",
    ]


def test_a_collection_has_a_request_for_every_call_and_the_key_in_its_header():
    collection = postman.collection(DOCUMENT)
    assert sum(len(folder["item"]) for folder in collection["item"]) == 22
    assert {each["key"]: each["value"] for each in collection["auth"]["apikey"]} == {
        "key": "x-api-key", "value": "{{key}}", "in": "header",
    }  # fmt: skip


def test_the_long_text_tells_every_call_with_a_command_that_makes_it():
    text = plain.whole(DOCUMENT, "# All of it")
    assert text.startswith("# All of it\n\nBase URL: `https://img.example/img-processing`\n\n")
    assert [
        call.name for call in CALLS if f"\n### {call.verb} {call.path}: {call.summary}\n" not in text
    ] == []
    assert text.count("```sh\ncurl ") == len(CALLS)


def test_the_long_text_tells_limits_and_errors_of_a_field_as_the_document_does():
    text = plain.whole(DOCUMENT, "")
    assert "| `quality` | body | integer, 1 to 100 | no |" in text
    assert "- `quota-exceeded`: The plan of the key's workspace is used up." in text


def test_a_hue_is_told_as_the_whole_number_that_it_has_to_be():
    hue = DOCUMENT["components"]["schemas"]["Modulate"]["properties"]["hue"]
    assert (hue["type"], hue["minimum"], hue["maximum"]) == ("integer", -36_000, 36_000)


@pytest.mark.parametrize(
    ("mode", "brightness", "names"),
    [
        ("auto", -100, "brightness contrast exposure hue lightness name saturation"),
        ("levels", -100, "brightness contrast exposure name saturation"),
        ("multipliers", 0, "brightness hue lightness name saturation"),
    ],
)
def test_modulate_is_told_as_the_setting_has_it_read(mode, brightness, names):
    schemas = document(Settings(img_processing_modulate=mode), PATHS)["components"]["schemas"]
    told = schemas["Modulate"]["properties"]
    assert " ".join(sorted(told)) == names
    assert told["brightness"]["minimum"] == brightness


def test_what_an_array_holds_is_told_with_it():
    [payload] = next(call for call in CALLS if call.name == "watermarkImage").payloads
    about = next(field.about for field in payload.fields if field.name == "watermarks")
    assert about.startswith(
        "Of each: `id` (string): An image of yours. `left` (integer, 0 to 100,000, optional): "
    )
    assert {field.name: field.about for field in objects(DOCUMENT)["ImagePage"]} == {
        "data": "Each as `Image`.",
        "links": "In it: `previous` (string or null). `next` (string or null).",
    }


def test_an_example_has_its_members_in_the_order_of_the_answer():
    created = next(call for call in CALLS if call.name == "uploadImage")
    [example] = [answer.example for answer in created.answers if answer.status == 201]
    assert list(json.loads(example)) == [
        "id", "name", "url", "width", "height", "format", "size", "created_at",
    ]  # fmt: skip


@pytest.mark.parametrize(("base", "told"), [("https://img.example", True), ("http://img.example", False)])
def test_images_published_here_are_an_origin_where_they_are_published_with_tls(base, told):
    url = document(Settings(base_url=base), PATHS)["components"]["schemas"]["FromUrl"]["properties"]["url"]
    assert ("`https://drive.google.com/*`" in url["description"]) is True
    assert (f"`{base}/img-processing/images/*`" in url["description"]) is told


def test_limits_are_those_of_the_settings():
    small = Settings(img_processing_max_upload_bytes=123_456, img_processing_test_requests_per_minute=3)
    told = json.dumps(document(small, PATHS))
    assert "at most 123,456 bytes" in told
    assert "may send 3 requests a minute" in told
