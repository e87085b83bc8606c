"""What works here: one check for each part, each with a finding in plain words."""

from __future__ import annotations

import os
import platform as machine
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import metadata
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

from calotype import __version__
from calotype.domain.assets import Facts, unstored
from calotype.domain.formats import FORMATS, Format
from calotype.domain.planning import Context, Plan, plan
from calotype.domain.plans import plans_of
from calotype.domain.transformations import Transformation
from calotype.domain.workspaces import KeyKind
from calotype.errors import CalotypeError, NotConfigured
from calotype.operations import Resize
from calotype.ports import Platform
from calotype.services.sealing import unseal
from calotype.services.uploads import ingest_limits
from calotype.services.usage import starting_plan

LIBRARIES = ("pyvips-binary", "pillow-heif", "pillow", "resvg-py", "sqlalchemy", "obstore", "uvicorn")
SAMPLES = files("calotype.services") / "samples"
"""One small picture of each accepted format."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    what: str
    ok: bool
    finding: str


async def examine(platform: Platform) -> list[Check]:
    """Look at everything. A check that fails never stops the others."""
    looks: list[tuple[str, Callable[[Platform], Awaitable[str]]]] = [
        ("data directory", _data_directory),
        ("database", _database),
        ("store of images", _blobs),
        ("rate limits", _limits),
        ("certificate", _certificate),
        ("key pairs", _key_pairs),
        ("plans", _plans),
        ("mail", _mail),
        ("models", _models),
        ("probe render", _probe),
        *((f"decode {format_}", _decoding(format_)) for format_ in Format),
        *((f"encode {format_}", _encoding(format_)) for format_ in Format if FORMATS[format_].output),
    ]
    return [_installed(), *[await _check(what, look, platform) for what, look in looks]]


async def _check(what: str, look: Callable[[Platform], Awaitable[str]], platform: Platform) -> Check:
    try:
        return Check(what, ok=True, finding=await look(platform))
    except (CalotypeError, OSError) as error:
        return Check(what, ok=False, finding=str(error) or type(error).__name__)


def _installed() -> Check:
    versions = [f"{name} {metadata.version(name)}" for name in LIBRARIES]
    python = f"calotype {__version__}, Python {machine.python_version()}"
    return Check("installed", ok=True, finding=", ".join([python, *versions]))


async def _data_directory(platform: Platform) -> str:
    folder = platform.settings.data_dir
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(b"probe")
        file.flush()
        os.fsync(file.fileno())
    free = shutil.disk_usage(folder).free / 1e9
    return f"{folder} can be written; {free:.1f} GB are free"


async def _database(platform: Platform) -> str:
    await platform.catalog.ping()
    return f"{platform.settings.database_url.partition(':')[0]} answers"


async def _plans(platform: Platform) -> str:
    start, plans = starting_plan(platform.settings), plans_of(platform.settings.plans)
    lost = [each.slug for each in await platform.catalog.workspaces() if each.plan not in plans]
    if lost:
        told = f"{', '.join(lost[:5])}{' and others' if len(lost) > 5 else ''}"
        raise NotConfigured(f"plans: there is no more plan for {told}; they are held to {start.name!r}")
    return f"{', '.join(plans)}; accounts begin on {start.name!r}"


async def _mail(platform: Platform) -> str:
    return await platform.mailer.reach()


async def _models(platform: Platform) -> str:
    return await platform.vision.reach()


async def _blobs(platform: Platform) -> str:
    key = "doctor/00/probe/original"
    with tempfile.TemporaryDirectory(dir=platform.scratch) as folder:
        probe = Path(folder) / "probe"
        probe.write_bytes(b"probe")
        await platform.blobs.put(key, probe)
    body = b"".join([chunk async for chunk in platform.blobs.read(key)])
    await platform.blobs.delete_prefix("doctor/")
    if body != b"probe":
        raise OSError("what was stored came back different")
    return f"{platform.settings.blob_url.partition(':')[0]}: stores, reads and deletes"


async def _limits(platform: Platform) -> str:
    await platform.limiter.count("doctor", 1, 60)
    where = platform.settings.rate_limit_url.partition(":")[0] or "the database"
    return f"are counted in {where}"


async def _certificate(platform: Platform) -> str:
    path = platform.settings.tls_cert
    if path is None:
        return "none; a proxy in front may speak HTTPS"
    from cryptography.x509 import load_pem_x509_certificate  # it takes a while, and no server needs it

    try:
        certificate = load_pem_x509_certificate(path.read_bytes())
    except ValueError:
        raise NotConfigured("tls_cert: it is no PEM file with a certificate") from None
    left = certificate.not_valid_after_utc - platform.clock()
    if left <= timedelta():
        raise NotConfigured(f"tls_cert: it ended on {certificate.not_valid_after_utc:%Y-%m-%d}")
    return f"holds for {left.days} more days"


async def _key_pairs(platform: Platform) -> str:
    """Open every private key that may sign: a lost or changed secret is found here, not by a refused URL."""
    pairs = [key for key in await platform.catalog.keys() if key.kind is KeyKind.IMAGEKIT]
    active = [key for key in pairs if key.revoked_at is None]
    for key in active:
        unseal(platform.secret_key, key.id, key.sealed)
    return f"{len(active)} active, and can be opened"


async def _probe(platform: Platform) -> str:
    """Time one render as a request would have it: planned, in a worker, decoded and encoded."""
    await platform.renderer.warm()
    began = time.perf_counter()
    size = await _render(platform, Format.JPEG, Format.WEBP)
    return f"{(time.perf_counter() - began) * 1000:.0f} ms for a WebP of {size} bytes, in a worker process"


def _decoding(format_: Format) -> Callable[[Platform], Awaitable[str]]:
    async def look(platform: Platform) -> str:
        facts = await _ingest(platform, format_)
        return f"{facts.width}x{facts.height}"

    return look


def _encoding(format_: Format) -> Callable[[Platform], Awaitable[str]]:
    async def look(platform: Platform) -> str:
        return f"{await _render(platform, Format.PNG, format_)} bytes"

    return look


async def _ingest(platform: Platform, format_: Format) -> Facts:
    with tempfile.TemporaryDirectory(dir=platform.scratch) as folder, as_file(_sample(format_)) as sample:
        source = Path(shutil.copy(sample, folder))
        found = await platform.renderer.ingest(
            source, format_, ingest_limits(platform.settings), Path(folder)
        )
    return found.facts


async def _render(platform: Platform, source_format: Format, format_: Format) -> int:
    facts = await _ingest(platform, source_format)
    wish = Transformation.of(Resize(short_edge=8), format_=format_)
    what = plan(unstored(facts, platform.clock()), wish, Context())
    if not isinstance(what, Plan):  # a size was asked for, so there is something to render
        raise TypeError(what)
    with (
        tempfile.TemporaryDirectory(dir=platform.scratch) as folder,
        as_file(_sample(source_format)) as sample,
    ):
        copy = Path(shutil.copy(sample, folder))
        return len(await platform.renderer.render(what, {what.picture.file: copy}))


def _sample(format_: Format) -> Traversable:
    return SAMPLES / f"sample.{FORMATS[format_].extensions[0]}"
