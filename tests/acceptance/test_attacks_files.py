"""Files that are two things at once, or lie about their name and type (rows P), sent to a real server."""

import itertools

import pytest
from crowds import stem

import pictures

POLYGLOTS = {
    "jpeg and html": (pictures.jpeg_html_polyglot(), "jpeg"),
    "gif and javascript": (pictures.gif_script_polyglot(), "gif"),
    "png and php": (pictures.png_php_polyglot(), "png"),
    "jpeg and zip": (pictures.jpeg(64, 48) + b"PK\3\4" + pictures.PAYLOAD, "jpeg"),
    "php in exif": (
        pictures.with_segments(pictures.jpeg(64, 48), pictures.segment(0xE1, b"Exif\0\0" + pictures.PAYLOAD)),
        "jpeg",
    ),
    "webp and html": (pictures.webp(64, 48) + b"<html>" + pictures.PAYLOAD, "webp"),
}


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "avif", "gif"])
@pytest.mark.parametrize("what", POLYGLOTS)
def test_what_else_a_file_is_vanishes_from_everything_that_is_made_of_it(served, what, extension):
    made = served.upload(POLYGLOTS[what][0], "a.php").json()
    answer = served.fetch(f"{stem(made)}.{extension}?w=20")
    assert answer.status_code == 200, answer.text
    assert pictures.PAYLOAD not in answer.content


@pytest.mark.parametrize("what", POLYGLOTS)
def test_an_original_that_is_more_than_a_picture_is_only_ever_shown_as_one(served, what):
    body, kind = POLYGLOTS[what]
    made = served.upload(body, "page.html").json()
    answer = served.fetch(f"{stem(made)}.{kind}")
    assert answer.headers["content-type"] == f"image/{kind}"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].endswith("sandbox")


FORMATS = {
    "jpg": (pictures.jpeg(40, 30), "image/jpeg"),
    "png": (pictures.png(40, 30), "image/png"),
    "gif": (pictures.gif(1, 40, 30), "image/gif"),
    "webp": (pictures.webp(40, 30), "image/webp"),
    "avif": (pictures.avif(40, 30), "image/avif"),
    "tiff": (pictures.tiff(40, 30), "image/tiff"),
    "bmp": (pictures.bmp(40, 30), "image/bmp"),
    "ico": (pictures.ico(32), "image/x-icon"),
    "svg": (pictures.svg(), "image/svg+xml"),
} | ({"heic": (pictures.heic(64, 64), "image/heic")} if pictures.heic(64, 64) else {})


@pytest.mark.parametrize(("true", "claimed"), list(itertools.permutations(FORMATS, 2)))
def test_the_bytes_decide_what_a_file_is_and_its_path_says_so(served, true, claimed):
    body, _ = FORMATS[true]
    sent = {"file": (f"a.{claimed}", body, FORMATS[claimed][1])}
    answer = served.client.post("/v1/upload", headers=served.authorization, files=sent)
    assert answer.status_code == 201, answer.text
    assert answer.json()["path"].endswith(f".{true}")


NAMES = {
    "double extension": "a.php.jpg",
    "climbing": "..%2f..%2fetc%2fpasswd",
    "climbing in the open": "../../etc/passwd",
    "nul": "a\0.jpg",
    "right to left": "a\u202egpj.exe",
    "three hundred": "x" * 300 + ".jpg",
    "reserved": "CON",
    "trailing dot": "a.jpg.",
    "emoji": "\U0001f4f7.jpg",
    "quotes": 'a";b=".jpg',
    "only dots": "..",
}


@pytest.mark.parametrize("what", NAMES)
def test_no_name_leads_anywhere_or_breaks_a_header(served, what):
    made = served.upload(pictures.jpeg(40, 30), NAMES[what])
    assert made.status_code == 201, made.text
    name, path = made.json()["name"], made.json()["path"]
    assert not set(name) & set("/\\\0\r\n\u202e")
    assert (len(name.encode()) <= 255, name not in {"", ".", ".."}) == (True, True)
    assert made.json()["id"] in path
    assert ".." not in path.split("/")
    saved = served.client.get(f"/ik/default{path}", params={"ik-attachment": "true"})
    assert (saved.status_code, saved.headers["content-disposition"].split(";")[0]) == (200, "attachment")


def test_no_stored_file_bears_a_senders_name(served):
    served.upload(pictures.jpeg(40, 30), "sendersname.jpg")
    stored = {path.name for path in (served.folder / "data" / "blobs").rglob("*") if path.is_file()}
    assert stored <= {"original", "mezzanine", "mezzanine-small", "delivered"}
