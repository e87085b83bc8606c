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
from calotype.ports.fetching import Fetcher
from calotype.ports.locks import Locks
from calotype.ports.ratelimits import RateLimiter
from calotype.ports.rendering import Renderer
from calotype.ports.surroundings import Clock, Random
from calotype.ports.mail import Mailer

if TYPE_CHECKING:  # workers import this package, and need no settings
    from calotype.settings import Settings
from calotype.ports.usage import Meter


@dataclass(frozen=True, slots=True)
class Platform:
    """The frozen bundle of ports that services work with; `bootstrap` builds it."""

    settings: Settings
    catalog: Catalog
    blobs: BlobStore
    renderer: Renderer
    cache: VariantCache
    locks: Locks
    limiter: RateLimiter
    fetcher: Fetcher
    clock: Clock
    random: Random
    meter: Meter
    secret_key: str = field(repr=False)
    """The installation's own secret, from the setting or the data directory: it seals what must be read again."""

    @property
    accounts: Accounts
    sign_ins: SignIns
    mailer: Mailer
    apps: Apps
    def scratch(self) -> Path:
        """The folder for spooled uploads and intermediates: on the blobs' file system, emptied at start."""
        return self.settings.data_dir / "scratch"
