"""Apps: what their names and redirect URIs may be, and who may stop them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from calotype.domain.apps import App, AppStatus, app_name, origin_of, redirect_uris, sent_back
from calotype.errors import AppBlocked, AppSuspended, Invalid

NOW = datetime(2026, 11, 21, tzinfo=UTC)
APP = App("a8o46yrk", "w", None, "Album", ("https://album.example/back",), NOW)


@pytest.mark.parametrize(
    "uri",
    [
        "https://album.example/back",
        "https://album.example",
        "https://album.example:8443/a/b.php?tenant=1&x=%20",
        "http://localhost:3000/back",
        "http://127.0.0.1/back",
    ],
)
def test_a_redirect_uri_is_https_or_on_loopback(uri):
    assert redirect_uris([uri]) == (uri,)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "album.example/back",
        "//album.example/back",
        "http://album.example/back",
        "http://localhost.album.example/back",
        "http://127.0.0.1.album.example/back",
        "http://[::1]/back",
        "https:///back",
        "https:album.example",
        "HTTPS://album.example/back",
        "https://Album.example/back",
        "https://user@album.example/back",
        "https://album.example@evil.example/back",
        "https://album.example/back#part",
        "https://album.example\\@evil.example/back",
        "https://album.example/a b",
        "https://album.example/back\r\nX: y",
        "https://album.example/back\n",
        "https://*.album.example/back",
        "https://album.example:0/back",
        "https://album.example:65536/back",
        "https://album.example:port/back",
        "https://älbum.example/back",
        "https://album.example;script-src/back",
        "javascript:alert(1)",
        "data:text/html,x",
        "myapp://back",
        "https://album.example/" + "a" * 2000,
    ],
)
def test_what_could_be_read_in_two_ways_is_no_redirect_uri(uri):
    with pytest.raises(Invalid) as refused:
        redirect_uris([uri])
    assert list(refused.value.fields) == ["redirect_uris"]


def test_redirect_uris_are_kept_once_each_and_ten_at_most():
    assert redirect_uris(["https://a.example", "https://a.example"]) == ("https://a.example",)
    with pytest.raises(Invalid):
        redirect_uris([f"https://a.example/{number}" for number in range(11)])


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\nb", "a\x00b", "exe\u202egpj", "\ud800"])
def test_a_name_is_one_line_that_reads_as_it_is_written(name):
    with pytest.raises(Invalid) as refused:
        app_name(name)
    assert list(refused.value.fields) == ["name"]


def test_a_name_may_be_of_any_script():
    assert app_name("  Fotoalbum für Ürümqi 📷 ") == "Fotoalbum für Ürümqi 📷"


def test_an_answer_is_added_to_what_the_redirect_uri_asks_already():
    assert sent_back("https://a.example/b", {"code": "c", "state": "a&b=c d\r\n"}) == (
        "https://a.example/b?code=c&state=a%26b%3Dc%20d%0D%0A"
    )
    assert sent_back("https://a.example/b?t=1", {"code": "c"}) == "https://a.example/b?t=1&code=c"


def test_the_origin_of_a_redirect_uri_has_its_port():
    assert origin_of("http://localhost:3000/back?x=1") == "http://localhost:3000"


def test_a_suspended_or_blocked_app_may_not_act():
    APP.check_active()
    with pytest.raises(AppSuspended):
        APP.suspended().check_active()
    with pytest.raises(AppBlocked):
        APP.blocked().check_active()


def test_an_owner_resumes_what_an_owner_suspended():
    assert APP.suspended().resumed(operator=False) == APP


def test_only_the_operator_lifts_a_block():
    assert APP.blocked().suspended().status is AppStatus.BLOCKED
    with pytest.raises(AppBlocked):
        APP.blocked().resumed(operator=False)
    assert APP.blocked().resumed(operator=True) == APP
