"""Forms and JSON documents: what is read, what is refused, and that nothing stays behind."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect, Request

from calotype.errors import CalotypeError, FileTooLarge, Invalid, RequestTooSlow, StorageFailed
from calotype.spool import Spool
from calotype.web.intake import Form, IntakeLimits, parse_json, receive_form, receive_json

LIMITS = IntakeLimits(max_file_bytes=20_000, min_rate=1000, grace_s=5.0, max_fields=3, max_field_bytes=100)


def request(
    chunks, content_type="multipart/form-data; boundary=b", length=None, *, end="complete"
) -> Request:
    """Make a request whose body comes in *chunks*; then it is complete, the client leaves, or nothing comes."""
    headers = [(b"content-type", content_type.encode("latin-1"))]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if end == "complete":
        messages.append({"type": "http.request", "body": b"", "more_body": False})
    if end == "left":
        messages.append({"type": "http.disconnect"})
    waiting = iter(messages)

    async def receive():
        for message in waiting:
            return message
        return await asyncio.Event().wait()

    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def part(name: str, value: bytes, *, filename: str | None = None, extra: bytes = b"") -> bytes:
    name_ = f'; filename="{filename}"' if filename is not None else ""
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{name_}\r\n'.encode()
    return head + extra + b"\r\n" + value + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--b--\r\n"


async def received(tmp_path, body: bytes, limits: IntakeLimits = LIMITS) -> tuple[Form, bytes | None]:
    async with receive_form(request([body]), tmp_path, limits) as form_:
        return form_, form_.file.path.read_bytes() if form_.file else None


async def refusal(tmp_path, body: bytes, limits: IntakeLimits = LIMITS) -> CalotypeError:
    with pytest.raises(CalotypeError) as caught:
        await received(tmp_path, body, limits)
    assert list(tmp_path.iterdir()) == []
    return caught.value


async def test_a_form_gives_its_fields_in_order_and_its_file(tmp_path):
    file = part("file", b"PIXELS", filename="cat.jpg", extra=b"Content-Type: image/jpeg\r\n")
    read, content = await received(tmp_path, form(part("tags", b"a,b"), file, part("n\xe4me", "ü".encode())))
    assert read.fields == (("tags", "a,b"), ("näme", "ü"))
    assert content == b"PIXELS"
    assert (read.file.size, read.file.filename) == (6, "cat.jpg")
    assert read.file.sha256 == hashlib.sha256(b"PIXELS").hexdigest()
    assert read.file.head == b"PIXELS"


async def test_the_file_is_gone_after_the_block(tmp_path):
    await received(tmp_path, form(part("file", b"PIXELS", filename="cat.jpg")))
    assert list(tmp_path.iterdir()) == []


async def test_a_file_that_was_moved_away_stays_where_it_is(tmp_path):
    async with receive_form(request([form(part("file", b"PIXELS", filename="a"))]), tmp_path, LIMITS) as read:
        read.file.path.rename(tmp_path / "kept")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


async def test_the_head_is_the_first_4096_bytes(tmp_path):
    body = bytes(range(256)) * 40
    read, content = await received(tmp_path, form(part("file", body, filename="a")))
    assert read.file.head == body[:4096]
    assert content == body


async def test_a_form_without_a_file_has_none(tmp_path):
    read, _ = await received(tmp_path, form(part("tags", b"a")))
    assert read == Form((("tags", "a"),), None)


async def test_the_extended_file_name_wins(tmp_path):
    disposition = (
        b'Content-Disposition: form-data; name="file"; filename="x.jpg"; filename*=UTF-8\'\'%e2%82%ac.jpg'
    )
    read, _ = await received(tmp_path, b"--b\r\n" + disposition + b"\r\n\r\nA\r\n--b--\r\n")
    assert read.file.filename == "€.jpg"


async def test_a_quoted_name_that_looks_like_a_parameter_is_only_a_name(tmp_path):
    read, _ = await received(tmp_path, form(part("file", b"A", filename="a; filename*=UTF-8''b.jpg")))
    assert read.file.filename == "a; filename*=UTF-8''b.jpg"


async def test_a_file_name_that_is_not_utf8_is_kept_readable(tmp_path):
    read, _ = await received(tmp_path, form(part("file", b"A", filename="?.jpg").replace(b"?", b"\xff")))
    assert read.file.filename == "\N{REPLACEMENT CHARACTER}.jpg"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (form(part("file", b"A")), "file: must be a file part: give it a file name"),
        (form(part("image", b"A", filename="a")), "image: is a file; send it as the field 'file'"),
        (form(part("file", b"A", filename="a"), part("file", b"B", filename="b")), "file: only one file per request"),
        (form(part("caption", b"\xff")), "caption: must be UTF-8"),
        (form(part("?", b"A").replace(b"?", b"\xff")), "a field name: must be UTF-8"),
        (form(part("caption", b"x" * 101)), "caption: longer than 100 bytes"),
        (form(*[part("a", b"")] * 4), "The form has more than 3 fields."),
        (form(part("a", b"QQ==", extra=b"Content-Transfer-Encoding: base64\r\n")),
         "a: must not be transfer-encoded (RFC 7578)"),
        (form(part("a", b"A", extra=b'Content-Disposition: form-data; name="b"\r\n')),
         "A part of the form has two different content-disposition headers."),
        (b"--b\r\n\r\nA\r\n--b--\r\n", "A part of the form has no name."),
        (b"--b\r\nContent-Disposition: attachment; name=a\r\n\r\nA\r\n--b--\r\n", "A part of the form has no name."),
        (form(part("file", b"A", filename="a"))[:-4], "The form ends early: its closing boundary is missing."),
        (form(part("file", b"A", filename="a"))[:-9], "The form ends early: its closing boundary is missing."),
        (b"", "The form ends early: its closing boundary is missing."),
        (b"hello", "The form is malformed: Expected boundary character 45, got 104 at index 2."),
        (form(part("a", b"A", extra=b"X-A: 1\r\n" * 9)), "The form is malformed: Maximum header count exceeded."),
        (form(part("a", b"A", extra=b"X: " + b"x" * 5000 + b"\r\n")),
         "The form is malformed: Maximum header size exceeded."),
    ],
)  # fmt: skip
async def test_what_is_no_form_that_we_accept_is_refused(tmp_path, body, message):
    error = await refusal(tmp_path, body)
    assert isinstance(error, Invalid)
    assert error.message == message


async def test_fields_are_counted_together_too(tmp_path):
    limits = IntakeLimits(max_file_bytes=10, min_rate=1000, grace_s=5, max_form_bytes=150)
    error = await refusal(tmp_path, form(part("a", b"x" * 80), part("b", b"x" * 80)), limits)
    assert error.message == "The fields of the form are longer than 150 bytes."


async def test_what_follows_the_closing_boundary_is_ignored(tmp_path):
    assert (await received(tmp_path, form(part("file", b"A", filename="a")) * 2))[1] == b"A"


@pytest.mark.parametrize(
    "content_type",
    ["", "image/jpeg", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=b",
     "multipart/form-data; boundary=" + "b" * 71],
)  # fmt: skip
async def test_another_content_type_or_no_boundary_is_refused(tmp_path, content_type):
    with pytest.raises(Invalid):
        async with receive_form(request([form()], content_type), tmp_path, LIMITS):
            pass


async def test_a_file_over_the_limit_is_refused_and_its_limit_named(tmp_path):
    error = await refusal(tmp_path, form(part("file", b"x" * 20_001, filename="a")))
    assert isinstance(error, FileTooLarge)
    assert error.message == "The file is larger than 20,000 bytes (CALOTYPE_MAX_UPLOAD_BYTES)."


async def test_a_file_of_exactly_the_limit_is_accepted(tmp_path):
    _, content = await received(tmp_path, form(part("file", b"x" * 20_000, filename="a")))
    assert content == b"x" * 20_000


async def test_a_content_length_over_the_limit_is_refused_before_anything_is_read(tmp_path):
    incoming = request([], length=10**9, end="silent")
    with pytest.raises(FileTooLarge):
        async with receive_form(incoming, tmp_path, LIMITS):
            pass


async def test_an_endless_preamble_is_refused(tmp_path):
    with pytest.raises(FileTooLarge):
        async with receive_form(request([b"\r\n" * 40_000] * 100), tmp_path, LIMITS):
            pass


async def test_a_silent_client_is_too_slow_and_leaves_nothing(tmp_path):
    slow = IntakeLimits(max_file_bytes=20_000, min_rate=1000, grace_s=0.05)
    start = form(part("file", b"x", filename="a"))[:-10]
    with pytest.raises(RequestTooSlow, match="1,000 bytes a second"):
        async with receive_form(request([start], end="silent"), tmp_path, slow):
            pass
    assert list(tmp_path.iterdir()) == []


async def test_a_fast_start_does_not_buy_endless_silence(tmp_path):
    patient = IntakeLimits(max_file_bytes=20_000, min_rate=1, grace_s=0.02)  # 5,000 bytes would buy 5,000 s
    start = form(part("file", b"x" * 5000, filename="a"))[:-10]
    with pytest.raises(RequestTooSlow):
        async with asyncio.timeout(60), receive_form(request([start], end="silent"), tmp_path, patient):
            pass


async def test_a_client_that_leaves_leaves_nothing(tmp_path):
    start = form(part("file", b"x" * 5000, filename="a"))[:-10]
    with pytest.raises(ClientDisconnect):
        async with receive_form(request([start], end="left"), tmp_path, LIMITS):
            pass
    assert list(tmp_path.iterdir()) == []


async def test_a_cancelled_request_leaves_nothing(tmp_path):
    async def upload():
        start = form(part("file", b"x" * 5000, filename="a"))[:-10]
        async with receive_form(request([start], end="silent"), tmp_path, LIMITS):
            pass

    task = asyncio.create_task(upload())
    while not list(tmp_path.iterdir()):  # noqa: ASYNC110 - the file is the event
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_our_failure():
    spool = Spool.__new__(Spool)
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123 - unbuffered
        spool.size, spool.head, spool._file, spool._max_bytes = 0, b"", full, 10
        spool._digest = hashlib.sha256()
        with pytest.raises(StorageFailed, match="No space left on device"):
            spool.write(memoryview(b"x"))


FIELDS = st.lists(st.tuples(st.text("abc", min_size=1, max_size=3), st.binary(max_size=40)), max_size=3)
PIECES = st.lists(
    st.sampled_from([b"\r\n", b"--b", b"--b--", b"\r\n--b", b"\r", b"-", b"x" * 300, b": ", b"\x00"])
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(fields=FIELDS, file=PIECES.map(b"".join), noise=PIECES.map(b"".join), data=st.data())
def test_chunking_never_changes_the_outcome(tmp_path, fields, file, noise, data):
    body = form(*[part(name, value) for name, value in fields], part("file", file, filename="a"), noise)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=12)))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]

    async def outcome(chunks):
        try:
            async with receive_form(request(chunks), tmp_path, LIMITS) as read:
                return read.fields, read.file.size if read.file else None, read.file and read.file.sha256
        except CalotypeError as error:
            return type(error), sorted(error.fields)

    async def both():
        return await outcome([body]), await outcome(pieces), await outcome([bytes([b]) for b in body])

    whole, cut, bytewise = asyncio.run(both())
    assert whole == cut == bytewise
    assert list(tmp_path.iterdir()) == []


async def test_json_is_received(tmp_path):
    assert await receive_json(request([b'{"tags": ', b'["a"]}'], "application/json")) == {"tags": ["a"]}


@pytest.mark.parametrize(
    "document",
    [
        b"", b"{", b"nope", b'{"a": 1, "a": 2}', b"NaN", b"[Infinity]", b"[1e400]", b"-1e999", b"9" * 5000,
        b'"\\ud800"', b'{"\\udfff": 1}', b'"\xff"', "\N{BOM}1".encode(), "1".encode("utf-16"), b"[" * 33 + b"]" * 33,
        b"[" * 400_000, b'{"a":' * 100_000, b'"a\x00b"',
    ],
)  # fmt: skip
def test_json_that_is_not_strict_is_refused(document):
    with pytest.raises(Invalid):
        parse_json(document)


@pytest.mark.parametrize(
    ("document", "value"),
    [
        (b'{"a": [[]]}', {"a": [[]]}),
        (b'"\\ud83d\\ude00"', "😀"),
        (b"[1.5, 12345678901234567890]", [1.5, 12345678901234567890]),
    ],
)
def test_json_within_the_bounds_is_read(document, value):
    assert parse_json(document) == value


def test_json_may_be_32_deep():
    parse_json(b"[" * 32 + b"]" * 32)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
async def test_json_needs_its_media_type(content_type):
    with pytest.raises(Invalid, match="Content-Type: application/json"):
        await receive_json(request([b"{}"], content_type))


async def test_a_json_document_over_the_limit_is_refused():
    with pytest.raises(FileTooLarge):
        await receive_json(request([b'"', b"x" * 100, b'"'], "application/json"), max_bytes=50)
