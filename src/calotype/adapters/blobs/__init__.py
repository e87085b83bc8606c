"""Where bytes live, chosen by URL. A new store is one file here and one row in `SCHEMES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit
from urllib.request import url2pathname

from calotype.adapters.blobs.local import LocalBlobs
from calotype.adapters.blobs.memory import MemoryBlobs
from calotype.adapters.blobs.object_store import open_azure, open_gcs, open_s3
from calotype.errors import NotConfigured
from calotype.ports import BlobStore


def _open_local(url: SplitResult) -> LocalBlobs:
    if url.netloc not in {"", "localhost"} or not url.path.startswith("/"):
        raise NotConfigured("blob_url: a local folder is written file:///absolute/path")
    return LocalBlobs(Path(url2pathname(url.path)))


SCHEMES: Mapping[str, Callable[[SplitResult], BlobStore]] = MappingProxyType(
    {
        "file": _open_local,
        "memory": lambda _: MemoryBlobs(),
        "s3": open_s3,
        "gs": open_gcs,
        "az": open_azure,
    }
)


def open_blobs(url: str) -> BlobStore:
    """Open the store that *url* names. Nothing is read or written yet.

    Raises:
        NotConfigured: the scheme is unknown, or the URL lacks something or has an option too many.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise NotConfigured(f"blob_url: {parts.scheme!r} is none of {', '.join(SCHEMES)}")
    return SCHEMES[parts.scheme](parts)
