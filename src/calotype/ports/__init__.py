"""The seams: what the services need from the outside world, as small Protocols, one file for each subject.

Law: each port ships an in-memory version, and one contract suite runs over every adapter of it.
"""

from calotype.ports.accounts import Accounts, Registration, Session, SignInCode, SignIns, UsedLink
from calotype.ports.apps import Apps
from calotype.ports.blobs import BlobInfo, BlobStore
from calotype.ports.cache import Dropped, VariantCache
from calotype.ports.catalog import AssetQuery, Catalog, Event, NamespaceTotal
from calotype.ports.fetching import Fetcher, Sink
from calotype.ports.locks import Locks
from calotype.ports.platform import Platform
from calotype.ports.ratelimits import RateLimiter
from calotype.ports.rendering import Ingested, IngestLimits, Renderer, Sources
from calotype.ports.mail import Mail, Mailer
from calotype.ports.surroundings import Clock, Random

__all__ = [
    "AssetQuery",
from calotype.ports.usage import Meter, Miscount
    "BlobInfo",
    "BlobStore",
    "Accounts",
    "Apps",
    "Catalog",
    "Clock",
    "Dropped",
    "Event",
    "Fetcher",
    "IngestLimits",
    "Ingested",
    "Locks",
    "NamespaceTotal",
    "Platform",
    "Random",
    "RateLimiter",
    "Renderer",
    "RequestsSeen",
    "Session",
    "SignInCode",
    "SignIns",
    "Mail",
    "Mailer",
    "Meter",
    "Miscount",
    "Sink",
    "Sources",
    "VariantCache",
]
