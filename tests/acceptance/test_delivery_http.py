"""HTTP as caches and download tools speak it, against a real server: conditions, parts, methods, and purges."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from served import Served
from test_delivery import deliveries, stem, until

import pictures

pytestmark = pytest.mark.slow

PHOTO = pictures.jpeg(900, 700)
EARLIER = "Thu, 01 Jan 1970 00:00:00 GMT"
LATER = "Fri, 31 Dec 2100 00:00:00 GMT"


@pytest.fixture(scope="module")
def original(served) -> str:
    """The path of an original that is held in memory."""
    path = urlsplit(served.upload(PHOTO).json()["src"]).path
    assert served.fetch(path).content == PHOTO
    return path


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A server whose memory holds no body, so that originals are sent from their files; and such an original."""
    with Served(tmp_path_factory.mktemp("large"), memory_cache_item_bytes=1000) as server:
        yield server, urlsplit(server.upload(PHOTO).json()["src"]).path


@pytest.fixture(params=["memory", "file"])
def either(request, served):
    """A server and the path of an original: one that is in memory, and one that is in a file."""
    if request.param == "memory":
        return served, request.getfixturevalue("original")
    return request.getfixturevalue("large")


def test_every_answer_says_by_what_it_is_recognised_and_who_may_use_it(either):
    server, path = either
    headers = server.fetch(path).headers
    assert headers["accept-ranges"] == "bytes"
    assert headers["timing-allow-origin"] == "*"
    assert headers["content-security-policy"].endswith("sandbox")
    modified, date = (parsedate_to_datetime(headers[name]) for name in ("last-modified", "date"))
    assert modified <= date + timedelta(seconds=1)  # uvicorn writes its date once a second


@pytest.mark.parametrize(
    ("range_", "start", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=-50", -50, None),
        ("bytes=1000-", 1000, None),
        ("bytes=10-99999999", 10, None),
    ],
)
def test_a_part_of_an_original_is_exactly_that(either, range_, start, end):
    server, path = either
    answer = server.fetch(path, Range=range_)
    assert (answer.status_code, answer.content) == (206, PHOTO[start:end])
    first = start % len(PHOTO)
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(PHOTO)}"


def test_two_halves_make_a_whole_when_the_tag_is_still_the_same(either):
    server, path = either
    head = server.fetch(path, Range="bytes=0-499")
    tail = server.fetch(path, **{"Range": "bytes=500-", "If-Range": head.headers["etag"]})
    assert head.content + tail.content == PHOTO
    whole = server.fetch(path, **{"Range": "bytes=500-", "If-Range": '"another"'})
    assert (whole.status_code, whole.content) == (200, PHOTO)


@pytest.mark.parametrize(
    "range_", ["bytes=0-1,3-4", "bytes=" + ",".join(["0-"] * 1000), "bytes=9-2", "lines=1-2"]
)
def test_many_ranges_and_malformed_ones_are_never_more_than_the_whole(either, range_):
    server, path = either
    answer = server.fetch(path, Range=range_)
    assert (answer.status_code, answer.content) == (200, PHOTO)


def test_a_range_beyond_the_end_is_told_the_size(either):
    server, path = either
    answer = server.fetch(path, Range=f"bytes={len(PHOTO)}-")
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(PHOTO)}")
    assert (answer.headers["cache-control"], answer.text.split(":")[0]) == (
        "no-store",
        "range_not_satisfiable",
    )
    assert server.fetch(path).content == PHOTO


def test_head_says_what_get_says_and_knows_no_ranges(either):
    server, path = either
    own = {"date", "x-request-id"}
    head, get = (server.client.request(method, path) for method in ("HEAD", "GET"))
    assert {k: v for k, v in head.headers.items() if k not in own} == {
        k: v for k, v in get.headers.items() if k not in own
    }
    ranged = server.client.head(path, headers={"Range": "bytes=0-1"})
    assert (head.content, ranged.status_code, ranged.headers["content-length"]) == (b"", 200, str(len(PHOTO)))


def test_variants_come_whole(served, original):
    url = f"{original.rpartition('.')[0]}.webp?size=s"
    for _ in range(2):
        answer = served.fetch(url, Range="bytes=0-1")
        assert (answer.status_code, "accept-ranges" in answer.headers, len(answer.content) > 2) == (
            200,
            False,
            True,
        )


@pytest.mark.parametrize("path_of", [lambda path: path, lambda path: f"{path.rpartition('.')[0]}.png?size=s"])
def test_conditions_of_caches_and_of_editors(served, original, path_of):
    path = path_of(original)
    first = served.fetch(path)
    same, etag = first.headers["last-modified"], first.headers["etag"]
    asked = [
        {"If-Modified-Since": same}, {"If-Modified-Since": LATER}, {"If-Modified-Since": EARLIER},
        {"If-Modified-Since": same, "If-None-Match": '"x"'}, {"If-Match": etag}, {"If-Match": '"x"'},
        {"If-Unmodified-Since": EARLIER}, {"If-None-Match": f'"x", W/{etag}'},
    ]  # fmt: skip
    statuses = [served.fetch(path, **headers).status_code for headers in asked]
    assert statuses == [304, 304, 200, 200, 200, 412, 412, 304]


# Policies and purges


def variants_of(made: dict, folder: Path) -> list[Path]:
    cache = folder / "data" / "cache"
    return [path for path in cache.rglob("*") if made["id"] in str(path) and path.is_file()]


@pytest.mark.parametrize("kind", ["asset", "url", "wildcard"])
def test_a_purge_empties_memory_and_disk_of_all_processes_and_the_next_request_renders_anew(tmp_path, kind):
    with Served(tmp_path, workers=2) as served:
        made, other = served.upload(PHOTO).json(), served.upload(pictures.jpeg(300, 200)).json()
        urls = [f"{stem(made)}.webp?size=s", f"{stem(made)}.png?size=s", f"{stem(other)}.webp?size=s"]
        bodies = [served.fetch(url, connection="close").content for url in urls * 4]
        path = served.client.get(f"/v1/media/{made['id']}", headers=served.authorization).json()["path"]
        what = {"asset": made["id"], "url": path, "wildcard": f"{path[:-5]}*"}[kind]
        assert until(
            lambda: deliveries(served, "render") == 3
        )  # another process's count is seen within a second
        receipt = served.json("purge", what)
        assert (receipt["purged"], receipt["images"], receipt["status"]) == (what, 1, "completed")
        assert receipt["disk"]["variants"] == 2
        assert receipt["disk"]["bytes"] >= sum(map(len, bodies[:2]))
        assert receipt["remote"] == {"variants": 0, "bytes": 0}
        assert (variants_of(made, tmp_path), len(variants_of(other, tmp_path))) == ([], 1)
        assert [served.fetch(url, connection="close").content for url in urls * 4] == bodies
        assert until(lambda: deliveries(served, "render") >= 5)
        assert served.fetch(made["src"]).content == PHOTO


def test_a_workspace_that_shortens_its_max_age_is_heard_by_hits_at_once(served, original):
    before = served.fetch(original).headers["cache-control"]
    assert served.run("workspaces", "set", "default", "max_age_s=60").returncode == 0
    after = served.fetch(original).headers["cache-control"]
    assert (before, after) == ("public, max-age=31536000", "public, max-age=60")
