"""Pictures that models give: decoded by a worker before anything is done with them, stored nowhere.

Law: what is wrong with one is the model's failure, never the caller's.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from calotype.domain.assets import Asset, unstored
from calotype.domain.formats import Format, sniff
from calotype.domain.pictures import Source
from calotype.errors import FileTooLarge, ImageRefused, UnsupportedType, VisionFailed
from calotype.ports import Platform
from calotype.services.uploads import ingest_limits
from calotype.spool import Spool, Spooled

_FORMATS = frozenset({Format.JPEG, Format.PNG, Format.WEBP})


@dataclass(frozen=True, slots=True)
class Given:
    """A picture that a model gave: decoded once by a worker, stored nowhere."""

    asset: Asset
    path: Path

    @property
    def file(self) -> tuple[str, Source]:
        """Its name among the sources of a plan."""
        return self.asset.version.id, Source.ORIGINAL


@asynccontextmanager
async def ingested(platform: Platform, owner: str, body: bytes) -> AsyncIterator[Given]:
    """Decode what a model gave, in a worker; its files are there for the block.

    Raises:
        VisionFailed: it is no picture that we accept.
    """
    with (
        spooled(platform, body, "") as file,
        tempfile.TemporaryDirectory(prefix="model-", dir=platform.scratch) as scratch,
    ):
        with _blaming_model():
            format_ = sniff(file.head)
            if format_ not in _FORMATS or format_ is None:
                raise UnsupportedType
            limits = ingest_limits(platform.settings)
            found = await platform.renderer.ingest(file.path, format_, limits, Path(scratch), owner=owner)
        facts = replace(found.facts, mezzanine=None, small=None)
        yield Given(unstored(facts, platform.clock()), file.path)


@contextmanager
def _blaming_model() -> Iterator[None]:
    try:
        yield
    except (ImageRefused, UnsupportedType, FileTooLarge) as error:
        raise VisionFailed("The model's picture is none that can be decoded.") from error


@contextmanager
def spooled(platform: Platform, body: bytes, name: str) -> Iterator[Spooled]:
    """Put *body* into a file called *name*, which is there for the block."""
    spool = Spool(platform.scratch, len(body), "")
    try:
        spool.write(memoryview(body))
        yield spool.close(name)
    finally:
        spool.discard()
