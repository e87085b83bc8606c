"""One suite over every blob store: local files, memory, and S3 behind a real HTTP server."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import socket
import subprocess
import sys
import textwrap
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import boto3
import pytest
from moto.server import ThreadedMotoServer

from calotype.adapters.blobs import SCHEMES, open_blobs
from calotype.adapters.blobs.local import LocalBlobs
from calotype.adapters.blobs.object_store import ObjectBlobs
from calotype.errors import NotConfigured, NotFound, StorageFailed
from calotype.ports import BlobStore

MIB = 1024 * 1024
VERSION = "0f/0f3a5c7e9b1d2f4a6c8e0b1d"
KEY = f"work/{VERSION}/original"

Spool = Callable[[bytes], Path]


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A real S3 over HTTP, and the credentials where obstore looks for them."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    with pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "testing")
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str) -> str:
    """A bucket of its own for each test."""
    name = f"test-{uuid.uuid4().hex}"
    client(s3).create_bucket(Bucket=name)
    return name


def client(endpoint: str):
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")


@pytest.fixture(params=["file", "memory", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "s3":
        endpoint, bucket = request.getfixturevalue("s3"), request.getfixturevalue("bucket")
        return open_blobs(f"s3://{bucket}/some/where?endpoint={endpoint}&region=us-east-1&allow_http=true")
    return open_blobs({"file": (tmp_path / "blobs").as_uri(), "memory": "memory:"}[request.param])


@pytest.fixture
def local(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """Write bytes to a new file in the scratch folder, as an upload does."""
    folder = tmp_path / "scratch"
    folder.mkdir()

    def write(body: bytes) -> Path:
        path = folder / uuid.uuid4().hex
        path.write_bytes(body)
        return path

    return write


async def joined(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def keys(blobs: BlobStore, prefix: str = "") -> list[str]:
    return sorted([blob.key async for blob in blobs.list(prefix)])


# What a store keeps


async def test_what_was_put_is_read_back(blobs: BlobStore, spool: Spool):
    await blobs.put(KEY, spool(b"a photograph"))
    assert await joined(blobs.read(KEY)) == b"a photograph"
    assert await blobs.size(KEY) == 12


async def test_a_put_that_need_not_last_is_read_back_too(blobs: BlobStore, spool: Spool):
    await blobs.put(KEY, spool(b"a thumbnail"), durable=False)
    assert await joined(blobs.read(KEY)) == b"a thumbnail"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, None, b"0123456789"),
        (0, 4, b"0123"),
        (3, 7, b"3456"),
        (7, None, b"789"),
        (7, 99, b"789"),
        (10, None, b""),
        (99, None, b""),
        (99, 120, b""),
        (4, 4, b""),
        (5, 2, b""),
    ],
)
async def test_a_range_is_clipped_to_the_blob(
    blobs: BlobStore, spool: Spool, start: int, end: int | None, expected: bytes
):
    await blobs.put(KEY, spool(b"0123456789"))
    assert await joined(blobs.read(KEY, start, end)) == expected


async def test_an_empty_file_is_a_blob_of_no_bytes(blobs: BlobStore, spool: Spool):
    await blobs.put(KEY, spool(b""))
    assert await blobs.size(KEY) == 0
    assert await joined(blobs.read(KEY)) == b""


async def test_twenty_megabytes_come_back_equal_in_chunks_of_at_most_256_kib(blobs: BlobStore, spool: Spool):
    body = os.urandom(MIB) * 20
    await blobs.put(KEY, spool(body))
    chunks = [chunk async for chunk in blobs.read(KEY)]
    assert max(map(len, chunks)) <= 256 * 1024
    assert hashlib.sha256(b"".join(chunks)).digest() == hashlib.sha256(body).digest()


async def test_a_large_range_comes_back_equal(blobs: BlobStore, spool: Spool):
    body = os.urandom(2 * MIB)
    await blobs.put(KEY, spool(body))
    assert await joined(blobs.read(KEY, 300_001, 1_500_007)) == body[300_001:1_500_007]


async def test_a_second_put_replaces_the_first(blobs: BlobStore, spool: Spool):
    await blobs.put(KEY, spool(b"the first, which is longer"))
    await blobs.put(KEY, spool(b"the second"))
    assert await joined(blobs.read(KEY)) == b"the second"
    assert await keys(blobs) == [KEY]


async def test_many_puts_of_one_key_at_once_leave_one_whole_blob(blobs: BlobStore, spool: Spool):
    bodies = [bytes([number]) * 300_000 for number in range(24)]
    await asyncio.gather(*(blobs.put(KEY, spool(body)) for body in bodies))
    assert await joined(blobs.read(KEY)) in bodies
    assert await keys(blobs) == [KEY]


# What is not there


async def test_a_missing_blob_has_no_size(blobs: BlobStore):
    assert await blobs.size(KEY) is None


@pytest.mark.parametrize(("start", "end"), [(0, None), (2, 5)])
async def test_reading_a_missing_blob_says_so(blobs: BlobStore, start: int, end: int | None):
    with pytest.raises(NotFound):
        await joined(blobs.read(KEY, start, end))


async def test_the_part_of_a_key_before_a_slash_is_no_blob(blobs: BlobStore, spool: Spool):
    await blobs.put(KEY, spool(b"x"))
    assert await blobs.size(f"work/{VERSION}") is None
    with pytest.raises(NotFound):
        await joined(blobs.read(f"work/{VERSION}"))


async def test_the_part_of_a_key_after_a_blob_is_no_blob(blobs: BlobStore, spool: Spool):
    await blobs.put(KEY, spool(b"x"))
    assert await blobs.size(f"{KEY}/more") is None
    with pytest.raises(NotFound):
        await joined(blobs.read(f"{KEY}/more"))


# Listing and deleting


async def test_a_new_store_lists_nothing(blobs: BlobStore):
    assert await keys(blobs) == []


async def test_listing_takes_a_prefix_by_whole_segments(blobs: BlobStore, spool: Spool):
    for key in ("w/ab/one", "w/ab/deep/two", "w/abc/three", "x/ab/four"):
        await blobs.put(key, spool(b"x"))
    assert await keys(blobs) == ["w/ab/deep/two", "w/ab/one", "w/abc/three", "x/ab/four"]
    assert await keys(blobs, "w/ab") == ["w/ab/deep/two", "w/ab/one"]
    assert await keys(blobs, "w/ab/") == ["w/ab/deep/two", "w/ab/one"]
    assert await keys(blobs, "w/a") == []


async def test_a_listed_blob_knows_its_size_and_when_it_was_written(blobs: BlobStore, spool: Spool):
    source = spool(b"twelve bytes")
    os.utime(source, (0, 0))  # an old date on the source must not make the blob look old
    await blobs.put(KEY, source)
    [blob] = [blob async for blob in blobs.list()]
    assert blob.size == 12
    assert abs(datetime.now(UTC) - blob.modified) < timedelta(minutes=5)


async def test_more_blobs_than_one_page_are_all_listed_and_deleted(blobs: BlobStore, spool: Spool):
    names = [f"w/{number:04}" for number in range(1100)]
    for some in range(0, 1100, 50):
        await asyncio.gather(*(blobs.put(key, spool(b""), durable=False) for key in names[some : some + 50]))
    assert await keys(blobs, "w") == names
    assert await blobs.delete_prefix("w") == 1100
    assert await keys(blobs) == []


@pytest.mark.parametrize("prefix", ["w/ab", "w/ab/"])
async def test_deleting_a_prefix_spares_its_siblings(blobs: BlobStore, spool: Spool, prefix: str):
    for key in ("w/ab/original", "w/ab/variants/one", "w/abc/original", "w/a"):
        await blobs.put(key, spool(b"x"))
    assert await blobs.delete_prefix(prefix) == 2
    assert await keys(blobs) == ["w/a", "w/abc/original"]


async def test_deleting_nothing_is_no_error(blobs: BlobStore):
    assert await blobs.delete_prefix("w/ab/") == 0


async def test_deletes_of_one_prefix_at_once_leave_nothing_and_do_not_fail(blobs: BlobStore, spool: Spool):
    for number in range(20):
        await blobs.put(f"w/ab/variants/{number}", spool(b"x"), durable=False)
    await asyncio.gather(*(blobs.delete_prefix("w/ab") for _ in range(4)))
    assert await keys(blobs) == []


async def test_puts_while_their_prefix_is_deleted_succeed(blobs: BlobStore, spool: Spool):
    async def delete_again_and_again():
        while True:
            await blobs.delete_prefix("w/ab")
            await asyncio.sleep(0)

    deleting = asyncio.create_task(delete_again_and_again())
    for number in range(100):
        await blobs.put(f"w/ab/variants/{number}", spool(b"x"), durable=False)
    deleting.cancel()
    await asyncio.wait([deleting])
    await blobs.put("w/ab/original", spool(b"still works"))
    assert await blobs.size("w/ab/original") == 11


# What is refused, and what fails


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../up", "w/../../up", "w//x", "w/.hidden", "w/x\n", "w\0", "C:\\x", "W", "w/é"],
)
async def test_a_key_that_could_escape_is_refused_at_every_door(blobs: BlobStore, spool: Spool, key: str):
    with pytest.raises(ValueError, match="not a blob key"):
        await blobs.put(key, spool(b"x"))
    with pytest.raises(ValueError, match="not a blob key"):
        await blobs.size(key)
    with pytest.raises(ValueError, match="not a blob key"):
        await joined(blobs.read(key))
    with pytest.raises(ValueError, match="not a blob key"):
        blobs.path(key)
    with pytest.raises(ValueError, match="not a blob key"):
        await blobs.delete_prefix(key)


async def test_the_whole_store_is_never_one_prefix_to_delete(blobs: BlobStore, spool: Spool):
    await blobs.put(KEY, spool(b"x"))
    for prefix in ("", "/"):
        with pytest.raises(ValueError, match="not a blob key"):
            await blobs.delete_prefix(prefix)
    assert await keys(blobs) == [KEY]


async def test_a_source_that_is_not_there_leaves_nothing(blobs: BlobStore, tmp_path: Path):
    with pytest.raises(StorageFailed):
        await blobs.put(KEY, tmp_path / "absent")
    assert await keys(blobs) == []


async def test_a_source_that_is_a_folder_leaves_nothing(blobs: BlobStore, tmp_path: Path):
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(StorageFailed):
        await blobs.put(KEY, folder)
    assert await keys(blobs) == []
    assert folder.is_dir()


async def test_a_failed_put_leaves_the_blob_that_was_there(blobs: BlobStore, spool: Spool, tmp_path: Path):
    await blobs.put(KEY, spool(b"the first"))
    with pytest.raises(StorageFailed):
        await blobs.put(KEY, tmp_path / "absent")
    assert await joined(blobs.read(KEY)) == b"the first"


async def test_only_a_local_store_names_a_file(blobs: BlobStore, tmp_path: Path):
    expected = tmp_path / "blobs" / KEY if isinstance(blobs, LocalBlobs) else None
    assert blobs.path(KEY) == expected
    assert blobs.remote == isinstance(blobs, ObjectBlobs)


# Local files alone


async def test_a_delete_takes_the_directories_along(local: LocalBlobs, spool: Spool, tmp_path: Path):
    await local.put(f"w/{VERSION}/variants/one", spool(b"x"))
    await local.delete_prefix(f"w/{VERSION}/")
    assert [path.name for path in (tmp_path / "blobs").rglob("*")] == ["w", "0f"]


async def test_a_source_on_the_same_file_system_is_moved_not_copied(local: LocalBlobs, spool: Spool):
    source = spool(b"x")
    inode = source.stat().st_ino
    await local.put(KEY, source)
    assert local.path(KEY).stat().st_ino == inode
    assert not source.exists()


def elsewhere(tmp_path: Path) -> Path:
    """A folder on another file system, so that a rename cannot do."""
    folder = Path("/dev/shm")
    if not folder.is_dir() or folder.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system, such as /dev/shm")
    return folder


async def test_a_source_on_another_file_system_is_copied_and_leaves_no_trace(
    local: LocalBlobs, tmp_path: Path
):
    source = elsewhere(tmp_path) / uuid.uuid4().hex
    source.write_bytes(b"from afar")
    try:
        await local.put(KEY, source)
    finally:
        source.unlink(missing_ok=True)
    assert await joined(local.read(KEY)) == b"from afar"
    assert await keys(local) == [KEY]


PUT_IN_A_CHILD = textwrap.dedent(
    """
    import asyncio, resource, sys
    from pathlib import Path
    from calotype.adapters.blobs.local import LocalBlobs
    from calotype.errors import StorageFailed

    root, source, key, largest = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest), int(largest)))
    try:
        asyncio.run(LocalBlobs(Path(root)).put(key, Path(source)))
    except StorageFailed as error:
        print(type(error.__cause__).__name__, error.__cause__.errno)
    """
)


async def test_a_copy_that_outgrows_the_disk_leaves_nothing(local: LocalBlobs, tmp_path: Path):
    source = elsewhere(tmp_path) / uuid.uuid4().hex
    source.write_bytes(bytes(3 * MIB))
    arguments = [str(tmp_path / "blobs"), str(source), KEY, str(MIB)]
    try:
        child = [sys.executable, "-c", PUT_IN_A_CHILD, *arguments]
        done = await asyncio.to_thread(subprocess.run, child, capture_output=True, text=True, check=True)
    finally:
        source.unlink()
    assert done.stdout == "OSError 27\n"  # EFBIG, from the kernel
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


FULL_DISK = """
set -e
mount -t tmpfs -o size=2m tmpfs "$1"
"$4" -c "$5" "$1/blobs" "$2" "$3" 1000000000
find "$1" -type f
"""


async def test_a_full_disk_leaves_nothing(tmp_path: Path, spool: Spool):
    disk = tmp_path / "disk"
    disk.mkdir()
    arguments = [str(disk), str(spool(bytes(3 * MIB))), KEY, sys.executable, PUT_IN_A_CHILD]
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", FULL_DISK, "sh", *arguments]
    try:
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs a mount namespace of its own: {error}")
    assert done.stdout == "OSError 28\n"  # ENOSPC, from the kernel, and no file after it


# Object stores alone


def remote(endpoint: str, bucket: str) -> BlobStore:
    return open_blobs(f"s3://{bucket}?endpoint={endpoint}&region=us-east-1&allow_http=true")


async def test_the_prefix_of_the_url_holds_the_keys(s3: str, bucket: str, spool: Spool):
    await open_blobs(f"s3://{bucket}/some/where?endpoint={s3}&region=us-east-1&allow_http=true").put(
        KEY, spool(b"x")
    )
    assert client(s3).head_object(Bucket=bucket, Key=f"some/where/{KEY}")["ContentLength"] == 1


async def test_a_missing_bucket_fails_and_is_not_taken_for_an_empty_one(s3: str, spool: Spool):
    blobs = remote(s3, "no-such-bucket")
    with pytest.raises(StorageFailed):
        await blobs.put(KEY, spool(b"x"))
    with pytest.raises(StorageFailed):
        await keys(blobs)


async def test_a_server_that_is_gone_is_a_storage_failure_at_every_door(s3: str, spool: Spool):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        blobs = remote(f"http://127.0.0.1:{unused.getsockname()[1]}", "test-bucket")
        doors = [blobs.put(KEY, spool(b"x")), blobs.size(KEY), joined(blobs.read(KEY)), keys(blobs)]
        outcomes = await asyncio.gather(*doors, blobs.delete_prefix("w"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StorageFailed] * 5


PEAK_OF_A_PUT = textwrap.dedent(
    """
    import asyncio, os, resource, sys
    from pathlib import Path
    from calotype.adapters.blobs import open_blobs

    url, source, key = sys.argv[1:]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    asyncio.run(open_blobs(url).put(key, Path(source)))
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, flush=True)
    os._exit(0)  # the store's threads may outlive the interpreter by a moment, and abort it
    """
)


async def test_a_large_upload_is_never_whole_in_memory(s3: str, bucket: str, spool: Spool):
    source = spool(b"")
    os.truncate(source, 150 * MIB)
    url = f"s3://{bucket}?endpoint={s3}&region=us-east-1&allow_http=true"
    child = [sys.executable, "-c", PEAK_OF_A_PUT, url, str(source), KEY]
    done = await asyncio.to_thread(subprocess.run, child, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 75
    assert await remote(s3, bucket).size(KEY) == 150 * MIB


class Faulty(BaseHTTPRequestHandler):
    """An S3 that takes the beginning of an upload and no part of it, and sends half of what it promises."""

    asked: ClassVar[list[str]] = []

    def do_POST(self):
        body = b"<InitiateMultipartUploadResult><UploadId>7</UploadId></InitiateMultipartUploadResult>"
        self.answer(200, body, len(body))

    def do_PUT(self):
        self.answer(400, b"", 0)

    def do_DELETE(self):
        self.answer(204, b"", 0)

    def do_GET(self):
        self.answer(200, b"half", 8)

    def answer(self, status: int, body: bytes, promised: int):
        self.asked.append(f"{self.command} {self.path.partition('?')[2]}")
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(status)
        self.send_header("Content-Length", str(promised))
        self.send_header("Last-Modified", "Sat, 21 Nov 2026 00:00:00 GMT")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object):  # noqa: A002 - the base class names it
        """Stay quiet."""


@pytest.fixture
def faulty(s3: str) -> Iterator[BlobStore]:
    Faulty.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Faulty) as server:
        server.handle_error = lambda *_: None  # a client that hangs up is what this is about
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield remote(f"http://127.0.0.1:{server.server_port}", "test-bucket")
        server.shutdown()
        thread.join()


async def test_an_upload_whose_part_fails_is_given_up_and_aborted(faulty: BlobStore, spool: Spool):
    with pytest.raises(StorageFailed):
        await faulty.put(KEY, spool(bytes(20 * MIB)))
    assert "DELETE uploadId=7" in Faulty.asked


async def test_a_blob_that_arrives_short_is_a_failure_not_a_short_blob(faulty: BlobStore):
    with pytest.raises(StorageFailed):
        await joined(faulty.read(KEY))


# The table of schemes


def test_every_scheme_opens_without_a_network(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    urls = ["file:///tmp/blobs", "memory:", "s3://bucket/prefix", "gs://bucket", "az://container/prefix"]
    opened = {urlsplit(url).scheme: type(open_blobs(url)).__name__ for url in urls}
    assert opened == {
        "file": "LocalBlobs",
        "memory": "MemoryBlobs",
        "s3": "ObjectBlobs",
        "gs": "ObjectBlobs",
        "az": "ObjectBlobs",
    }
    assert opened.keys() == SCHEMES.keys()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://host/x", "'ftp' is none of file, memory, s3, gs, az"),
        ("data/blobs", "'' is none of"),
        ("file:data/blobs", "file:///absolute/path"),
        ("file://host/x", "file:///absolute/path"),
        ("s3:///prefix", "needs a bucket"),
        ("s3://bucket?endpiont=x", "no option 'endpiont'"),
        ("gs://bucket?region=x", "no option 'region'"),
    ],
)
def test_a_blob_url_that_cannot_be_meant_says_why(url: str, reason: str):
    with pytest.raises(NotConfigured, match=re.escape(reason)):
        open_blobs(url)


def test_a_folder_with_spaces_is_written_as_a_url(tmp_path: Path):
    folder = tmp_path / "my blobs"
    assert open_blobs(folder.as_uri()).path("w/x") == folder / "w/x"
