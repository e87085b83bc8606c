"""Colour: whatever the samples mean, turned into 8-bit sRGB; relative colorimetric, black-point compensated.

Law: an embedded profile is honoured; one that moves no colour is skipped; one that is broken counts as none.

Why so: docs/adr/0012.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product

from calotype.engine.vips import Error, Image, pyvips

PROFILE_FIELD = "icc-profile-data"
MAX_PROFILE_BYTES = 4 * 1024 * 1024
"""Above it a profile is an attack or a mistake, and is not read (security.md, D8)."""

_GREY = frozenset({"b-w", "grey16"})
_RGB = frozenset({"srgb", "rgb16", "rgb"})
_NAMES = {"cmyk": "cmyk", "lab": "lab", "labs": "lab", "labq": "lab", "scrgb": "linear", "xyz": "xyz"}

_LEVELS = tuple(range(0, 256, 51))
_GRID = bytes(level for colour in product(_LEVELS, repeat=3) for level in colour)
_RAMP = bytes(range(256))


def to_srgb(image: Image) -> Image:
    """Convert *image* to 8-bit sRGB with three bands, and alpha where there was some."""
    source = _default_profile(image)
    if source or _is_honoured(image):
        return image.icc_transform(
            "srgb",
            embedded=_is_honoured(image),
            # Stands in when the embedded profile turns out to be for another kind of samples.
            input_profile=source or "srgb",
            intent="relative",
            black_point_compensation=True,
            depth=8,
        )
    if image.interpretation == "srgb" and image.format == "uchar":
        return image
    return image.colourspace("srgb")


def in_own_space(image: Image) -> Image:
    """Leave RGB samples in the space that their profile names, 8 bits deep; make all else sRGB without a profile.

    CMYK, Lab and grey always become sRGB: operations work on three bands, browsers show ink as they please, and
    of our output formats only JPEG could hold it.
    """
    if image.interpretation in _RGB and _is_usable(_profile(image)):
        return image.colourspace(
            "srgb"
        )  # between RGB depths it shifts bits, and leaves profile and colours alone
    converted = to_srgb(image).copy()
    converted.remove(PROFILE_FIELD)
    return converted


def before_mixing(image: Image) -> Image:
    """Convert now what must not be scaled in its own space; leave RGB and grey for after, when it is cheaper.

    Halfway between two inks is not halfway between their colours: CMYK scaled first is off by a ΔE00 of 1
    on average. RGB spaces share sRGB's kind of curve, and differ by a tenth of that.
    """
    return image if image.interpretation in _GREY | _RGB else to_srgb(image)


def has_profile(image: Image) -> bool:
    """Say whether a profile is embedded that moves any colour."""
    return _is_honoured(image)


def name(image: Image) -> str:
    """Name the space of *image*'s samples, for people and the planner."""
    if image.interpretation in _GREY:
        return "grey"
    if image.interpretation not in _RGB:
        return _NAMES.get(image.interpretation, str(image.interpretation))
    if not has_profile(image):
        return "srgb"
    return "p3" if _is_display_p3(_profile(image)) else "rgb"


def _default_profile(image: Image) -> str:
    """Name the profile for samples that mean nothing without one; libvips has a standard press built in."""
    return "cmyk" if image.interpretation == "cmyk" else ""


def _profile(image: Image) -> bytes:
    return bytes(image.get(PROFILE_FIELD)) if image.get_typeof(PROFILE_FIELD) else b""


def _is_honoured(image: Image) -> bool:
    profile = _profile(image)
    if not 0 < len(profile) <= MAX_PROFILE_BYTES or image.interpretation not in _GREY | _RGB | {"cmyk"}:
        return False
    if image.interpretation == "cmyk":
        return True
    return not _is_plain(profile, grey=image.interpretation in _GREY)


def is_plain(profile: bytes) -> bool:
    """Say whether *profile* says nothing that a file without a profile would not say: sRGB's curve, or broken."""
    return len(profile) > MAX_PROFILE_BYTES or _is_plain(profile, grey=profile[16:20] == b"GRAY")


@lru_cache(maxsize=8)
def _is_plain(profile: bytes, *, grey: bool) -> bool:
    """Say whether *profile* leaves a grid of colours where it is, within one level: then it is sRGB by any name."""
    samples = _samples(grey=grey)
    return _distance(_through(samples, profile), samples.colourspace("srgb")) <= 1


@lru_cache(maxsize=8)
def _is_display_p3(profile: bytes) -> bool:
    """Say whether *profile* is Display P3, give or take how its makers rounded the curve."""
    samples = _samples(grey=False)
    return _distance(_through(samples, profile), _through(samples, bytes(Image.profile_load("p3")))) <= 3


@lru_cache(maxsize=8)
def _is_usable(profile: bytes) -> bool:
    """Say whether *profile* describes RGB samples, and is whole."""
    return 0 < len(profile) <= MAX_PROFILE_BYTES and _converted(_samples(grey=False), profile) is not None


def _samples(*, grey: bool) -> Image:
    if grey:
        return Image.new_from_memory(_RAMP, 256, 1, 1, "uchar").copy(interpretation="b-w")
    return Image.new_from_memory(_GRID, len(_GRID) // 3, 1, 3, "uchar").copy(interpretation="srgb")


def _through(samples: Image, profile: bytes) -> Image:
    """Convert *samples* from *profile* to sRGB; as they are when it cannot be used."""
    return _converted(samples, profile) or samples.colourspace("srgb")


def _converted(samples: Image, profile: bytes) -> Image | None:
    tagged = samples.copy()
    tagged.set_type(pyvips.GValue.blob_type, PROFILE_FIELD, profile)
    try:
        return tagged.icc_transform(
            "srgb", embedded=True, intent="relative", black_point_compensation=True
        ).copy_memory()
    except Error:
        return None


def _distance(one: Image, other: Image) -> float:
    return float((one - other).abs().max())
