"""What each tool takes: the JSON schemas that agents read, limits included. Pure.

Law: a schema says shapes and limits; what words mean is checked where the REST routes check it.
"""

from __future__ import annotations

from typing import (  # pydantic needs this TypedDict before Python 3.12
    Annotated,
    Literal,
    NotRequired,
    Required,
)

from pydantic import ConfigDict, Field
from typing_extensions import (
    TypedDict,
)

from calotype.dialects.imgpro.cdn import PARAMETERS
from calotype.dialects.imgpro.values import LIMIT_MAX, URL_CHARS
from calotype.domain.assets import (
    CAPTION_CHARS,
    EXTERNAL_ID_CHARS,
    LABEL_KEY_CHARS,
    LABEL_VALUE_CHARS,
    LABELS_MAX,
    METADATA_FIELDS,
    NAME_CHARS,
    TAG_CHARS,
    TAGS_MAX,
)
from calotype.operations.base import EDGE

IDS_MAX = 50
"""Images that one call names."""

_STRICT = ConfigDict(extra="forbid", strict=True)

ImageId = Annotated[str, Field(description="The image's id: 24 lower-case hexadecimal characters.")]
WebUrl = Annotated[
    str,
    Field(description=f"An http or https URL of the image itself, at most {URL_CHARS:,} characters."),
]

_TAGS = f"At most {TAGS_MAX} tags of {TAG_CHARS} characters, lower-cased."
_LABELS = (
    f"At most {LABELS_MAX} labels, strings: keys up to {LABEL_KEY_CHARS}, values up to {LABEL_VALUE_CHARS} "
    "characters. Lists can be filtered by them."
)
_METADATA = (
    f"At most {METADATA_FIELDS} strings that are kept and shown, but not searched; up to 2,000 characters."
)
_NAMESPACE = "2 to 64 lower-case letters, digits and inner hyphens; groups images."
_EXTERNAL_ID = (
    f"Your own id, at most {EXTERNAL_ID_CHARS} characters, unique in the workspace. An upload with one that is "
    "there already answers the image that has it."
)

Name = Annotated[str, Field(description=f"File name, at most {NAME_CHARS} characters.")]
Caption = Annotated[str, Field(description=f"At most {CAPTION_CHARS:,} characters, shown on the page.")]
Tags = Annotated[list[str], Field(description=_TAGS)]
Namespace = Annotated[str, Field(description=_NAMESPACE)]
ExternalId = Annotated[str, Field(description=_EXTERNAL_ID)]
Date = Annotated[str, Field(description="A date such as 2024-01-15, or an ISO 8601 date and time.")]
Labels = Annotated[dict[str, str], Field(description=_LABELS)]
Metadata = Annotated[dict[str, str], Field(description=_METADATA)]
Public = Annotated[
    bool, Field(description="true (the default): it has a page. false: only who has its URL sees it.")
]
Ttl = Annotated[
    int | str,
    Field(
        description="How long it lives: seconds from 300, or 5m to 90d as in 12h. Without: for ever. "
        "Without an API key: at most 30 days."
    ),
]


class Described(TypedDict, total=False):
    """What can be said about an image that is taken in."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]  # pydantic reads it; a TypedDict has no such key

    name: Name
    caption: Caption
    tags: Tags
    namespace: Namespace
    external_id: ExternalId
    date: Date
    labels: Labels
    metadata: Metadata
    public: Public
    ttl: Ttl


class UploadImage(Described, total=False):
    """`upload_image`: bytes or a URL, and what is said about them."""

    data: Annotated[
        str,
        Field(
            description="The file's bytes in base64 (RFC 4648, 4), without a `data:` prefix. For files larger "
            "than the limit that this tool's description names, give `url`, or POST the file to /v1/images."
        ),
    ]
    url: WebUrl


class ImportImage(Described, total=False):
    """`import_image`: a URL, and what is said about what it leads to."""

    url: Required[WebUrl]


class ListImages(TypedDict, total=False):
    """`list_images`: filters, which combine with AND, and the page."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]  # as above

    namespace: Namespace
    tags: Tags
    tag_mode: Annotated[
        Literal["any", "all"], Field(description="Whether any of the tags is enough (the default), or all.")
    ]
    labels: Annotated[dict[str, str], Field(description="Labels that an image must have, all of them.")]
    ids: Annotated[list[str], Field(max_length=IDS_MAX, description="Only these; unknown ones are left out.")]
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX, description="Images on a page; 20 by default.")]
    cursor: Annotated[str, Field(description="`next_cursor` of the page before.")]


class OneImage(TypedDict):
    """`get_image`."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]  # as above

    id: ImageId


class UpdateImage(TypedDict, total=False):
    """`update_image`: what is not named stays; null removes what can be empty."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]  # as above

    id: Required[ImageId]
    name: Name
    caption: Caption | None
    tags: Annotated[list[str], Field(description=f"Replaces all tags. {_TAGS}")]
    add_tags: Annotated[list[str], Field(description="Added to the tags that are there.")]
    remove_tags: Annotated[list[str], Field(description="Taken from the tags that are there.")]
    namespace: Namespace | None
    external_id: ExternalId | None
    date: Date | None
    labels: Annotated[dict[str, str | None], Field(description=f"Merged; null removes one. {_LABELS}")]
    metadata: Annotated[dict[str, str | None], Field(description=f"Merged; null removes one. {_METADATA}")]
    public: Public


class DeleteImage(TypedDict):
    """`delete_image`: in two steps."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]  # as above

    ids: Annotated[list[str], Field(min_length=1, max_length=IDS_MAX, description="Ids of images, 1 to 50.")]
    confirm: NotRequired[
        Annotated[str, Field(description="What the first call answered; without it nothing is deleted.")]
    ]


def _words(name: str) -> str:
    parameter = PARAMETERS[name]
    return f"{parameter.meaning} Takes {parameter.values}."


_Edge = Annotated[int, Field(ge=1, le=EDGE)]
_Factor = Annotated[float, Field(ge=0, le=10, strict=False)]


class TransformImage(TypedDict, total=False):
    """`transform_image`: the image, and a delivery URL's parameters under names that need no explanation."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]  # as above

    id: Required[ImageId]
    size: Annotated[Literal["s", "m", "l", "social"], Field(description=_words("size"))]
    width: Annotated[_Edge, Field(description=_words("w"))]
    height: Annotated[_Edge, Field(description=_words("h"))]
    fit: Annotated[
        Literal["scale-down", "contain", "cover", "crop", "pad"],
        Field(description="How the picture goes into the box; scale-down, the default, never enlarges."),
    ]
    gravity: Annotated[str, Field(description=_words("gravity"))]
    rotate: Annotated[Literal[0, 90, 180, 270], Field(description=_words("rotate"))]
    format: Annotated[Literal["jpg", "png", "webp", "avif", "gif"], Field(description=_words("format"))]
    quality: Annotated[int, Field(ge=1, le=100, description=_words("quality"))]
    brightness: Annotated[_Factor, Field(description=_words("brightness"))]
    contrast: Annotated[_Factor, Field(description=_words("contrast"))]
    gamma: Annotated[_Factor, Field(description=_words("gamma"))]
    saturation: Annotated[_Factor, Field(description=_words("saturation"))]
    blur: Annotated[float, Field(ge=1, le=250, strict=False, description=_words("blur"))]
    sharp: Annotated[_Factor, Field(description=_words("sharp"))]


class Explain(TypedDict):
    """`explain`: a URL, asked as a client would."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]  # as above

    url: Annotated[
        str,
        Field(
            min_length=1,
            max_length=URL_CHARS,
            description="A delivery URL of this server, with its query.",
        ),
    ]
    accept: NotRequired[
        Annotated[
            str, Field(max_length=1000, description="The Accept header of the client to explain it for.")
        ]
    ]


class Nothing(TypedDict):
    """A tool that takes nothing."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]  # as above


class CreateApiKey(TypedDict):
    """`create_api_key`: whose key it will be."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]  # as above

    email: Annotated[str, Field(description="The e-mail address of the account.")]
    name: NotRequired[Annotated[str, Field(description="A label, to recognise the key by.")]]
