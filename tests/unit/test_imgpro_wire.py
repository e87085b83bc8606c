"""The media object: what applies is there, what does not is left out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calotype.dialects.imgpro.wire import media
from calotype.domain.assets import Asset, Facts, Version
from calotype.domain.formats import Format
from calotype.domain.visibility import Visibility
from calotype.domain.workspaces import Workspace
from calotype.settings import Settings

NOW = datetime(2024, 1, 1, microsecond=999_999, tzinfo=UTC)
ID = "0123456789abcdef01234567"
FACTS = Facts(Format.JPEG, 1920, 1080)
ASSET = Asset(ID, "w", "photo.jpg", "/", "photo.jpg", Version(ID, 245_678, "", FACTS), NOW, NOW)
WORKSPACE = Workspace("w", "default", "xyz", NOW)
SETTINGS = Settings(base_url="https://img.example/", cdn_url="https://cdn.example/")


def shown(asset=ASSET, **options):
    return media(asset, WORKSPACE, SETTINGS, **options)


def test_a_plain_image_is_exactly_these_fields_in_this_order():
    assert list(shown().items()) == [
        ("id", ID),
        ("name", "photo.jpg"),
        ("url", f"https://img.example/{ID}"),
        ("src", f"https://cdn.example/xyz/{ID}.jpeg"),
        ("width", 1920),
        ("height", 1080),
        ("filesize", 245_678),
        ("created_at", 1_704_067_200),
    ]


def test_everything_that_applies_is_shown():
    full = replace(
        ASSET,
        tags=("a",),
        namespace="ns",
        external_id="e",
        date="2024-01-15",
        metadata={"author": "Jane"},
        expires_at=NOW + timedelta(days=1),
    )
    assert shown(full, editable=True) == {
        **shown(),
        "editable": True,
        "tags": ["a"],
        "namespace": "ns",
        "external_id": "e",
        "date": "2024-01-15",
        "author": "Jane",
        "expires_at": 1_704_153_600,
    }


def test_the_path_is_shown_to_the_owner():
    assert shown(owned=True) == {**shown(), "path": "/photo.jpg"}


@pytest.mark.parametrize("visibility", [each for each in Visibility if each is not Visibility.PUBLIC])
def test_only_what_is_public_has_a_page(visibility):
    assert "url" not in shown(replace(ASSET, visibility=visibility))


def test_a_custom_field_from_elsewhere_never_stands_in_for_one_of_ours():
    assert shown(replace(ASSET, metadata={"id": "x", "url": "javascript:", "status": "ready"})) == shown()


@pytest.mark.parametrize(
    ("format_", "alpha", "extension"),
    [
        (Format.PNG, True, "png"),
        (Format.HEIC, False, "jpeg"),
        (Format.HEIC, True, "png"),
        (Format.TIFF, False, "jpeg"),
        (Format.SVG, True, "svg"),
        (Format.ICO, True, "ico"),
    ],
)
def test_src_names_the_format_that_is_delivered(format_, alpha, extension):
    version = replace(ASSET.version, facts=Facts(format_, 8, 8, alpha=alpha))
    assert shown(replace(ASSET, version=version))["src"] == f"https://cdn.example/xyz/{ID}.{extension}"


def test_a_size_that_is_not_known_is_left_out():
    version = replace(ASSET.version, facts=Facts(Format.SVG, 0, 0))
    assert {"width", "height"} & shown(replace(ASSET, version=version)).keys() == set()
