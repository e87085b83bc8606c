"""The schemas of single words of a request: names, tags, labels, cursors. JSON Schema 2020-12, as OpenAPI 3.1 wants.

Law: every bound is the constant that the readers check with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from calotype.dialects.imgpro import batch_fields, fields, image_fields, values
from calotype.dialects.imgpro.cursors import CURSOR_CHARS
from calotype.dialects.imgpro.explaining import URL_CHARS as EXPLAINED_CHARS
from calotype.dialects.imgpro.namespaces import OFFSET_MAX
from calotype.dialects.imgpro.repeating import KEY_CHARS
from calotype.domain import apps, assets
from calotype.domain.paths import PATH_BYTES
from calotype.web.reference.declaring import Json, array, nullable, string


def _pattern(ours: re.Pattern[str]) -> str:
    r"""Write a pattern that `match` checks with and `\Z` ends as JSON Schema has it."""
    return f"^{ours.pattern.removesuffix(chr(92) + 'Z')}$"


NAME = string(
    f"The name that is shown: what follows the last slash, at most {assets.NAME_CHARS} characters of it."
)
NAMESPACE = string(
    "A label inside the workspace: lower-case letters, digits and inner hyphens.",
    pattern=_pattern(assets.NAMESPACE), minLength=2, maxLength=64,
)  # fmt: skip
TAG = string(maxLength=assets.TAG_CHARS)
TAGS = array(TAG, maxItems=assets.TAGS_MAX, description="Lower-cased, each once.")
COMMA_TAGS = string(f"Up to {assets.TAGS_MAX} tags of {assets.TAG_CHARS} characters, separated by commas.")
DATE = string("A date of yours, such as `2024-01-15`, or an ISO 8601 date and time. Returned as sent.")
EXTERNAL_ID = string(
    "Your own id, unique in the workspace. An upload that names one that is there answers that image, with 200.",
    minLength=1, maxLength=assets.EXTERNAL_ID_CHARS,
)  # fmt: skip
TTL = string(
    f"How long it stays: seconds from {int(values.TTL_MIN.total_seconds())}, or minutes, hours or days "
    f"from `5m` to `{values.TTL_MAX.days}d`. Without it, for good.",
    pattern="^[0-9]{1,10}[mhd]?$",
)  # fmt: skip
TTL_OR_SECONDS: Json = {
    **TTL,
    "type": ["string", "integer"],
    "minimum": values.TTL_MIN.total_seconds(),
    "maximum": values.TTL_SECONDS_MAX,
}
PUBLIC: Json = {
    "type": "boolean",
    "default": True,
    "description": "Whether it has a page. Without one, whoever knows the address of the image can still load it.",
}
PUBLIC_TEXT = string(PUBLIC["description"], enum=["true", "false", "1", "0"], default="true")  # type: ignore[arg-type]
PATH = string("Where it is in the workspace, such as `/trips/photo.jpg`.", maxLength=PATH_BYTES)
CUSTOM = string("A custom field, kept as sent.", maxLength=values.TEXT_CHARS)
CAPTION = string("Text below the picture.", maxLength=assets.CAPTION_CHARS)
LABEL_VALUE = string(maxLength=assets.LABEL_VALUE_CHARS)
METADATA_VALUE = string(maxLength=values.TEXT_CHARS)
URL = string(
    "An http or https URL that everybody can open.",
    pattern="^[hH][tT][tT][pP][sS]?://", maxLength=values.URL_CHARS,
)  # fmt: skip


def _pairs(about: str, value: Json, key_chars: int, most: int) -> Json:
    return {
        "type": "object",
        "description": about,
        "maxProperties": most,
        "propertyNames": {"minLength": 1, "maxLength": key_chars},
        "additionalProperties": value,
    }


_LABELS_ABOUT = "Strings by name, which lists can be filtered by."
_METADATA_ABOUT = "Strings by name, which are only kept."
LABELS = _pairs(_LABELS_ABOUT, LABEL_VALUE, assets.LABEL_KEY_CHARS, assets.LABELS_MAX)
METADATA = _pairs(_METADATA_ABOUT, METADATA_VALUE, image_fields.METADATA_KEY_CHARS, assets.METADATA_FIELDS)

FORM: Mapping[str, Json] = {
    "name": NAME,
    "public": PUBLIC_TEXT,
    "namespace": NAMESPACE,
    "tags": COMMA_TAGS,
    "external_id": EXTERNAL_ID,
    "date": DATE,
    "ttl": TTL,
}
"""The first generation's words, as a form has them."""

IMPORT: Mapping[str, Json] = {
    **{name: nullable(schema) for name, schema in FORM.items()},
    "public": {**PUBLIC, "type": ["boolean", "string", "null"]},
    "tags": {"type": ["string", "array", "null"], "items": TAG, "description": COMMA_TAGS["description"]},
    "ttl": {**TTL_OR_SECONDS, "type": ["string", "integer", "null"]},
}
"""The same as JSON, where some have a natural form of their own."""

CHANGE: Mapping[str, Json] = {
    "name": NAME,
    "namespace": nullable(NAMESPACE),
    "tags": {**TAGS, "description": "All of them: what is not named goes."},
    "external_id": nullable(EXTERNAL_ID),
    "date": nullable(DATE),
    "public": {name: value for name, value in PUBLIC.items() if name != "default"},
    "path": PATH,
}
"""What a PATCH of the first generation sets; null clears what can be empty."""

IMAGE_CREATE: Mapping[str, Json] = {
    "caption": CAPTION,
    "public": PUBLIC,
    "labels": LABELS,
    "metadata": METADATA,
    "ttl": TTL_OR_SECONDS,
    "name": NAME,
    "filename": {**NAME, "description": "As `name`."},
}
"""The second generation's words, as JSON has them."""

IMAGE_FORM: Mapping[str, Json] = {
    **IMAGE_CREATE,
    "public": PUBLIC_TEXT,
    "labels": string(f"{_LABELS_ABOUT} A JSON object, as text.", contentMediaType="application/json"),
    "metadata": string(f"{_METADATA_ABOUT} A JSON object, as text.", contentMediaType="application/json"),
    "ttl": TTL,
}
"""The same as a form has them."""

IMAGE_CHANGE: Mapping[str, Json] = {
    "caption": nullable(CAPTION),
    "filename": NAME,
    "name": {**NAME, "description": "As `filename`."},
    "public": CHANGE["public"],
    "labels": {**LABELS, "description": "Merged; null removes one.", "additionalProperties": nullable(LABEL_VALUE)},
    "metadata": {
        **METADATA,
        "description": "Merged; null removes one.",
        "additionalProperties": nullable(METADATA_VALUE),
    },
}  # fmt: skip
"""What a PATCH of the second generation sets."""

IDS = array(
    string(maxLength=batch_fields.ID_CHARS),
    minItems=1, maxItems=batch_fields.IDS_MAX, description="Which images, each counted once.",
)  # fmt: skip
TAG_MODE = string("What becomes of the tags.", enum=list(batch_fields.TAG_MODES), default="replace")


def schemas() -> dict[str, Json]:
    """Give the schemas that parameters name."""
    return {
        "Id": string("The id of an image: 24 lower-case hexadecimal characters.", pattern=_pattern(assets.ID)),
        "IdText": string("The id of an image.", maxLength=batch_fields.ID_CHARS),
        "Ids": string(f"Up to {fields.IDS_MAX} ids, separated by commas. Unknown ones are left out."),
        "FewIds": string(f"Up to {image_fields.IDS_MAX} ids, separated by commas. Unknown ones are left out."),
        "Limit": {"type": "integer", "minimum": 1, "maximum": values.LIMIT_MAX, "description": "Items on a page."},
        "Cursor": string("Where the page before stopped: its `next_cursor`.", maxLength=CURSOR_CHARS),
        "Offset": {"type": "integer", "minimum": 0, "maximum": OFFSET_MAX, "description": "Items to pass over."},
        "Namespace": NAMESPACE,
        "CommaTags": COMMA_TAGS,
        "AnyOrAll": string("Whether one of the tags suffices.", enum=["any", "all"], default="any"),
        "LabelValue": {"type": "object", "additionalProperties": LABEL_VALUE},
        "ExplainedUrl": string("A delivery URL of this server.", minLength=1, maxLength=EXPLAINED_CHARS),
        "UserId": string("The id of an app's user, as the exchange answered it.", pattern=_pattern(apps.ID)),
        "IdempotencyKey": string("Printable ASCII.", minLength=1, maxLength=KEY_CHARS, pattern="^[ -~]+$"),
        "Accept": string("Media types, as a browser sends them."),
    }  # fmt: skip
