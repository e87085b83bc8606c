"""Refusals: every error of the core has a status here, and every answer the flat shape."""

import pytest
from structlog.testing import capture_logs

from calotype import errors
from calotype.dialects.imgpro.errors import STATUSES, body_of, headers_of, log_failure


def tree(kind):
    return {kind, *(leaf for child in kind.__subclasses__() for leaf in tree(child))}


def test_every_error_has_a_status_and_no_status_is_left_over():
    assert {kind.code for kind in tree(errors.CalotypeError)} == STATUSES.keys()


def test_what_is_refused_is_a_4xx():
    assert {STATUSES[kind.code] // 100 for kind in tree(errors.Refused)} == {4}


def test_waiting_is_an_action_with_its_seconds():
    error = errors.RateLimited("Slow down.", retry_after=30)
    assert body_of(error) == {
        "error": "rate_limited",
        "message": "Slow down.",
        "action": {"type": "wait", "seconds": 30},
    }
    assert headers_of(error) == {"Retry-After": "30"}


def test_what_is_our_fault_names_the_request_and_what_is_not_does_not():
    assert body_of(errors.RenderFailed(), "abc")["request_id"] == "abc"
    assert "request_id" not in body_of(errors.NotFound(), "abc")


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "allow"),
    [
        ("GET", "/v1/nothing", 404, "not_found", None),
        ("GET", "/v1/media/", 404, "not_found", None),
        ("DELETE", "/v1/media/a%0Ab", 401, "unauthorized", None),
        ("GET", "/v1/%0A", 404, "not_found", None),
        ("GET", "/v1/upload", 405, "method_not_allowed", "POST"),
        ("PUT", "/v1/media/x", 405, "method_not_allowed", "DELETE, GET, HEAD, PATCH"),
    ],
)
async def test_the_routers_refusals_have_the_same_shape(nobody, method, path, status, code, allow):
    response = await nobody.http.request(method, path)
    assert (response.status_code, response.json()["error"]) == (status, code)
    assert response.headers.get("allow") == allow
    assert response.headers["cache-control"] == "private, no-store"


def test_a_failure_of_ours_is_written_down_with_its_cause_and_a_refusal_is_not():
    with capture_logs() as logs:
        for error in (errors.NotFound(), errors.Busy(), errors.RenderFailed("died", cause="crash")):
            log_failure(error)
    assert [(line["event"], line["code"]) for line in logs] == [("failed", "render_failed")]
    assert str(logs[0]["exc_info"]) == "died"
