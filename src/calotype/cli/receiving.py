"""Downloading one image: which URL, and into a file that is whole or not there."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from calotype.domain.assets import clean_name
from calotype.domain.formats import BY_EXTENSION
from calotype.errors import Invalid

if TYPE_CHECKING:
    from calotype.cli.client import Remote

SIZES = ("s", "m", "l")
STANDARD_OUTPUT = Path("-")
_FILE = re.compile(r"(.*)\.([A-Za-z0-9]{1,5})\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Source:
    """What is downloaded, and what the file is called unless one is named."""

    url: str
    name: str


def source_of(remote: Remote, which: str, size: str, format_: str) -> Source:
    """Find the image's URL in the wished size and format; *which* is its id, its page, or its URL.

    Raises:
        Invalid: there is no such size or format, or *which* is a URL of something else.
        CalotypeError: the server knows no such image.
    """
    if size and size not in SIZES:
        raise Invalid.field("--size", "s, m or l")
    if format_ and format_ not in BY_EXTENSION:
        raise Invalid.field("--format", "jpg, png, webp, avif or gif")
    if "://" not in which:
        image = remote.media(which)
        return _wished(str(image["src"]), str(image.get("name") or ""), size, format_)
    last = urlsplit(which).path.rpartition("/")[2]
    if _FILE.match(last):
        return _wished(which, "", size, format_)
    if not last:
        raise Invalid(f"{which} names no image.")
    return source_of(remote, unquote(last), size, format_)


def _wished(url: str, name: str, size: str, format_: str) -> Source:
    parts = urlsplit(url)
    match = _FILE.match(parts.path)
    if match is None:
        raise Invalid(f"{url} names no image file.")
    path = f"{match[1]}.{format_}" if format_ else parts.path
    query = f"size={size}" if size else parts.query
    wished = urlunsplit((parts.scheme, parts.netloc, path, query, ""))
    return Source(wished, _named(name or unquote(path.rpartition("/")[2]), format_))


def _named(name: str, format_: str) -> str:
    """Call the file by a name that leads nowhere else: it comes from the server."""
    match = _FILE.match(name)
    called = f"{match[1]}.{format_}" if format_ and match else name
    return clean_name(called, "image")


def receive(remote: Remote, source: Source, output: Path | None) -> Path | None:
    """Download *source* into *output*, or under its own name here; answer where it is, None on standard output.

    Raises:
        Invalid: a file of its own name is there already.
        CalotypeError: the server refused it, or went away.
        OSError: the file cannot be written.
    """
    if output == STANDARD_OUTPUT:
        _stream(remote, source.url, sys.stdout.fileno())
        return None
    target = output or Path(source.name)
    if output is None and target.exists():
        raise Invalid(f"{target} is there already; name a file with -o to replace it.")
    descriptor, part = tempfile.mkstemp(prefix=f".{target.name[:50]}.", suffix=".part", dir=target.parent)
    try:
        _stream(remote, source.url, descriptor)
        _readable(part)
        Path(part).replace(target)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    return target


def _stream(remote: Remote, url: str, descriptor: int) -> None:
    with remote.download(url) as response, os.fdopen(os.dup(descriptor), "wb") as file:
        for chunk in response.iter_bytes():
            file.write(chunk)


def _readable(part: str) -> None:
    """Give the file the mode of any other new one; temporary ones are their owner's alone."""
    mask = os.umask(0)
    os.umask(mask)
    Path(part).chmod(0o666 & ~mask)
