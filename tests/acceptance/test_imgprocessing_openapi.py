"""IMG Processing's OpenAPI document against a real server: whatever is sent, the answer is one that it tells of.

`CALOTYPE_TEST_EXAMPLES=500` looks further than the few requests for each operation that fit into every run.
"""

from __future__ import annotations

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from served import Served

import pictures
from calotype.dialects.imgprocessing.api import PATHS, PREFIX
from calotype.dialects.imgprocessing.reference.document import document
from calotype.settings import Settings

pytestmark = pytest.mark.slow

CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FILES = [pictures.jpeg(8, 8), pictures.png(8, 8), pictures.svg(), b"", b"only words"]
LOOSE = settings(
    max_examples=int(os.environ.get("CALOTYPE_TEST_EXAMPLES", "6")),
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

schemathesis.openapi.format("binary", st.sampled_from(FILES))
schema = schemathesis.openapi.from_dict(document(Settings(), PATHS))
OPERATIONS = {operation.ok().label: operation.ok() for operation in schema.get_all_operations()}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that counts nobody, and gives up soon on hosts that are not there."""
    unlimited = {"img_processing_live_requests_per_minute": 0, "workspace_requests_per_minute": 0}
    with Served(tmp_path_factory.mktemp("openapi"), **unlimited, fetch_timeout_s=0.3) as server:
        yield server


@pytest.fixture(scope="module")
def live(server):
    made = server.json("keys", "create", "--api", "img-processing", "--stage", "live")
    return {"x-api-key": made["key"]}


def uploaded(server, live):
    files = {"name": (None, "a"), "image": ("blob", FILES[0])}
    return server.client.post(f"{PREFIX}/v1/images/upload", files=files, headers=live).json()["id"]


@pytest.mark.parametrize("mode", [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE])
@pytest.mark.parametrize("label", OPERATIONS)
def test_whatever_is_sent_is_answered_as_the_document_says(server, live, label, mode):
    strategy = OPERATIONS[label].as_strategy(generation_mode=mode)

    @LOOSE
    @given(strategy, st.sampled_from([True, True, False]), st.booleans())
    def run(case, with_key, known):
        if known and "image_id" in (case.path_parameters or {}):
            case.path_parameters["image_id"] = uploaded(server, live)
        case.call_and_validate(
            base_url=f"{server.url}{PREFIX}", headers=live if with_key else {}, checks=CHECKS
        )

    run()
