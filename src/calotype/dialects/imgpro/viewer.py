"""What the viewer page says about one picture: its sizes, links, embed codes and words. Pure.

Law: every link starts with a configured URL, and every string is plain text that the template escapes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from calotype.dialects.imgpro.cdn import SIZES, SOCIAL_SIZE
from calotype.domain.assets import Asset
from calotype.domain.formats import FORMATS, Format
from calotype.domain.output import natural_format
from calotype.domain.workspaces import Workspace
from calotype.operations.base import Scene
from calotype.operations.base import Size as Pixels
from calotype.web.wording import human_bytes

PANORAMA = 3.0
"""From this width to height on, fitting the page's width makes a stripe of a picture: it scrolls sideways."""
TALL = 0.4
"""Down from this width to height, fitting the window's height makes a stripe: the page scrolls instead."""

LABELS = {"s": "Small", "m": "Medium", "l": "Large"}
STILL_FORMATS = (Format.WEBP, Format.JPEG, Format.PNG, Format.AVIF)
ANIMATED_FORMATS = (Format.WEBP, Format.GIF, Format.JPEG)

_DESCRIPTIONS = ("description", "caption")
_ALTERNATIVES = ("alt_text", "alt")
_COLOUR = re.compile(r"#[0-9a-f]{6}\Z")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>&!])")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The public URLs of things, from the settings alone: a request's Host is never believed."""

    base_url: str
    cdn_url: str

    def page(self, asset_id: str) -> str:
        """Name the viewer page of an asset."""
        return f"{self.base_url}/{asset_id}"

    def image(self, storage: str, asset_id: str, format_: Format, size: str = "") -> str:
        """Name an image: *size* is `s`, `m`, `l`, or empty for all its pixels."""
        query = f"?size={size}" if size else ""
        return f"{self.cdn_url}/{storage}/{asset_id}.{FORMATS[format_].extensions[0]}{query}"


@dataclass(frozen=True, slots=True)
class Size:
    """One size that the picture can be had in: the word for the URL, the word for people, pixels."""

    word: str
    label: str
    width: int
    height: int


def sizes_of(width: int, height: int) -> tuple[Size, ...]:
    """List the distinct sizes of a picture, smallest first; nothing is ever enlarged, so a small one has one."""
    sizes: list[Size] = []
    for word, resize in SIZES.items():
        resolved = resize.resolve(Scene.of(width, height))
        if not resolved:
            return (*sizes, Size(word, "Full size", width, height))
        sizes.append(Size(word, LABELS[word], *resolved[0].size_after(Pixels(width, height))))
    return tuple(sizes)


@dataclass(frozen=True, slots=True)
class Picture:
    """An asset as the page shows it."""

    asset: Asset
    workspace: Workspace
    addresses: Addresses

    @property
    def vouched_for(self) -> bool:
        """Whether somebody is known to have uploaded it; what nobody vouches for stays out of search engines."""
        return self.workspace.verified and not self.workspace.is_anonymous

    @property
    def animated(self) -> bool:
        """Whether it moves, in a format that browsers play."""
        facts = self.asset.version.facts
        return facts.frames > 1 and FORMATS[facts.format].animated

    @property
    def shape(self) -> str:
        """Say how it is laid out: `panorama`, `tall` or `fitted`."""
        if self.ratio >= PANORAMA:
            return "panorama"
        return "tall" if self.ratio <= TALL else "fitted"

    @property
    def ratio(self) -> float:
        """Width to height."""
        facts = self.asset.version.facts
        return round(facts.width / facts.height, 5)

    @property
    def backdrop(self) -> str:
        """The colour to show until the picture comes; nothing for one that can be seen through."""
        facts = self.asset.version.facts
        return facts.dominant if _COLOUR.match(facts.dominant) and not facts.alpha else "transparent"

    @property
    def sizes(self) -> tuple[Size, ...]:
        """The sizes it can be had in, smallest first."""
        facts = self.asset.version.facts
        return sizes_of(facts.width, facts.height)

    @property
    def largest(self) -> Size:
        """The largest of its sizes: what the page, the embed codes and other sites show."""
        return self.sizes[-1]

    @property
    def formats(self) -> tuple[Format, ...]:
        """The formats it is offered in."""
        return ANIMATED_FORMATS if self.animated else STILL_FORMATS

    @property
    def preferred(self) -> Format:
        """The format for browsers of today: small, and fast to make."""
        return Format.WEBP

    @property
    def fallback(self) -> Format:
        """The format for browsers of any age: JPEG, or PNG for what has transparency."""
        return Format.PNG if self.asset.version.facts.alpha else Format.JPEG

    def link(self, format_: Format, size: str = "") -> str:
        """Name the picture in a format and size."""
        return self.addresses.image(self.workspace.storage, self.asset.id, format_, size)

    @property
    def page(self) -> str:
        """The URL of its viewer page."""
        return self.addresses.page(self.asset.id)

    @property
    def original(self) -> str:
        """The URL of the file as it was stored."""
        return self.link(self.asset.version.facts.format)

    @property
    def direct(self) -> str:
        """The URL of all its pixels, in a format that browsers show."""
        return self.link(natural_format(self.asset.version.facts))

    @property
    def shown(self) -> str:
        """What `<img>` names: an animation as it is stored, so that it plays; anything else as a raster."""
        return self.original if self.animated else self.link(self.fallback, self.largest.word)

    @property
    def social(self) -> tuple[int, int]:
        """Width and height in pixels of what other sites show."""
        return SOCIAL_SIZE

    @property
    def og_image(self) -> str:
        """What other sites show: JPEG, because none of them refuses it."""
        return self.link(Format.JPEG, "social")

    def srcset(self, format_: Format) -> str:
        """List every size with its true width, for `srcset`."""
        return ", ".join(f"{self.link(format_, size.word)} {size.width}w" for size in self.sizes)

    @property
    def description(self) -> str:
        """What its owner says about it: its caption, or such a word among its metadata; empty when nothing."""
        return (self.asset.caption or "").strip() or _first(self.asset.metadata, _DESCRIPTIONS)

    @property
    def alternative(self) -> str:
        """The words for those who do not see it; its name when its owner gave none."""
        return _first(self.asset.metadata, _ALTERNATIVES) or self.description or self.asset.name

    @property
    def summary(self) -> str:
        """Say what it is in one line: `1920 x 1080 pixels, JPEG, 240 KB`, with a real multiplication sign."""
        version = self.asset.version
        pixels = f"{version.facts.width} \N{MULTIPLICATION SIGN} {version.facts.height} pixels"
        return f"{pixels}, {version.facts.format.shown}, {human_bytes(version.size)}"

    @property
    def html(self) -> str:
        """HTML that shows it on another site, linked to its page."""
        size = self.largest
        return (
            f'<a href="{escape(self.page)}"><img src="{escape(self.shown)}" '
            f'width="{size.width}" height="{size.height}" alt="{escape(self.alternative)}"></a>'
        )

    @property
    def markdown(self) -> str:
        """Markdown that shows it, linked to its page."""
        alternative = _MARKDOWN.sub(r"\\\1", " ".join(self.alternative.split()))
        return f"[![{alternative}]({self.shown})]({self.page})"

    @property
    def bbcode(self) -> str:
        """BBCode, as forums read it, that shows it, linked to its page: two URLs of ours, and no words of anybody's."""
        return f"[url={self.page}][img]{self.shown}[/img][/url]"


def _first(metadata: Mapping[str, str], names: Sequence[str]) -> str:
    return next((metadata[name] for name in names if metadata.get(name, "").strip()), "").strip()
