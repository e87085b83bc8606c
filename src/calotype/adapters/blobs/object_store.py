"""Owns blobs in S3, Google Cloud Storage and Azure, through obstore.

Law: bytes stream both ways, never a whole file in memory; every wait has an end; an object appears whole or not
at all. A process that dies in mid-upload leaves hidden parts: a lifecycle rule of the bucket removes them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, unquote

from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from calotype.adapters.blobs.keys import checked, checked_prefix
from calotype.errors import CalotypeError, NotConfigured, NotFound, StorageFailed
from calotype.ports import BlobInfo

if TYPE_CHECKING:  # a stub: there is no such name at run time
    from obstore import GetOptions

CHUNK = 256 * 1024
_PART = 8 * 1024 * 1024
_PARTS_AT_ONCE = 3
_LIST_BATCH = 1000

# obstore's own defaults are 30 s for a whole request (too short for a slow reader of a large original) and
# 3 minutes of retries (too long for someone who waits for an answer).
_CLIENT = {
    "connect_timeout": timedelta(seconds=5),
    "read_timeout": timedelta(seconds=60),
    "timeout": timedelta(minutes=15),
}
_RETRIES = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=30),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=2),
        "base": 2,
    },
}


class ObjectBlobs:
    """A store behind obstore: one bucket, or what lies under one prefix of it."""

    remote = True

    def __init__(self, store: S3Store | GCSStore | AzureStore) -> None:
        self._store = store

    async def put(self, key: str, source: Path, *, durable: bool = True) -> None:  # noqa: ARG002 - always durable
        """Upload *source*, in parts when it is larger than one; at most 24 MiB of it are in memory."""
        checked(key)
        with _storage_errors():
            await self._store.put_async(key, source, chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE)

    async def size(self, key: str) -> int | None:
        """Say how many bytes *key* has; None when there is no such blob."""
        checked(key)
        with _storage_errors():
            try:
                return int((await self._store.head_async(key))["size"])
            except FileNotFoundError:
                return None

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from *start* up to *end* (exclusive), in chunks of at most 256 KiB.

        A part of a blob is asked for only when it has bytes: stores answer an empty range with an error.
        """
        checked(key)
        options: GetOptions = {}
        if start or end is not None:
            size = await self._known_size(key)
            end = size if end is None else min(end, size)
            if start >= end:
                return
            options["range"] = (start, end)
        with _storage_errors(missing=NotFound):
            async for chunk in _sliced(await self._store.get_async(key, options=options)):
                yield chunk

    def path(self, key: str) -> Path | None:
        """Answer None: no local file holds *key*."""
        checked(key)
        return None

    async def delete_prefix(self, prefix: str) -> int:
        """Delete everything under *prefix* and say how many blobs that were."""
        pages = self._store.list(checked_prefix(prefix), chunk_size=_LIST_BATCH)
        deleted = 0
        with _storage_errors():
            async for batch in pages:
                await self._delete([found["path"] for found in batch])
                deleted += len(batch)
        return deleted

    async def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """Yield all blobs under *prefix*, page by page."""
        pages = self._store.list(checked_prefix(prefix) if prefix else None, chunk_size=_LIST_BATCH)
        with _storage_errors():
            async for page in pages:
                for found in page:
                    yield BlobInfo(found["path"], found["size"], found["last_modified"])

    async def _known_size(self, key: str) -> int:
        size = await self.size(key)
        if size is None:
            raise NotFound
        return size

    async def _delete(self, keys: Sequence[str]) -> None:
        """Delete *keys*; Google and Azure stop at one that someone else deleted first, so go on without it."""
        try:
            await self._store.delete_async(keys)
        except FileNotFoundError:
            for key in keys:
                with suppress(FileNotFoundError):
                    await self._store.delete_async(key)


async def _sliced(answer: Any) -> AsyncIterator[bytes]:
    """Cut the stream: its chunks have a least size but no greatest. One that ends too early raises by itself."""
    async for buffer in answer.stream(min_chunk_size=CHUNK):
        whole = memoryview(buffer)
        for offset in range(0, len(whole), CHUNK):
            yield bytes(whole[offset : offset + CHUNK])


@contextmanager
def _storage_errors(missing: type[CalotypeError] = StorageFailed) -> Iterator[None]:
    """Translate at the border. The store's own words, with bucket and address, stay in the cause, for the log.

    A bucket that is missing answers like an object that is; so only reading one takes it for that.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise missing from error
    except (BaseError, OSError, ValueError) as error:
        raise StorageFailed from error


def open_s3(url: SplitResult) -> ObjectBlobs:
    """Open `s3://bucket/prefix?endpoint=…&region=…&allow_http=true`.

    Credentials, and what the URL leaves out, come from the usual AWS_* variables, which obstore reads.
    """
    config, client = _options(url, {"endpoint": "endpoint", "region": "region"})
    return _blobs(S3Store, url, config, client)


def open_gcs(url: SplitResult) -> ObjectBlobs:
    """Open `gs://bucket/prefix`. Credentials: the usual GOOGLE_* variables, or the machine's own account."""
    config, client = _options(url, {})
    return _blobs(GCSStore, url, config, client)


def open_azure(url: SplitResult) -> ObjectBlobs:
    """Open `az://container/prefix?account=…&endpoint=…&allow_http=true`. Credentials: the usual AZURE_* variables."""
    config, client = _options(url, {"account": "account_name", "endpoint": "endpoint"})
    return _blobs(AzureStore, url, config, client)


def _blobs(kind: Any, url: SplitResult, config: dict[str, str], client: dict[str, Any]) -> ObjectBlobs:
    if not url.netloc:
        raise NotConfigured(f"blob_url: {url.scheme}:// needs a bucket, as in {url.scheme}://bucket/prefix")
    prefix = unquote(url.path).strip("/") or None
    try:
        store = kind(url.netloc, prefix=prefix, config=config, client_options=client, retry_config=_RETRIES)
    except (BaseError, ValueError) as error:
        raise NotConfigured(f"blob_url: {error}") from error
    return ObjectBlobs(store)


def _options(url: SplitResult, names: Mapping[str, str]) -> tuple[dict[str, str], dict[str, Any]]:
    """Split the URL's options into the store's own and the HTTP client's; no secrets: URLs end up in logs."""
    given = dict(parse_qsl(url.query))
    plain_http = given.pop("allow_http", "false")
    if unknown := given.keys() - names.keys():
        raise NotConfigured(f"blob_url: {url.scheme}:// has no option {min(unknown)!r}")
    client = _CLIENT | ({"allow_http": True} if plain_http == "true" else {})
    return {names[name]: value for name, value in given.items()}, client
