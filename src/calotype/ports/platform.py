"""Everything that services work with, in one bundle."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from calotype.ports.accounts import Accounts, SignIns
from calotype.ports.apps import Apps
from calotype.ports.blobs import BlobStore
from calotype.ports.cache import VariantCache
from calotype.ports.catalog import Catalog
from calotype.ports.expiry import Expiry
from calotype.ports.fetching import Fetcher
from calotype.ports.idempotency import RequestsSeen
from calotype.ports.jobs import Jobs
from calotype.ports.locks import Locks
from calotype.ports.mail import Mailer
from calotype.ports.ratelimits import RateLimiter
from calotype.ports.rendering import Renderer
from calotype.ports.surroundings import Clock, Random
from calotype.ports.usage import Meter
from calotype.ports.vision import Vision

if TYPE_CHECKING:  # workers import this package, and need no settings
    from calotype.settings import Settings


@dataclass(frozen=True, slots=True)
class Platform:
    """The frozen bundle of ports that services work with; `bootstrap` builds it."""

    settings: Settings
    catalog: Catalog
    expiry: Expiry
    jobs: Jobs
    blobs: BlobStore
    renderer: Renderer
    cache: VariantCache
    locks: Locks
    limiter: RateLimiter
    requests_seen: RequestsSeen
    meter: Meter
    fetcher: Fetcher
    accounts: Accounts
    sign_ins: SignIns
    mailer: Mailer
    apps: Apps
    vision: Vision
    clock: Clock
    random: Random
    secret_key: str = field(repr=False)
    """The installation's own secret, from the setting or the data directory: it seals what must be read again."""

    @property
    def scratch(self) -> Path:
        """The folder for spooled uploads and intermediates: on the blobs' file system, emptied at start."""
        return self.settings.data_dir / "scratch"
