"""The whole OpenAPI document against a real server: whatever is sent, the answer is one that the document tells of.

`CALOTYPE_TEST_EXAMPLES=500` looks further than the few requests for each operation that fit into every run.
"""

from __future__ import annotations

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from served import Served

import pictures
from calotype.dialects.imgpro.reference.running import document
from calotype.settings import Settings

pytestmark = pytest.mark.slow

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FILES = [pictures.jpeg(8, 8), pictures.png(8, 8), pictures.svg(), b"", b"only words"]
EXAMPLES = int(os.environ.get("CALOTYPE_TEST_EXAMPLES", "10"))
LOOSE = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

schemathesis.openapi.format("binary", st.sampled_from(FILES))
schema = schemathesis.openapi.from_dict(document(Settings()))
OPERATIONS = {operation.ok().label: operation.ok() for operation in schema.get_all_operations()}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that counts nobody, and gives up soon on hosts that are not there."""
    patient = {"anonymous_uploads_per_hour": 100_000, "anonymous_uploads_per_day": 100_000}
    with Served(
        tmp_path_factory.mktemp("openapi"), **patient, requests_per_minute=0, workspace_requests_per_minute=0,
        fetch_timeout_s=0.3,
    ) as server:  # fmt: skip
        yield server


def ask(server: Served, operation: schemathesis.APIOperation, mode: schemathesis.GenerationMode) -> None:
    """Send requests that the document allows, or that it forbids: mostly with a key, often about a real image."""

    @LOOSE
    @given(operation.as_strategy(generation_mode=mode), st.sampled_from([True, True, False]), st.booleans())
    def run(case, with_key, known):
        if known and "asset_id" in (case.path_parameters or {}):
            case.path_parameters["asset_id"] = server.upload(FILES[0]).json()["id"]
        headers = server.authorization if with_key else {}
        case.call_and_validate(base_url=server.url, headers=headers, checks=CHECKS)

    run()


@pytest.mark.parametrize("label", OPERATIONS)
def test_whatever_the_document_allows_is_answered_as_it_says(server, label):
    ask(server, OPERATIONS[label], schemathesis.GenerationMode.POSITIVE)


@pytest.mark.parametrize("label", OPERATIONS)
def test_whatever_the_document_forbids_is_answered_as_it_says(server, label):
    ask(server, OPERATIONS[label], schemathesis.GenerationMode.NEGATIVE)
