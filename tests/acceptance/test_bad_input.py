"""What a user sends ends in one clear 4xx and leaves nothing behind: not a row, not a blob, not a spooled byte."""

import gzip
import re

import pytest

import pictures

TRUNCATED = {
    f"{kind}, cut {number}": body
    for kind, whole in (("jpeg", pictures.jpeg()), ("png", pictures.png()), ("webp", pictures.webp()))
    for number, body in enumerate(pictures.truncated(whole))
}
REFUSED = {
    "an empty file": (b"", 422, "image_empty"),
    "text": (pictures.TEXT, 415, "unsupported_media_type"),
    "a PDF": (pictures.PDF, 415, "unsupported_media_type"),
    "a declared 20,000 x 20,000": (pictures.png_declaring(20_000, 20_000), 422, "image_too_many_pixels"),
    "a JPEG declaring 64,250 x 64,250": (
        pictures.jpeg_declaring(64_250, 64_250),
        422,
        "image_too_many_pixels",
    ),
    "an AVIF declaring 17,000 x 17,000": (
        pictures.avif_declaring(17_000, 17_000),
        422,
        "image_too_many_pixels",
    ),
    "1,024 frames": (pictures.gif_frames(1024), 422, "image_too_many_frames"),
    "HEIC whose pixels fail": (pictures.heic_with_broken_pixels(), 422, "image_corrupt"),
    "entities": (pictures.svg_with_entities(), 422, "svg_unsafe"),
    "an external entity": (pictures.svg_with_external_entity(), 422, "svg_unsafe"),
    "a loop of <use>": (pictures.svg_use_loop(), 422, "svg_unsafe"),
    "<use> of itself": (pictures.svg_use_self(), 422, "svg_unsafe"),
    "<use> doubling": (pictures.svg_use_doubling(), 422, "svg_unsafe"),
    "an svgz bomb": (pictures.svgz_bomb(), 413, "file_too_large"),
    "gzip that is no SVG": (gzip.compress(b"hello"), 422, "image_corrupt"),
}


def assert_nothing_left(served):
    report = served.json("fsck")
    assert [report[finding]["count"] for finding in ("orphans", "young", "missing")] == [0, 0, 0]
    assert [path for path in (served.folder / "data" / "scratch").rglob("*") if path.is_file()] == []
    assert served.client.get("/v1/media", headers=served.authorization).json()["data"] == []


@pytest.mark.parametrize("what", REFUSED)
def test_a_bad_file_is_refused_with_its_code(served, what):
    body, status, code = REFUSED[what]
    answer = served.upload(body)
    assert (answer.status_code, answer.json()["error"]) == (status, code), answer.text
    assert answer.json()["errors"]["file"]


@pytest.mark.parametrize("what", TRUNCATED)
def test_a_truncated_file_is_refused(served, what):
    answer = served.upload(TRUNCATED[what])
    if what.endswith("cut 0"):  # one byte is no image of any kind
        assert (answer.status_code, answer.json()["error"]) == (415, "unsupported_media_type")
    else:
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"] in {"image_truncated", "image_corrupt"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"ttl": "5"}, "ttl"),
        ({"namespace": "No!"}, "namespace"),
        ({"tags": "x" * 51}, "tags"),
        ({"date": "soon"}, "date"),
    ],
)
def test_a_bad_field_is_named(served, fields, named):
    answer = served.upload(pictures.jpeg(), **fields)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [named])


def test_a_missing_file_is_named(served):
    answer = served.client.post("/v1/upload", headers=served.authorization, files={"tags": (None, "a")})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["file"])


@pytest.mark.parametrize(
    "header", ["Bearer img_live_" + "x" * 40, "Bearer", "Bearer x", "Basic eDp5", "nonsense"]
)
def test_a_bad_credential_is_never_silently_anonymous(served, header):
    files = {"file": ("a.jpg", pictures.jpeg())}
    answer = served.client.post("/v1/upload", headers={"Authorization": header}, files=files)
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")


@pytest.mark.parametrize(
    "path", ["/v1/media/" + "0" * 24, "/v1/media/nonsense", "/cdn/abc/" + "0" * 24 + ".jpg", "/" + "0" * 24]
)
def test_an_unknown_id_is_not_found(served, path):
    assert served.client.get(path, headers=served.authorization).status_code == 404


def test_a_bad_cursor_is_named(served):
    answer = served.client.get("/v1/media", params={"cursor": "e30"}, headers=served.authorization)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["cursor"])


def test_every_refusal_carries_a_request_id(served):
    assert re.fullmatch(r"[0-9a-f]{20}", served.upload(b"").headers["x-request-id"])


def test_an_anonymous_file_over_its_limit_is_refused(served):
    answer = served.upload(pictures.jpeg() + bytes(20 * 1024 * 1024), key=False)
    assert (answer.status_code, answer.json()["error"]) == (413, "file_too_large")
    assert "CALOTYPE_MAX_UPLOAD_BYTES_ANONYMOUS" in answer.json()["message"]


def test_a_large_svg_is_refused(served):
    answer = served.upload(pictures.svg() + b"<!--" + b" " * 10 * 1024 * 1024 + b"-->", "a.svg")
    assert (answer.status_code, answer.json()["error"]) == (413, "file_too_large")


def test_after_all_of_it_nothing_is_left_behind(served):
    for body, _, _ in REFUSED.values():
        served.upload(body)
    assert_nothing_left(served)
    assert served.upload(pictures.jpeg()).status_code in {200, 201}
