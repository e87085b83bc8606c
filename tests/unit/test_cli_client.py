"""The command line's client, over a network that a test plays."""

import httpx
import pytest

from calotype.cli.client import TRIES, Remote
from calotype.cli.receiving import STANDARD_OUTPUT, Source, receive, source_of
from calotype.cli.sending import Sending, fingerprint, found
from calotype.errors import Failed, Invalid, NotFound, Refused

IMAGE = {
    "id": "a" * 24,
    "name": "sea.jpg",
    "src": "https://cdn.example/s/" + "a" * 24 + ".jpg",
    "url": "https://p.example/a",
}


class Played:
    """A server that answers *answers* one after the other, and remembers what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.waits = []
        self.remote = Remote(
            "https://img.example/",
            "img_live_key",
            transport=httpx.MockTransport(self._answer),
            sleep=self.waits.append,
        )

    def _answer(self, request):
        self.asked.append(
            (request.method, str(request.url), request.headers.get("authorization"), request.read())
        )
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def photo(folder, name="sea.jpg", content=b"bytes"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_an_upload_sends_the_file_with_its_fields_and_key(tmp_path):
    played = Played(httpx.Response(201, json=IMAGE))
    told = []
    image, there = played.remote.upload(photo(tmp_path), {"tags": "sea", "external_id": "x"}, told.append)
    method, url, credential, body = played.asked[0]
    assert (method, url, credential) == ("POST", "https://img.example/v1/upload", "Bearer img_live_key")
    assert b'name="tags"\r\n\r\nsea\r\n' in body
    assert b'name="file"; filename="sea.jpg"' in body
    assert (image["id"], there, sum(told)) == ("a" * 24, False, 5)


@pytest.mark.parametrize(("status", "asked"), [(429, "7"), (503, "7")])
def test_what_is_refused_for_now_is_sent_again_when_the_server_says(tmp_path, status, asked):
    later = httpx.Response(status, headers={"Retry-After": asked}, json={"error": "busy", "message": "Busy."})
    played = Played(later, httpx.Response(201, json=IMAGE))
    told = []
    played.remote.upload(photo(tmp_path), {}, told.append)
    assert played.waits == [7]
    assert b"\r\n\r\nbytes\r\n" in played.asked[1][3]
    assert sum(told) == 5


def test_a_broken_connection_is_tried_again_with_longer_and_longer_waits(tmp_path):
    played = Played(*[httpx.ConnectError("refused")] * TRIES)
    with pytest.raises(Failed, match=r"https://img.example cannot be reached: refused"):
        played.remote.upload(photo(tmp_path), {}, lambda _: None)
    assert played.waits == [1, 2, 4, 8, 16]


def test_a_server_that_wants_us_back_in_an_hour_is_not_waited_for():
    told = {"error": "rate_limited", "message": "Too many requests."}
    played = Played(httpx.Response(429, headers={"Retry-After": "3600"}, json=told))
    with pytest.raises(Refused, match="Too many requests"):
        played.remote.media("a" * 24)
    assert played.waits == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            httpx.Response(422, json={"error": "x", "message": "No.", "errors": {"ttl": ["bad"]}}),
            r"No\. ttl: bad",
        ),
        (
            httpx.Response(422, json={"error": {"code": "x", "message": "No.", "details": {"a": ["b"]}}}),
            r"No\. a: b",
        ),
        (httpx.Response(400, text="<html>"), "The server answered 400 Bad Request"),
        (httpx.Response(403, json=["?"]), "The server answered 403 Forbidden"),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(answer, words):
    with pytest.raises(Refused, match=words):
        Played(answer).remote.media("a" * 24)


def test_what_is_no_such_server_is_told():
    with pytest.raises(Failed, match="answers no JSON"):
        Played(httpx.Response(200, text="<html>")).remote.media("a" * 24)


def test_a_list_goes_on_until_there_are_enough():
    first = {"data": [IMAGE] * 100, "next_cursor": "c", "has_more": True}
    second = {"data": [IMAGE] * 20, "next_cursor": "d", "has_more": True}
    played = Played(httpx.Response(200, json=first), httpx.Response(200, json=second))
    assert len(list(played.remote.listed({"tags": "sea"}, 120))) == 120
    assert [url.partition("?")[2] for _, url, _, _ in played.asked] == [
        "tags=sea&limit=100", "tags=sea&limit=20&cursor=c",
    ]  # fmt: skip


def test_the_whole_list_ends_where_the_server_says():
    pages = [{"data": [IMAGE], "next_cursor": "c", "has_more": True}, {"data": [IMAGE], "has_more": False}]
    played = Played(*(httpx.Response(200, json=page) for page in pages))
    assert len(list(played.remote.listed({}, None))) == 2


def test_files_are_found_in_folders_by_their_names_and_links_and_hidden_ones_are_left(tmp_path):
    for name in ("b.JPG", "a/c.webp", "a/notes.txt", ".hidden/d.jpg", "a/.e.png"):
        photo(tmp_path, name)
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    named = photo(tmp_path, "z/odd.name")
    assert found([tmp_path, named]) == [tmp_path / "b.JPG", tmp_path / "a" / "c.webp", named]


@pytest.mark.parametrize("name", ["nothing", "empty"])
def test_what_leads_nowhere_is_told_before_anything_is_sent(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(Invalid, match=name):
        found([tmp_path / name])


def test_a_file_that_fails_keeps_no_other_from_its_turn(tmp_path, capsys):
    files = [photo(tmp_path, "1.jpg", b"1"), tmp_path / "gone.jpg", photo(tmp_path, "3.jpg", b"3")]
    played = Played(
        httpx.Response(401, json={"error": "unauthorized", "message": "No."}),
        httpx.Response(201, json=IMAGE),
        httpx.Response(200, json=IMAGE),
    )
    outcomes = Sending(played.remote, {"tags": "x"}, quiet=True).send(files, 1)
    assert [(outcome.failed, outcome.there) for outcome in outcomes] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert outcomes[1].fields == {
        "file": str(files[1]),
        "status": "failed",
        "error": "No such file or directory",
    }
    assert f"sha256:{fingerprint(files[0])[7:]}".encode() in played.asked[1][3]


def test_what_is_among_the_newest_images_is_not_sent_again(tmp_path):
    files = [photo(tmp_path, "1.jpg", b"1"), photo(tmp_path, "2.jpg", b"2")]
    newest = {"data": [{**IMAGE, "external_id": fingerprint(files[0])}], "has_more": False}
    played = Played(httpx.Response(200, json=newest), httpx.Response(201, json=IMAGE))
    outcomes = Sending(played.remote, {"namespace": "sea", "ttl": "1h"}, quiet=True).send(files, 1)
    assert [(outcome.failed, outcome.there) for outcome in outcomes] == [(False, True), (False, False)]
    assert [url for _, url, _, _ in played.asked] == [
        "https://img.example/v1/media?namespace=sea&limit=2", "https://img.example/v1/upload",
    ]  # fmt: skip


def test_a_file_is_named_by_its_bytes(tmp_path):
    same = {fingerprint(photo(tmp_path, name)) for name in ("a.jpg", "b.jpg")}
    assert same == {"sha256:277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9"}


@pytest.mark.parametrize(
    ("which", "size", "format_", "url", "name"),
    [
        ("a" * 24, "", "", IMAGE["src"], "sea.jpg"),
        ("a" * 24, "m", "webp", IMAGE["src"].replace(".jpg", ".webp?size=m"), "sea.webp"),
        ("https://p.example/" + "a" * 24, "s", "", IMAGE["src"] + "?size=s", "sea.jpg"),
        ("https://c.example/s/b.png?w=9", "", "", "https://c.example/s/b.png?w=9", "b.png"),
        ("https://c.example/s/b.png?w=9", "l", "avif", "https://c.example/s/b.avif?size=l", "b.avif"),
    ],
)
def test_an_image_is_found_by_id_page_or_url(which, size, format_, url, name):
    played = Played(httpx.Response(200, json=IMAGE))
    assert source_of(played.remote, which, size, format_) == Source(url, name)


def test_a_name_from_the_server_leads_nowhere_else():
    played = Played(httpx.Response(200, json={**IMAGE, "name": "../../etc/pass\x1bwd.jpg"}))
    assert source_of(played.remote, "a" * 24, "", "").name == "passwd.jpg"


def test_a_download_is_whole_or_not_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def breaking():
        yield b"half"
        raise httpx.ReadError("gone")

    played = Played(httpx.Response(200, content=breaking()), httpx.Response(200, content=b"whole"))
    source = Source("https://cdn.example/a.jpg", "a.jpg")
    with pytest.raises(Failed, match="gone"):
        receive(played.remote, source, None)
    assert list(tmp_path.iterdir()) == []
    assert receive(played.remote, source, None).read_bytes() == b"whole"
    assert [path.name for path in tmp_path.iterdir()] == ["a.jpg"]


def test_the_key_goes_to_the_servers_own_origin_alone(tmp_path):
    played = Played(httpx.Response(200), httpx.Response(200))
    for host in ("cdn.example", "img.example"):
        receive(played.remote, Source(f"https://{host}/a.jpg", "a"), tmp_path / host)
    assert [credential for _, _, credential, _ in played.asked] == [None, "Bearer img_live_key"]


def test_no_file_is_replaced_but_one_that_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    there = photo(tmp_path, "a.jpg", b"old")
    played = Played(httpx.Response(200, content=b"new"))
    source = Source("https://cdn.example/a.jpg", "a.jpg")
    with pytest.raises(Invalid, match="is there already"):
        receive(played.remote, source, None)
    receive(played.remote, source, there)
    assert there.read_bytes() == b"new"


def test_an_image_can_go_to_standard_output(capfdbinary):
    played = Played(httpx.Response(200, content=b"bytes"))
    assert receive(played.remote, Source("https://cdn.example/a.jpg", "a.jpg"), STANDARD_OUTPUT) is None
    assert capfdbinary.readouterr().out == b"bytes"


def test_what_is_deleted_and_gone_are_told_apart():
    played = Played(
        httpx.Response(204), httpx.Response(404, json={"error": "not_found", "message": "Not found."})
    )
    played.remote.delete("a" * 24)
    with pytest.raises(NotFound):
        played.remote.delete("b" * 24)
    assert played.asked[0][:2] == ("DELETE", "https://img.example/v1/media/" + "a" * 24)
