"""Host names that stand for a path."""

import pytest

from calotype.web.hosts import Hosts


async def asked(host: str, path: str, hosts: str = "api.example, images.example:8000") -> tuple[str, bytes]:
    """Give the path that is asked for behind the names, decoded and raw."""
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope)

    scope = {"path": path, "raw_path": path.encode(), "headers": [(b"host", host.encode())]}
    await Hosts(app, hosts, "/img-processing", ("/v1/", "/images/"))(scope, None, None)
    return seen["path"], seen["raw_path"]


@pytest.mark.parametrize("host", ["api.example", "API.EXAMPLE", "api.example:8000", "images.example:8000"])
async def test_what_comes_to_such_a_host_is_asked_of_the_path(host):
    assert await asked(host, "/v1/images") == ("/img-processing/v1/images", b"/img-processing/v1/images")


@pytest.mark.parametrize(
    "host",
    ["", "example", "api.example.com", "xapi.example", "images.example", "images.example:80", "[::1]:80"],
)
async def test_any_other_host_is_left_alone(host):
    assert await asked(host, "/v1/images") == ("/v1/images", b"/v1/images")


@pytest.mark.parametrize("path", ["/healthz", "/", "/v1", "/img-processing/v1/images", "//v1/images", "/mcp"])
async def test_other_paths_are_on_every_host_what_they_are(path):
    assert (await asked("api.example", path))[0] == path


async def test_without_the_setting_no_host_is_one():
    assert (await asked("", "/v1/images", hosts=""))[0] == "/v1/images"


@pytest.mark.parametrize(
    ("host", "target"),
    [(b"API.example", b"/img-processing/images/x?y"), (b"other.example", b"/images/x?y")],
)
def test_who_looks_before_a_request_is_started_finds_the_same_path(host, target):
    hosts = Hosts(None, "api.example", "/img-processing", ("/v1/", "/images/"))
    assert hosts.target(b"/images/x?y", [(b"host", host)]) == target
