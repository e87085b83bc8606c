"""Requests that are meant to confuse a server or the caches in front of it (rows H and V), on a real server."""

import io
import socket
from urllib.parse import urlsplit

import pytest
from crowds import counted, renders, stem, until
from PIL import Image
from served import Served

import pictures

PHOTO = pictures.jpeg(400, 300)
BREAK = "%0d%0aX-Injected:%20yes%0d%0a%0d%0a<html>"


@pytest.fixture(scope="module")
def image(served):
    return served.upload(PHOTO).json()


@pytest.mark.parametrize(
    "target",
    [
        "/cdn/{break_}",
        "{stem}.jpg{break_}",
        "{stem}.jpg?w={break_}",
        "{stem}.jpg?{break_}=1",
        "/ik/default/tr:w-{break_}{path}",
        "/ik/default{path}?tr=w-100,{break_}",
        "/ik/default{path}?ik-attachment=true&x={break_}",
        "/ik/{break_}{path}",
        "/{break_}",
        "/v1/media/{break_}",
        "/v1/explain?url={break_}",
    ],
)
def test_a_line_break_in_a_url_never_becomes_a_header(served, image, target):
    wanted = target.format(break_=BREAK, stem=stem(image), path=image["path"])
    head = _raw(served, f"GET {wanted} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").split(b"\r\n\r\n")[
        0
    ]
    assert b"x-injected" not in head.lower()
    assert int(head.split()[1]) in {200, 400, 401, 404}


def test_a_line_break_in_a_field_never_becomes_a_header(served):
    made = served.upload(PHOTO, "a.jpg", caption="a\r\nX-Injected: yes").json()
    for answer in (served.fetch(f"/{made['id']}"), served.fetch(f"{stem(made)}.jpg")):
        assert (answer.status_code, "x-injected" in answer.headers) == (200, False)


def _raw(served, request: str) -> bytes:
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(request.encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


POISON = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "X-Original-URL": "/evil",
    "X-Rewrite-URL": "/evil",
    "Forwarded": "host=evil.example",
}


@pytest.mark.parametrize("header", POISON)
@pytest.mark.parametrize("path", ["/{id}", "/v1/media/{id}", "{stem}.jpg", "/ik/default{path}"])
def test_no_answer_believes_who_a_request_says_that_we_are(served, image, header, path):
    target = path.format(id=image["id"], stem=stem(image), path=image["path"])
    answer = served.client.get(target, headers={header: POISON[header]})
    assert answer.status_code == 200
    assert b"evil" not in answer.content
    assert "evil" not in str(answer.headers)


@pytest.mark.parametrize(
    "query",
    [
        "?w=100&utm_source=x",
        "?utm_source=x&w=100",
        "?w=100&w=200",
        "?w=100#a",
        "?%77=100",
        "?w=100&",
        "?&w=100&W=9",
    ],
)
def test_what_means_the_same_is_one_variant_however_it_is_spelled(served, image, query):
    first = served.fetch(f"{stem(image)}.webp?w=100")
    answer = served.fetch(f"{stem(image)}.webp{query}")
    assert (answer.headers["etag"], answer.content) == (first.headers["etag"], first.content)
    assert Image.open(io.BytesIO(answer.content)).size == (100, 75)


@pytest.mark.parametrize(
    "path", ["{stem}.jpg.", "{stem}%2ejpg%00", "{stem}.jpg;w=1", "{stem}.jpg/x", "{stem}..jpg"]
)
def test_what_only_looks_like_an_address_is_none(served, image, path):
    answer = served.fetch(path.format(stem=stem(image)))
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


@pytest.mark.parametrize(
    "accept", ["image/avif", "*/*", "image/webp;q=0", "image/x-" + "a" * 10_000, "q=;;,,", ""]
)
def test_no_accept_header_splits_what_names_its_format(served, image, accept):
    answer = served.fetch(f"{stem(image)}.jpg?w=64", accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert "accept" not in answer.headers.get("vary", "").lower()


def test_five_kinds_of_accept_make_at_most_three_variants(served):
    path = served.upload(PHOTO).json()["path"]
    accepts = [
        "*/*",
        "image/avif,image/webp",
        "image/webp",
        "image/avif;q=0,image/webp",
        "image/avif;q=0.1, */*",
    ]
    answers = [served.fetch(f"/ik/default/tr:w-90,f-auto{path}", accept=accept) for accept in accepts]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["etag"] for answer in answers}) <= 3
    assert {"Accept" in answer.headers["vary"] for answer in answers} == {True}


def webp(quality: int) -> bytes:
    file = io.BytesIO()
    pictures.photo(400, 300).save(file, "WEBP", quality=quality)
    return file.getvalue()


@pytest.mark.parametrize("accept", ["*/*", "image/webp;q=0, image/avif", "image/jpeg"])
def test_a_format_that_was_not_accepted_is_not_sent_though_the_stored_file_is_smaller(served, accept):
    path = served.upload(webp(5), "small.webp").json()["path"]
    answer = served.fetch(f"/ik/default/tr:f-auto{path}", accept=accept)
    assert (answer.headers["content-type"], answer.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert served.fetch(f"/ik/default/tr:f-auto{path}", accept="image/webp").content[8:12] == b"WEBP"


def test_a_named_format_is_sent_though_the_stored_file_was_sent_to_who_left_it_open(served):
    file = io.BytesIO()
    pictures.photo(400, 300).save(file, "JPEG", quality=10)
    path = served.upload(file.getvalue()).json()["path"]
    left_open = served.fetch(f"/ik/default/tr:f-auto{path}", accept="image/webp")
    named = served.fetch(f"/ik/default/tr:f-webp{path}")
    assert (left_open.headers["content-type"], left_open.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert (named.headers["content-type"], named.content[8:12]) == ("image/webp", b"WEBP")


def test_a_picture_that_could_not_be_made_is_made_at_the_next_request(tmp_path):
    with Served(tmp_path, render_slots=1) as server:
        made = server.upload(PHOTO).json()
        [original] = (tmp_path / "data" / "blobs").glob(f"*/*/{made['id']}/original")
        whole = original.read_bytes()
        original.write_bytes(whole[:200])
        failed = server.fetch(f"{stem(made)}.webp?w=77")
        original.write_bytes(whole)
        assert (failed.status_code, failed.headers["cache-control"]) == (500, "no-store")
        assert server.fetch(f"{stem(made)}.webp?w=77").status_code == 200


@pytest.mark.parametrize("part", ["(", "a:", "l-text,", "tr:", "w-(", "%", "if-", ",", "/", "\u202e"])
def test_a_long_url_of_nonsense_is_refused_at_once(served, image, part):
    """8,192 bytes are the most that a target may have."""
    noise = (part * 8000).encode()[:7000].decode(errors="ignore")
    for path in (f"/ik/default/tr:{noise}{image['path']}", f"{stem(image)}.jpg?w={noise}"):
        answer = served.client.get(path)
        assert answer.status_code in {200, 400, 404, 414}, answer.text


def test_another_variant_than_the_days_budget_allows_is_refused_and_those_that_exist_are_not(tmp_path):
    with Served(tmp_path, variant_budget=5, render_slots=1) as server:
        image = stem(server.upload(PHOTO).json())
        statuses = [server.fetch(f"{image}.webp?w={width}").status_code for width in range(100, 120)]
        assert statuses == [200] * 5 + [429] * 15
        refused = server.fetch(f"{image}.webp?w=119")
        assert (int(refused.headers["retry-after"]) > 0, refused.headers["cache-control"]) == (
            True,
            "no-store",
        )
        assert server.fetch(f"{image}.webp?w=104").status_code == 200
        assert server.fetch(f"{image}.jpg").status_code == 200
        assert renders(server) == 5


def test_no_other_door_leads_round_a_workspaces_policy(tmp_path):
    with Served(tmp_path, workers=2) as server:
        image = stem(server.upload(PHOTO).json())
        own, named = f"{image}.webp?w=100", f"{image}.webp?size=s"
        before = [server.fetch(url).status_code for url in (own, named) for _ in range(3)]
        server.run("workspaces", "set", "default", "restrict_unnamed=on")
        after = [server.fetch(url).status_code for url in (own, named) for _ in range(3)]
        assert (before, after) == ([200] * 6, [400] * 3 + [200] * 3)
        assert server.fetch(own).text.startswith(
            "transformation_unnamed: Only named transformations are made here."
        )


def test_clients_that_leave_in_the_middle_leave_nothing_behind(tmp_path):
    with Served(tmp_path, render_slots=1) as server:
        image = stem(server.upload(pictures.jpeg(1500, 1100)).json())
        address = urlsplit(server.url)
        for number in range(20):
            leaver = socket.create_connection((address.hostname, address.port))
            leaver.sendall(f"GET {image}.gif?w={900 + number} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            leaver.close()
        assert server.fetch(f"{image}.webp?w=50").status_code == 200
        assert until(lambda: counted(server, "calotype_requests_in_flight") <= 1)
        assert renders(server) <= 3  # not the twenty that nobody waited for
