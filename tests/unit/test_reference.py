"""The reference is complete and true: every route declared, every field that is read, every example possible."""

import json
import re

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from calotype.dialects.imgpro import batch_fields, fields, image_fields
from calotype.dialects.imgpro.api import PATHS
from calotype.dialects.imgpro.errors import STATUSES
from calotype.dialects.imgpro.reference import errors_told, llms, words
from calotype.dialects.imgpro.reference.document import Undeclared, openapi
from calotype.dialects.imgpro.reference.examples import examples
from calotype.dialects.imgpro.reference.operations import OPERATIONS
from calotype.dialects.imgpro.reference.running import document, shapes_at
from calotype.settings import Settings
from calotype.web.reference import postman
from calotype.web.reference.calls import calls, kind, objects, resolved
from calotype.web.reference.markdown import html

SETTINGS = Settings(base_url="https://img.example", cdn_url="https://cdn.example")
DOCUMENT = document(SETTINGS)
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


def test_a_route_without_a_declaration_makes_no_document():
    with pytest.raises(Undeclared, match="GET /v1/new"):
        openapi(SETTINGS, {"/new": {"GET": None}}, OPERATIONS, shapes_at)


def test_operations_have_names_of_their_own():
    names = [call.name for call in CALLS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (words.FORM, fields.FORM),
        (words.IMPORT, fields.FORM),
        (words.CHANGE, {*fields.WORDS, "public", "path"}),
        (words.IMAGE_FORM, image_fields.CREATE),
        (words.IMAGE_CREATE, image_fields.CREATE),
        (words.IMAGE_CHANGE, {*image_fields.WORDS, *image_fields.MERGED}),
    ],
    ids=["form", "import", "change", "image form", "image import", "image change"],
)
def test_every_field_that_is_read_is_told_and_no_other(told, read):
    assert set(told) == set(read)


@pytest.mark.parametrize(
    ("path", "read"), [("/v1/media", fields.LISTING), ("/v1/images", {*image_fields.LISTING, "label"})]
)
def test_every_filter_of_a_list_is_told_and_no_other(path, read):
    parameters = DOCUMENT["paths"][path]["get"]["parameters"]
    assert {each["name"] for each in parameters if each["in"] == "query"} == set(read)


def test_a_batch_cannot_set_what_only_one_image_can_have():
    members = DOCUMENT["components"]["schemas"]["MediaBatch"]["properties"]
    assert set(batch_fields.OF_ONE) & set(members) == set()


@pytest.mark.parametrize("name", examples(SETTINGS))
def test_every_example_of_an_answer_is_one(name):
    assert problems({"$ref": f"#/components/schemas/{name}"}, examples(SETTINGS)[name]) == []


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_every_example_of_a_body_is_one(call):
    for payload in call.payloads:
        files = {field.name: "…" for field in payload.fields if field.file}
        content = DOCUMENT["paths"][call.path][call.verb.lower()]["requestBody"]["content"]
        assert problems(content[payload.media_type]["schema"], {**payload.example, **files}) == []


def test_limits_are_those_of_the_settings():
    small = document(Settings(max_upload_bytes=123_456))
    about = small["components"]["schemas"]["UploadForm"]["properties"]["file"]["description"]
    assert "At most 123,456 bytes with a key" in about


def test_what_is_said_twice_is_said_once():
    assert len(json.dumps(DOCUMENT)) < 140_000
    limited = DOCUMENT["paths"]["/v1/media"]["get"]["responses"]["429"]
    assert limited["$ref"].startswith("#/components/responses/")


def refused_at(path):
    return resolved(DOCUMENT, DOCUMENT["paths"][path]["get"]["responses"]["401"])


def test_errors_are_nested_below_images_and_flat_elsewhere():
    shapes = {
        path: re.findall(r"schemas/(\w*Error)", json.dumps(refused_at(path)))
        for path in ("/v1/media", "/v1/images", "/v1/usage")
    }
    assert shapes == {
        "/v1/media": ["Error"],
        "/v1/images": ["NestedError"],
        "/v1/usage": ["Error", "NestedError"],
    }


def test_every_schema_and_header_that_is_named_exists_and_is_named_somewhere():
    named = set(re.findall(r'"#/components/(\w+/[\w-]+)"', json.dumps(DOCUMENT)))
    there = {
        f"{kind}/{name}"
        for kind in ("schemas", "headers", "responses")
        for name in DOCUMENT["components"][kind]
    }
    assert named - there == set()
    assert there - named == set()


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "minLength": 2, "maxLength": 64}, "string, 2 to 64 characters"),
        ({"type": ["string", "null"], "maxLength": 2000}, "string or null, up to 2,000 characters"),
        ({"type": "integer", "minimum": 0}, "integer, from 0"),
        ({"type": "array", "maxItems": 10}, "array, up to 10 items"),
        ({"enum": ["add", "remove"]}, "add, remove"),
        ({"type": "string", "format": "binary"}, "file"),
        ({"type": "boolean"}, "boolean"),
        ({"const": "image"}, 'always "image"'),
    ],
)
def test_a_type_is_said_in_a_few_words(schema, expected):
    assert kind(schema) == expected


def test_curl_lines_are_whole_commands():
    [line] = {call.name: call.curl(call.payloads[0]) for call in CALLS if call.name == "uploadMedia"}.values()
    assert line.split(" \\\n  ") == [
        'curl -X POST -H "Authorization: Bearer YOUR_API_KEY"',
        "-F file=@photo.jpg",
        "-F tags=hero,homepage",
        "-F namespace=my-project",
        "https://img.example/v1/upload",
    ]


def test_the_long_text_for_machines_tells_every_call_and_the_short_one_leads_there():
    whole = llms.full(DOCUMENT)
    assert [call.name for call in CALLS if f"### {call.verb} {call.path}: " not in whole] == []
    assert "https://img.example/llms-full.txt" in llms.short(DOCUMENT, SETTINGS)


def test_the_texts_tell_the_limits_of_the_running_server():
    settings = Settings(anonymous_uploads_per_hour=7, anonymous_ttl_days=3)
    text = llms.short(document(settings), settings)
    assert "go after 3 days" in text
    assert "7 an hour" in text


def test_the_texts_tell_the_plans_of_the_running_server():
    settings = Settings(plans={"free": {"uploads": 7}, "home": {"label": "Home", "storage_bytes": 10**9}})
    text = llms.short(document(settings), settings)
    assert "- Free: 7 uploads a month, " in text
    assert "- Home: any number of uploads, " in text


def test_where_nobody_may_register_no_key_is_promised():
    settings = Settings(registration="closed")
    assert "/v1/keys" in llms.short(DOCUMENT, SETTINGS)
    assert "/v1/keys" not in llms.short(document(settings), settings)


def test_without_anonymous_uploads_the_texts_promise_none():
    settings = Settings(anonymous_uploads=False)
    assert "takes no uploads without a key" in llms.short(document(settings), settings)


def test_every_object_of_an_answer_is_told_member_by_member():
    told = objects(DOCUMENT)
    assert {
        "Media",
        "Image",
        "ImageList",
        "Usage",
        "User",
        "NewKey",
        "Error",
        "NestedErrorBody",
    } <= told.keys()
    assert [each.name for each in told["Media"]] == [
        *DOCUMENT["components"]["schemas"]["Media"]["properties"]
    ]
    assert "UploadForm" not in told


def test_a_collection_has_a_request_for_every_body_of_every_call():
    folders = postman.collection(DOCUMENT)["item"]
    requests = [item["request"] for folder in folders for item in folder["item"]]
    assert len(requests) == sum(max(1, len(call.payloads)) for call in CALLS)
    assert {(each["method"], each["url"]["raw"].replace("{{base_url}}", "")) for each in requests} == {
        (call.verb, re.sub(r"\{(\w+)\}", r":\1", call.path)) for call in CALLS
    }


def test_every_error_is_told_with_its_cause_and_its_fix():
    told = {each.code: each for each in errors_told.every_error()}
    beyond = {each.code for each in errors_told.BEYOND}
    assert told.keys() == STATUSES.keys() - {"error"} | beyond
    assert [each.code for each in told.values() if not each.cause or not each.fix] == []
    assert told["rate_limited"].action == "`wait`"


def test_markup_of_a_text_is_escaped():
    assert html("a <b> `c<d>`") == "<p>a &lt;b&gt; <code>c&lt;d&gt;</code></p>"
