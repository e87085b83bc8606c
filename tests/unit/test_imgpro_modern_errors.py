"""The nested shape of errors says what the flat one says."""

import pytest

from calotype import errors
from calotype.dialects.imgpro.errors import STATUSES, body_of
from calotype.dialects.imgpro.modern_errors import error_of, nested

TYPES = {
    "unauthorized": "authentication_error",
    "forbidden": "permission_error",
    "not_found": "invalid_request_error",
    "external_id_duplicate": "invalid_request_error",
    "file_too_large": "invalid_request_error",
    "image_corrupt": "invalid_request_error",
    "rate_limited": "rate_limit_error",
    "fetch_failed": "processing_error",
    "import_failed": "processing_error",
    "upload_failed": "processing_error",
    "server_error": "api_error",
    "busy": "api_error",
}


@pytest.mark.parametrize(("code", "expected"), TYPES.items())
def test_each_code_has_the_documented_type(code, expected):
    flat = {"error": code, "message": "Why."}
    assert nested(flat, STATUSES[code]) == {"error": {"type": expected, "code": code, "message": "Why."}}


@pytest.mark.parametrize("code", ["quota_exceeded", "idempotency_key_conflict"])
def test_quotas_and_idempotency_are_types_of_their_own(code):
    kind = code.split("_")[0] + "_error"
    assert nested({"error": code, "message": ""}, 403)["error"]["type"] == kind


def test_bad_fields_are_details_beside_a_fixed_message():
    error = errors.Invalid.field("labels", "too many")
    assert error_of(error) == {
        "type": "invalid_request_error",
        "code": "validation_error",
        "message": "Validation failed",
        "details": {"labels": ["too many"]},
    }


def test_what_is_wrong_with_the_whole_body_is_a_detail_too():
    assert error_of(errors.Invalid("Send JSON."))["details"] == {"body": ["Send JSON."]}


def test_fields_of_any_other_error_are_details_beside_its_own_message():
    error = errors.ImageCorrupt(fields={"file": ["Broken."]})
    assert error_of(error)["message"] == "The image cannot be decoded."
    assert error_of(error)["details"] == {"file": ["Broken."]}


def test_waiting_is_an_action_with_the_seconds_of_the_header():
    assert error_of(errors.RateLimited("Slow down.", retry_after=30))["action"] == {
        "type": "wait",
        "label": "Try again later",
        "retry_after": 30,
    }


def test_every_other_action_and_the_usage_pass_through():
    action = {"type": "upgrade", "url": "https://img.example/upgrade", "label": "Upgrade"}
    flat = {"error": "quota_exceeded", "message": "Full.", "action": action, "usage": {"plan": "free"}}
    error = nested(flat, 403)["error"]
    assert (error["action"], error["usage"]) == (action, {"plan": "free"})


def test_what_is_our_fault_names_the_request():
    assert nested(body_of(errors.RenderFailed(), "abc"), 500)["error"]["request_id"] == "abc"
