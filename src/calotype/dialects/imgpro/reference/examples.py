"""Examples of what the API answers, made by the code that answers: a sample image, as each generation shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from calotype.dialects.imgpro import apps, registering, usage, wire
from calotype.dialects.imgpro.cursors import cursor_after
from calotype.dialects.imgpro.image_object import image
from calotype.dialects.imgpro.reference.declaring import Json
from calotype.domain.accounts import Account
from calotype.domain.apps import AppUser
from calotype.domain.assets import Asset, Facts, Version
from calotype.domain.formats import Format
from calotype.domain.plans import DEFAULTS, Standing, Usage
from calotype.domain.workspaces import Ability, Key, Workspace
from calotype.services.accounts import Registered
from calotype.services.connecting import Profile
from calotype.settings import Settings

ID = "5f0c3a9d7b21e4868c1d2f30"
OTHER_ID = "c07e1b52a94d8f36e0a1b2c3"

_NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
_WORKSPACE = Workspace("0" * 24, "example", "4j2", _NOW)
_SAMPLE = Asset(
    ID, _WORKSPACE.id, "photo.jpg", "/my-project/", f"photo_{ID}.jpg",
    Version(ID, 2_456_780, "", Facts(Format.JPEG, 4000, 3000)), _NOW, _NOW, published_at=_NOW,
)  # fmt: skip
_TAGGED = replace(_SAMPLE, namespace="my-project", tags=("hero", "homepage"), metadata={"author": "Jane Doe"})
_LABELLED = replace(_SAMPLE, caption="Low sun over the lake", labels={"album": "lakes"})

_STANDING = Standing(DEFAULTS["free"], Usage(uploads=42, stored=142, stored_bytes=52_428_800), _NOW)
_REGISTERED = Registered(
    Account("0" * 24, "ada@example.com", _WORKSPACE.id, _NOW),
    replace(_WORKSPACE, plan="free", verified=False),
    Key("key_7x9k2m", _WORKSPACE.id, "laptop", "", "", frozenset(Ability), _NOW),
    "img_live_" + "example" * 5,
)
_PROFILE = Profile(
    AppUser("m3k9ab2c", "a8o46yrk", "0" * 24, "0" * 24, _NOW),
    "ada@example.com",
    email_verified=True,
    plan="free",
)


def examples(settings: Settings) -> dict[str, Json]:
    """Give an example for each schema of an answer, with the addresses of this server."""
    media = wire.media(_TAGGED, _WORKSPACE, settings, owned=True, editable=True)
    modern = image(_LABELLED, _WORKSPACE, settings)
    cursor = cursor_after(_SAMPLE)
    return {
        "Media": media,
        "MediaList": {"data": [media], "next_cursor": cursor, "has_more": True},
        "Image": modern,
        "ImageList": {
            "object": "list",
            "data": [modern],
            "pagination": {"next_cursor": cursor, "has_more": True},
        },
        "Updated": {"updated": 2},
        "Deleted": {"deleted": 2},
        "ImagesChanged": {"object": "batch_result", "data": [modern], "errors": []},
        "ImagesDeleted": {"object": "batch_result", "data": [{"id": ID, "deleted": True}], "errors": []},
        "NewKey": registering.key_object(_REGISTERED, DEFAULTS["free"]),
        "Usage": usage.document(_STANDING, verified=True),
        "User": apps.user_object(_PROFILE),
        "Namespaces": {
            "data": [{"namespace": "my-project", "count": 128, "storage_bytes": 52_428_800}],
            "next_offset": None,
        },
    }
