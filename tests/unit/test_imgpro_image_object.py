"""The Image object: every field always, sizes rounded down, and addresses that are delivered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calotype.dialects.imgpro.cdn import parse
from calotype.dialects.imgpro.image_object import image
from calotype.domain.assets import Asset, Facts, Version
from calotype.domain.formats import Format
from calotype.domain.visibility import Visibility
from calotype.domain.workspaces import Workspace
from calotype.settings import Settings

NOW = datetime(2024, 1, 1, microsecond=999_999, tzinfo=UTC)
ID = "0123456789abcdef01234567"
CDN = f"https://cdn.example/xyz/{ID}"
ASSET = Asset(
    ID,
    "w",
    "a.jpg",
    "/",
    "a.jpg",
    Version(ID, 9, "", Facts(Format.JPEG, 4000, 3000)),
    NOW,
    NOW,
    published_at=NOW,
)
WORKSPACE = Workspace("w", "default", "xyz", NOW)
SETTINGS = Settings(base_url="https://img.example/", cdn_url="https://cdn.example/")


def shown(asset=ASSET, **facts):
    version = replace(asset.version, facts=replace(asset.version.facts, **facts))
    return image(replace(asset, version=version), WORKSPACE, SETTINGS)


def sides(**facts):
    return [(each["width"], each["height"]) for each in shown(**facts)["sizes"].values()]


def test_the_vendors_sample_has_the_vendors_sizes():
    assert shown()["sizes"] == {
        "small": {"url": f"{CDN}.jpg?size=s", "width": 426, "height": 320},
        "medium": {"url": f"{CDN}.jpg?size=m", "width": 853, "height": 640},
        "large": {"url": f"{CDN}.jpg?size=l", "width": 1440, "height": 1080},
    }


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (3000, 4000, [(320, 426), (640, 853), (1080, 1440)]),
        (500, 400, [(400, 320), (500, 400), (500, 400)]),
        (1, 1, [(1, 1)] * 3),
        (16_000, 1, [(16_000, 1)] * 3),
        (320, 320, [(320, 320)] * 3),
    ],
)
def test_a_size_is_the_short_edge_and_never_larger_than_the_image(width, height, expected):
    assert sides(width=width, height=height) == expected


@pytest.mark.parametrize(
    ("format_", "alpha", "name", "transformable"),
    [
        (Format.JPEG, False, "jpg", True),
        (Format.PNG, True, "png", True),
        (Format.GIF, True, "gif", True),
        (Format.WEBP, True, "webp", True),
        (Format.AVIF, False, "avif", True),
        (Format.HEIC, False, "jpg", True),
        (Format.HEIC, True, "png", True),
        (Format.TIFF, False, "jpg", True),
        (Format.SVG, True, "svg", False),
        (Format.BMP, False, "bmp", False),
        (Format.ICO, True, "ico", False),
    ],
)
def test_the_format_is_the_one_that_is_delivered(format_, alpha, name, transformable):
    body = shown(format=format_, alpha=alpha)
    assert (body["format"], body["transformable"], bool(body["sizes"])) == (
        name,
        transformable,
        transformable,
    )
    assert body["url"] == f"{CDN}.{name}"
    assert parse(f"xyz/{ID}.{name}", "").asset_id == ID


def test_a_drawing_without_a_size_has_none():
    body = shown(format=Format.SVG, width=0, height=0)
    assert (body["width"], body["height"], body["sizes"]) == (None, None, {})


def test_times_are_iso_in_whole_seconds_that_have_passed():
    body = shown(replace(ASSET, expires_at=NOW + timedelta(days=1)))
    times = [body[name] for name in ("published_at", "created_at", "updated_at", "expires_at")]
    assert times == ["2024-01-01T00:00:00Z"] * 3 + ["2024-01-02T00:00:00Z"]


@pytest.mark.parametrize("visibility", list(Visibility))
def test_only_what_is_public_says_so(visibility):
    assert shown(replace(ASSET, visibility=visibility))["public"] is (visibility is Visibility.PUBLIC)
