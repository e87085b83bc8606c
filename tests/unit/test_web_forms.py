"""Forms of our own pages: whose they are, how much of them is read, and where they may lead."""

import pytest
from starlette.requests import Request

from calotype.errors import FileTooLarge, Forbidden, Invalid
from calotype.web.forms import MAX_BYTES, check_origin, first, local_path, receive_fields

BASE = "https://img.example"
URLENCODED = "application/x-www-form-urlencoded"


def request(body: bytes = b"", **headers: str) -> Request:
    """A POST with *headers*, whose names are written with underscores."""
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "method": "POST", "path": "/login", "headers": lines}, receive)


def ours(**headers: str) -> bool:
    try:
        check_origin(request(**{"host": "img.example", **headers}), BASE)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize(
    ("site", "origin", "accepted"),
    [
        ("same-origin", "https://img.example", True),
        ("none", "", True),
        ("same-site", "https://cdn.img.example", False),
        ("cross-site", "https://evil.example", False),
        ("cross-site", "https://img.example", False),
        ("nonsense", "https://img.example", False),
    ],
)
def test_a_browser_that_says_which_site_sent_a_form_is_believed(site, origin, accepted):
    assert ours(sec_fetch_site=site, origin=origin) is accepted


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [
        ("https://img.example", True),
        ("https://IMG.example", True),
        ("https://evil.example", False),
        ("https://img.example.evil.example", False),
        ("https://img.example@evil.example", False),
        ("https://img.example:8443", False),
        ("null", False),
        ("", False),
    ],
)
def test_an_older_browser_is_judged_by_the_origin_that_it_names(origin, accepted):
    assert ours(origin=origin) is accepted


def test_a_form_of_which_nothing_tells_whose_it_is_is_refused():
    assert not ours()


def test_a_server_that_is_reached_by_another_name_than_the_configured_one_takes_its_own_forms():
    assert ours(host="192.168.1.20:8000", origin="http://192.168.1.20:8000")


def test_a_proxy_that_hides_the_host_is_forgiven_where_the_configured_name_is_the_origin():
    assert ours(host="backend:8000", origin="https://img.example")


async def test_fields_come_with_all_their_values():
    fields = await receive_fields(
        request(b"name=a+b&abilities=read&abilities=write&x=", content_type=URLENCODED)
    )
    assert fields == {"name": ["a b"], "abilities": ["read", "write"], "x": [""]}


@pytest.mark.parametrize(
    "body", [b"name=%ff", "name=ö".encode(), b"&".join(b"a=1" for _ in range(101))], ids=str
)
async def test_what_is_no_form_is_refused(body: bytes):
    with pytest.raises(Invalid, match="malformed"):
        await receive_fields(request(body, content_type=URLENCODED))


async def test_another_media_type_is_refused_so_that_no_page_elsewhere_finds_a_way_around():
    with pytest.raises(Invalid, match="Send a form"):
        await receive_fields(request(b"name=a", content_type="text/plain"))


async def test_a_form_is_read_up_to_its_limit_and_no_further():
    with pytest.raises(FileTooLarge):
        await receive_fields(request(b"a" * (MAX_BYTES + 1), content_type=URLENCODED))


def test_the_first_value_counts_without_the_space_around_it():
    assert (first({"email": [" a@b.c ", "x"]}, "email"), first({}, "email")) == ("a@b.c", "")


@pytest.mark.parametrize("path", ["/apps", "/connect?app=a8o46yrk&redirect_uri=https%3A%2F%2Fapp.example%2F"])
def test_a_path_of_this_server_is_where_one_may_go_on(path: str):
    assert local_path(path, "/dashboard") == path


@pytest.mark.parametrize(
    "elsewhere",
    [
        "",
        "apps",
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example/",
        "/\n/evil.example/",
        "javascript:alert(1)",
        " /apps",
        "/é",
        "/a b",
        "/\r\nSet-Cookie: a=b",
    ],
)
def test_anything_that_a_browser_could_take_for_another_site_leads_home(elsewhere: str):
    assert local_path(elsewhere, "/dashboard") == "/dashboard"
