"""Rows that the tests of the catalog are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from calotype.domain.assets import Asset, Facts, Version
from calotype.domain.formats import Format
from calotype.domain.workspaces import Ability, Key, OriginalPolicy, Workspace

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
HOME = Workspace("w-home", "home", "h0m", NOW)
AWAY = Workspace("w-away", "away", "aw4y", NOW, OriginalPolicy.KEEP)
FACTS = Facts(
    Format.HEIC,
    4000,
    3000,
    profile=True,
    orientation=6,
    gps=True,
    mezzanine=Format.JPEG,
    mezzanine_width=2048,
)


def at(moment: datetime) -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: moment


def picture(number: int, **fields: object) -> Asset:
    id_ = f"{number:024x}"
    version = Version(id_, 1234, "ab" * 32, FACTS)
    asset = Asset(id_, HOME.id, f"{number}.heic", "/", f"{number}_{id_}.heic", version, NOW, NOW)
    return replace(asset, **{"published_at": NOW} | fields)


def key(number: int, **fields: object) -> Key:
    created_at = NOW + number * SECOND
    plain = Key(f"k{number}", HOME.id, "mine", "img_live_abcd0123", "d1", frozenset(Ability), created_at)
    return replace(plain, **fields)
