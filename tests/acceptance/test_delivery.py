"""Images over HTTP from a real server: every size and format, for every client, until they are deleted."""

import io
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image
from served import Served

import pictures

PHOTO = pictures.jpeg(1600, 1200)
SOURCES = {
    "jpg": (PHOTO, (1600, 1200)),
    "png": (pictures.png(500, 800, alpha=True), (500, 800)),
    "gif": (pictures.gif(3, 400, 300), (400, 300)),
    "webp": (pictures.webp(700, 700), (700, 700)),
    "tiff": (pictures.tiff(640, 480), (640, 480)),
    "svg": (pictures.svg(), None),
}
FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "avif": "AVIF", "gif": "GIF"}
SHORT_EDGES = {"s": 320, "m": 640, "l": 1080}
GPS = 0x8825


def opened(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text
    picture = Image.open(io.BytesIO(answer.content))
    picture.load()
    return picture


def fitted(width: int, height: int, short_edge: int) -> tuple[int, int]:
    """The contract's sizes: the short edge as asked, the long one rounded down, never larger than the source."""
    short = min(width, height)
    return (
        (width, height)
        if short <= short_edge
        else (width * short_edge // short, height * short_edge // short)
    )


def stem(made: dict) -> str:
    return made["src"].rpartition(".")[0]


def counted(served, name: str, labels: str) -> int:
    start = f"calotype_{name}_total{{{labels}}} "
    lines = served.client.get("/metrics").text.splitlines()
    return sum(int(float(line.removeprefix(start))) for line in lines if line.startswith(start))


def deliveries(served, tier: str) -> int:
    return counted(served, "deliveries", f'tier="{tier}"')


@pytest.fixture(scope="module")
def made(served):
    """One upload of each kind, and its size in pixels; an SVG's is what the server says."""
    made = {}
    for name, (body, size) in SOURCES.items():
        answer = served.upload(body, f"a.{name}").json()
        made[name] = (answer, size or (answer["width"], answer["height"]))
    return made


# What comes back


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("extension", FORMATS)
def test_every_source_comes_in_every_format_at_every_size(served, made, source, extension):
    answer, (width, height) = made[source]
    for size, edge in SHORT_EDGES.items():
        picture = opened(served.fetch(f"{stem(answer)}.{extension}?size={size}"))
        assert (picture.format, picture.size) == (FORMATS[extension], fitted(width, height, edge))


@pytest.mark.parametrize(("extension", "frames"), [("gif", 3), ("webp", 3), ("jpg", 1), ("avif", 1)])
def test_an_animation_moves_where_the_format_can(served, made, extension, frames):
    picture = opened(served.fetch(f"{stem(made['gif'][0])}.{extension}?size=s"))
    assert getattr(picture, "n_frames", 1) == frames


def test_without_a_size_the_own_extension_gives_the_uploaded_bytes(served, made):
    for name in ("jpg", "png", "gif", "webp"):
        assert served.fetch(made[name][0]["src"]).content == SOURCES[name][0]


def test_the_api_gives_the_address_of_a_picture_that_browsers_show(served, made):
    answer = served.fetch(made["tiff"][0]["src"])
    assert (answer.headers["content-type"], opened(answer).size) == ("image/jpeg", (640, 480))


def test_two_spellings_of_a_format_are_one_image(served, made):
    answers = [served.fetch(f"{stem(made['jpg'][0])}.{name}?size=s") for name in ("jpg", "jpeg")]
    assert answers[0].content == answers[1].content
    assert answers[0].headers["etag"] == answers[1].headers["etag"]


def test_an_unknown_size_is_ignored(served, made):
    assert served.fetch(f"{made['jpg'][0]['src']}?size=huge").content == PHOTO


# Metadata


def test_an_original_comes_back_without_its_place_and_else_as_it_was(served):
    body = pictures.jpeg(900, 700, gps=pictures.PLACE)
    sent = served.fetch(served.upload(body).json()["src"])
    before, after = Image.open(io.BytesIO(body)), opened(sent)
    assert (len(sent.content), after.tobytes()) == (len(body), before.tobytes())
    assert (bool(before.getexif().get_ifd(GPS)), bool(after.getexif().get_ifd(GPS))) == (True, False)
    assert after.getexif()[0x0110] == pictures.CAMERA


@pytest.mark.parametrize("extension", FORMATS)
def test_a_variant_says_nothing_of_camera_and_place(served, extension):
    src = stem(served.upload(pictures.jpeg(400, 350, gps=pictures.PLACE, orientation=6)).json())
    answer = served.fetch(f"{src}.{extension}?size=s")
    picture = opened(answer)
    assert (dict(picture.getexif()), picture.size) == ({}, (320, 365))
    assert pictures.CAMERA.encode() not in answer.content


def test_metadata_is_taken_off_or_kept_when_the_url_says_so(served):
    src = served.upload(pictures.jpeg(400, 350, gps=pictures.PLACE)).json()["src"]
    bare, kept = (
        opened(served.fetch(f"{src}?{query}")) for query in ("metadata=none", "w=100&metadata=keep")
    )
    assert (dict(bare.getexif()), bare.size) == ({}, (400, 350))
    assert (kept.getexif()[0x0110], kept.getexif().get_ifd(GPS)) == (pictures.CAMERA, {})


def test_a_foreground_without_a_model_is_not_configured(served, made):
    answer = served.fetch(f"{stem(made['jpg'][0])}.png?segment=foreground")
    assert (answer.status_code, answer.headers["x-should-retry"]) == (501, "false")
    assert answer.text.startswith("not_configured: ")


# HTTP


def test_an_image_tells_browsers_and_caches_everything(served, made):
    answer = served.fetch(f"{stem(made['jpg'][0])}.webp?size=s")
    told = {
        name: answer.headers[name]
        for name in ("content-type", "cache-control", "access-control-allow-origin",
                     "cross-origin-resource-policy", "x-content-type-options")
    }  # fmt: skip
    assert told == {
        "content-type": "image/webp",
        "cache-control": "public, max-age=31536000",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
    }
    assert re.fullmatch(r'"[0-9a-f]{40}"', answer.headers["etag"])
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_what_a_client_holds_is_not_sent_again(served, made, form):
    url = f"{stem(made['jpg'][0])}.png?size=s"
    etag = served.fetch(url).headers["etag"]
    answer = served.fetch(url, **{"If-None-Match": form.format(etag)})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)


def test_head_answers_as_get_without_the_body(served, made):
    path = urlsplit(made["jpg"][0]["src"]).path
    for url in (path, f"{path}?size=s", f"{path}?size=s"):
        head, get = served.client.head(url), served.client.get(url)
        assert (head.status_code, head.content) == (200, b"")
        assert [head.headers[name] for name in ("etag", "content-length", "content-type")] == [
            get.headers[name] for name in ("etag", "content-length", "content-type")
        ]


def test_options_and_other_methods_are_told_what_is_possible(served, made):
    path = urlsplit(made["jpg"][0]["src"]).path
    answers = [served.client.request(method, path) for method in ("OPTIONS", "POST", "DELETE")]
    assert [answer.status_code for answer in answers] == [204, 405, 405]
    assert {answer.headers["allow"] for answer in answers} == {"GET, HEAD, OPTIONS"}
    assert answers[1].text.startswith("method_not_allowed: This path has no such method. (request ")
    ik = served.client.post("/ik/default/photo.jpg")
    assert (ik.status_code, ik.json()["message"]) == (405, "This path has no such method.")


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.replace("/cdn/", "/cdn/zz"),
        lambda path: re.sub(r"[0-9a-f]{24}", "0" * 24, path),
        lambda path: path.replace(".jpeg", ".exe"),
        lambda path: path.replace(".jpeg", ".heic"),
        lambda path: path.replace(".jpeg", ""),
        lambda path: path.replace(".jpeg", ".jpeg/x.jpg"),
        lambda _: "/cdn/",
        lambda _: "/cdn/a/%00.jpg",
    ],
)
def test_what_is_no_image_is_a_404_in_plain_text_that_nobody_keeps(served, made, change):
    answer = served.client.get(change(urlsplit(made["jpg"][0]["src"]).path))
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == f"not_found: Not found. (request {answer.headers['x-request-id']})\n"


def test_a_drawing_is_downloaded_from_the_servers_own_host_and_may_run_nothing(served, made):
    answer = served.fetch(f"{stem(made['svg'][0])}.svg")
    assert (answer.headers["content-type"], answer.headers["content-disposition"]) == (
        "image/svg+xml",
        "attachment",
    )
    assert answer.headers["content-security-policy"].endswith("sandbox")


def test_a_drawing_is_shown_on_a_delivery_host(tmp_path):
    with Served(tmp_path, cdn_url="https://cdn.example/i") as served:
        made = served.upload(pictures.svg(), "a.svg").json()
        assert made["src"].startswith("https://cdn.example/i/")
        path = urlsplit(made["src"]).path.rpartition(".")[0] + ".svg"
        answer = served.client.get(path, headers={"Host": "cdn.example"})
        assert (answer.status_code, "content-disposition" in answer.headers) == (200, False)
        assert answer.headers["content-security-policy"].endswith("sandbox")
        assert served.client.get(path).status_code == 404
        own = served.client.get(path.replace("/i/", "/cdn/"))
        assert (own.status_code, own.headers["content-disposition"]) == (200, "attachment")


# Over time


def test_an_unlisted_image_has_no_page_and_an_address(served):
    made = served.upload(pictures.jpeg(), public="false").json()
    assert "url" not in made
    assert served.client.get(f"/{made['id']}").status_code == 404
    assert served.fetch(made["src"]).status_code == 200


def test_a_deleted_image_is_gone_everywhere_at_once_and_its_files_within_seconds(tmp_path):
    with Served(tmp_path, workers=2) as served:
        made = served.upload(pictures.jpeg(700, 500, gps=pictures.PLACE)).json()
        urls = [made["src"], *(f"{stem(made)}.webp?size={size}" for size in "sml")]
        for url in urls * 4:
            assert served.fetch(url, connection="close").status_code == 200
        assert left_of(made, tmp_path)
        deleted = served.client.delete(f"/v1/media/{made['id']}", headers=served.authorization)
        assert deleted.status_code == 204
        everywhere = [f"/{made['id']}", f"/v1/media/{made['id']}", *urls * 4]
        assert {served.fetch(url, connection="close").status_code for url in everywhere} == {404}
        assert until(lambda: not left_of(made, tmp_path))


def left_of(made, folder):
    """Files below the data directory that belong to an image."""
    return [path for path in (folder / "data").rglob("*") if made["id"] in str(path) and path.is_file()]


def until(holds, seconds=15):
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return held


def test_an_image_has_the_same_etag_and_needs_no_render_after_a_restart(tmp_path):
    served = Served(tmp_path)
    with served:
        url = urlsplit(stem(served.upload(PHOTO).json()) + ".webp").path + "?size=s"
        before = served.client.get(url)
    with served:
        assert served.client.get(url, headers={"If-None-Match": before.headers["etag"]}).status_code == 304
        after = served.client.get(url)
        assert (after.headers["etag"], after.content) == (before.headers["etag"], before.content)
        assert (deliveries(served, "render"), deliveries(served, "disk")) == (0, 1)


# Many at once, and those who leave


def test_five_hundred_clients_on_one_cold_address_cause_one_render(tmp_path):
    with Served(tmp_path, workers=2, render_slots=2) as served:
        url = f"{stem(served.upload(PHOTO).json())}.webp?size=l"
        with httpx.Client(timeout=60) as client, ThreadPoolExecutor(100) as crowd:
            answers = list(crowd.map(client.get, [url] * 500))
        assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
        # What another process has counted is seen within a second.
        answered = 'method="GET",route="/cdn/{storage}/{file}",status="2xx"'
        assert until(lambda: counted(served, "requests", answered) == 500)
        assert deliveries(served, "render") == 1


def test_clients_that_leave_give_their_render_slots_up(tmp_path):
    with Served(tmp_path, render_slots=1, render_queue=4) as served:
        urls = [
            urlsplit(stem(served.upload(pictures.jpeg(1500, 1100, text=str(number))).json())).path
            for number in range(6)
        ]
        address = urlsplit(served.url)
        for url in urls[:5]:  # the first renders for a second; four wait, which is all that may
            leaver = socket.create_connection((address.hostname, address.port))
            leaver.sendall(f"GET {url}.gif HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            time.sleep(0.02)
            leaver.close()
        assert served.client.get(f"{urls[5]}.jpg?size=s").status_code == 200
        assert until(lambda: deliveries(served, "render") >= 1)
        assert deliveries(served, "render") <= 2


# What operators see


def test_the_log_has_every_request_with_its_id_and_no_key(served, made):
    answer = served.client.get("/v1/media", headers=served.authorization)
    served.client.get(f"/cdn/x/y.jpg?key={served.key}", headers=served.authorization)
    log = served.log()
    assert answer.headers["x-request-id"] in log
    assert served.key not in log
    assert served.key[9:] not in log


def test_metrics_tell_tiers_renders_and_requests(served, made):
    text = served.client.get("/metrics").text
    for name in (
        "calotype_requests_total",
        "calotype_render_seconds_count",
        "calotype_render_queue_seconds_count",
    ):
        assert re.search(rf"^{name}.* [1-9]", text, re.MULTILINE)
    assert deliveries(served, "render") > 0
