"""The seams: what the services need from the outside world, as small Protocols, one file for each subject.

Law: each port ships an in-memory version, and one contract suite runs over every adapter of it.
"""

from calotype.ports.accounts import Accounts, Registration, Session, SignInCode, SignIns, UsedLink
from calotype.ports.apps import Apps
from calotype.ports.blobs import BlobInfo, BlobStore
from calotype.ports.cache import Dropped, VariantCache
from calotype.ports.catalog import AssetQuery, Catalog, Entailed, Event, NamespaceTotal
from calotype.ports.expiry import Expiry
from calotype.ports.fetching import Fetcher, Sink
from calotype.ports.idempotency import Attempt, RequestsSeen
from calotype.ports.jobs import Handler, Job, Jobs
from calotype.ports.locks import Locks
from calotype.ports.mail import Mail, Mailer
from calotype.ports.platform import Platform
from calotype.ports.ratelimits import RateLimiter, Window
from calotype.ports.rendering import Ingested, IngestLimits, Renderer, Sources
from calotype.ports.surroundings import Clock, Random
from calotype.ports.usage import Meter, Miscount
from calotype.ports.vision import Imagination, Label, Talent, TextFormat, Vision

__all__ = [
    "Accounts",
    "Apps",
    "AssetQuery",
    "Attempt",
    "BlobInfo",
    "BlobStore",
    "Catalog",
    "Clock",
    "Dropped",
    "Entailed",
    "Event",
    "Expiry",
    "Fetcher",
    "Handler",
    "Imagination",
    "IngestLimits",
    "Ingested",
    "Job",
    "Jobs",
    "Label",
    "Locks",
    "Mail",
    "Mailer",
    "Meter",
    "Miscount",
    "NamespaceTotal",
    "Platform",
    "Random",
    "RateLimiter",
    "Registration",
    "Renderer",
    "RequestsSeen",
    "Session",
    "SignInCode",
    "SignIns",
    "Sink",
    "Sources",
    "Talent",
    "TextFormat",
    "UsedLink",
    "VariantCache",
    "Vision",
    "Window",
]
