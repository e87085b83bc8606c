"""The reference of limits: each with its number, who sets it, and what is answered beyond it."""

from __future__ import annotations

from typing import NamedTuple

from becoming import row, table

from calotype.adapters.fetching import http
from calotype.dashboard import visits
from calotype.dialects.imagekit import given, grammar
from calotype.dialects.imagekit.errors import STATUSES as IMAGEKIT
from calotype.dialects.imgpro import explaining, fields, image_fields, repeating, values
from calotype.dialects.imgpro.errors import STATUSES as IMGPRO
from calotype.dialects.imgprocessing import listing
from calotype.dialects.imgprocessing import values as processing
from calotype.domain import accounts, apps, assets, output, planning, resolving, workspaces
from calotype.engine import limits, svg, svg_cleaning, svg_parsing, svg_references
from calotype.operations import layer
from calotype.operations.base import EDGE
from calotype.services import attempts, batches, idempotency, quarantine, signing_in
from calotype.settings import Settings
from calotype.web import accepting, forms
from calotype.web.multipart import IntakeLimits
from calotype.web.protocol import HeadLimits

_INTRODUCTION = """\
# Limits

Every limit has a name, a number, and an answer. A number with a setting can be changed; one without is fixed. Statuses
are img.pro's, then ImageKit's where it has another; the codes are explained in [the errors](../errors.md).

The budget of an upload is computed from its header, before a pixel is decoded, and held again by the operating system
while it is decoded.
"""


class Row(NamedTuple):
    """A limit: a fixed *number*, or that of a *setting*; beyond it there is the error *code*, or what *answer* says."""

    what: str
    number: float | None = None
    setting: str = ""
    code: str = ""
    answer: str = ""


_FORM = IntakeLimits(max_file_bytes=0, min_rate=1, grace_s=0)
_HEAD = HeadLimits()

UPLOADS = (
    Row("Bytes of a file, with a key", None, "max_upload_bytes", "file_too_large"),
    Row("Bytes of a file, without one", None, "max_upload_bytes_anonymous", "file_too_large"),
    Row("Bytes of a file inside a call of an agent's", None, "max_upload_bytes_mcp", "file_too_large"),
    Row("Bytes of an SVG (also unpacked), or of a BMP", None, "max_svg_bytes", "file_too_large"),
    Row("Pixels of one frame", None, "max_pixels", "image_too_many_pixels"),
    Row("Frames times pixels of an animation", None, "max_animation_pixels", "image_too_many_pixels"),
    Row("Frames of an animation", None, "max_frames", "image_too_many_frames"),
    Row(
        f"Pixels for each byte, above {limits.RATIO_FREE_PIXELS:,} pixels",
        None,
        "max_pixels_per_byte",
        "image_too_many_pixels",
    ),
    Row("Seconds of one decode", None, "render_timeout_s", "image_too_complex"),
    Row("Bytes of address space of one decode", None, "render_memory_bytes", "image_too_complex"),
    Row("Elements of an SVG", svg_parsing.MAX_NODES, "", "image_too_complex"),
    Row("Depth of elements in an SVG", svg_references.MAX_DEPTH, "", "image_too_complex"),
    Row("Characters of CSS in an SVG", svg_cleaning.MAX_CSS_CHARS, "", "image_too_complex"),
    Row("Seconds of processor time to draw an SVG", svg.MAX_DRAWING_S, "", "image_too_complex"),
    Row("Fields of a form", _FORM.max_fields, "", "validation_error"),
    Row("Bytes of all fields of a form", _FORM.max_form_bytes, "", "validation_error"),
    Row("Tags of an image", assets.TAGS_MAX, "", "validation_error"),
    Row("Labels of an image", assets.LABELS_MAX, "", "validation_error"),
    Row("Characters of a label's key", assets.LABEL_KEY_CHARS, "", "validation_error"),
    Row("Characters of a label's value", assets.LABEL_VALUE_CHARS, "", "validation_error"),
    Row("Characters of a caption", assets.CAPTION_CHARS, "", "validation_error"),
    Row("Characters of a custom field", values.TEXT_CHARS, "", "validation_error"),
    Row("Bytes of an image's metadata, as JSON", None, "max_metadata_bytes", "validation_error"),
    Row("Bytes a second of a body, at least", None, "min_upload_rate", "request_timeout"),
    Row("Seconds before that rate counts", None, "upload_grace_s", "request_timeout"),
    Row("Uploads without a key, an address and hour", None, "anonymous_uploads_per_hour", "rate_limited"),
    Row("Uploads without a key, an address and day", None, "anonymous_uploads_per_day", "rate_limited"),
)
FETCHES = (
    Row("Seconds of one fetch, redirects included", None, "fetch_timeout_s", "fetch_failed"),
    Row("Seconds until an origin's headers are there", None, "fetch_head_timeout_s", "fetch_failed"),
    Row("Bytes a second of an origin, at least", None, "min_fetch_rate", "fetch_failed"),
    Row("Fetches at once in one web process", None, "max_fetches", "busy"),
    Row("Redirects of a fetch", http.REDIRECTS, "", "fetch_failed"),
)
DELIVERY = (
    Row("Edge of a result, in pixels", EDGE, "", "image_too_many_pixels"),
    Row("Pixels of a result", planning.RESULT_PIXELS, "", "image_too_many_pixels"),
    Row(
        "Frames times pixels of a result",
        planning.DELIVERED_ANIMATION_PIXELS,
        answer="a poster, and `x-calotype-notes`",
    ),
    Row("Pixels of an AVIF", output.AVIF_RESULT_PIXELS, answer="WebP instead"),
    Row("Cost of a render, in megapixels", None, "max_render_cost", "image_too_complex"),
    Row("Steps of a transformation", resolving.STEPS, "", "validation_error"),
    Row("Layers of a transformation", resolving.LAYERS, "", "validation_error"),
    Row("Depth of layers, and of conditionals", resolving.NESTING, "", "validation_error"),
    Row("Parameters of an ImageKit URL", grammar.PARAMETERS, "", "validation_error"),
    Row("A dimension in an ImageKit URL", given.DIMENSION, answer="ignored"),
    Row("Characters of a text in a layer", layer.TEXT_CHARACTERS, answer="cut off"),
    Row("Pixels of a text in a layer", layer.DRAWN_PIXELS, "", "validation_error"),
    Row("New variants of one image, a day", None, "variant_budget", "variant_limit"),
    Row("Seconds that a signed URL may still hold; 0: any", None, "signature_horizon_s", "signature_expired"),
    Row("Seconds of one render", None, "render_timeout_s", "render_failed"),
    Row("Bytes of address space of one render", None, "render_memory_bytes", "render_failed"),
    Row("Seconds that a render waits for its turn", None, "render_wait_s", "busy"),
    Row("Renders that wait in one web process", None, "render_queue", "busy"),
    Row("Crashes while decoding an image", quarantine.FAILURES, "", "image_quarantined"),
    Row(
        "Drawings of a vector above its own size that fail",
        quarantine.FAILURES,
        answer="422, 400 `image_too_complex`, then 422 `image_quarantined`",
    ),
)
HTTP = (
    Row("Bytes of a URL (path and query)", _HEAD.max_target, answer="414 `uri_too_long`"),
    Row("Bytes of the request line and headers", None, "max_header_bytes", answer="431 `headers_too_large`"),
    Row("Seconds to send them", None, "header_timeout_s", answer="408 `request_timeout`"),
    Row("Seconds to agree on the keys of TLS", accepting.TLS_TIMEOUT_S, answer="the connection ends"),
    Row("Requests waiting on one connection", _HEAD.max_pipelined, answer="429 `rate_limited`"),
    Row("Seconds in which a client takes no byte", None, "send_timeout_s", answer="the connection ends"),
)
ASKING = (
    Row("Requests with one key, a minute; 0: any", None, "requests_per_minute", "rate_limited"),
    Row("Requests without a valid key, an address and minute", None, "requests_per_minute", "rate_limited"),
    Row("Requests of a workspace, a minute; 0: any", None, "workspace_requests_per_minute", "rate_limited"),
    Row("Characters of an `Idempotency-Key`", repeating.KEY_CHARS, "", "validation_error"),
    Row(
        "Hours that it is remembered",
        idempotency.KEPT.total_seconds() / 3600,
        answer="a repetition makes a new image",
    ),
    Row(
        "Seconds that it stays held when its process died",
        idempotency.HELD_S,
        "",
        "idempotency_key_in_progress",
    ),
)
LIBRARY = (
    Row("Characters of a URL to explain", explaining.URL_CHARS, "", "validation_error"),
    Row("Images of one page of a listing", values.LIMIT_MAX, "", "validation_error"),
    Row("Ids that one list or batch names", fields.IDS_MAX, "", "validation_error"),
    Row("Ids that one list of `/v1/images` names", image_fields.IDS_MAX, "", "validation_error"),
    Row("Images of a namespace that one request deletes", batches.NAMESPACE_MAX, answer="ask again"),
    Row("Named transformations of a workspace", workspaces.TRANSFORMATIONS_MAX, answer="the command refuses"),
    Row(
        "Characters of a named transformation",
        workspaces.TRANSFORMATION_CHARS,
        answer="the command refuses",
    ),
    Row("Active ImageKit key pairs of a workspace", workspaces.PAIRS_MAX, answer="the command refuses"),
    Row("Apps of an account", None, "max_apps_per_account", "forbidden"),
    Row("Redirect URIs of an app", apps.REDIRECT_URIS_MAX, "", "validation_error"),
    Row("Characters of a redirect URI", apps.REDIRECT_URI_CHARS, "", "validation_error"),
    Row("Characters of an app's name", apps.NAME_CHARS, "", "validation_error"),
    Row("Seconds that a code for an app holds", int(apps.CODE_LIFE.total_seconds()), "", "validation_error"),
)
ACCOUNTS = (
    Row("Sign-in codes to one address, an hour", attempts.PER_EMAIL, "", "rate_limited"),
    Row("Sign-in codes to one address, a day", signing_in.CODES_PER_DAY, "", "rate_limited"),
    Row("Sign-in codes asked for from one network, an hour", attempts.PER_NETWORK, "", "rate_limited"),
    Row("Guesses at one code", accounts.CODE_ATTEMPTS, "", "code_invalid"),
    Row("Seconds that a code holds", int(signing_in.CODE_LIFE.total_seconds()), "", "code_invalid"),
    Row("Days that a session lasts", signing_in.SESSION_LIFE.days, answer="sign in again"),
    Row("Keys of an address before it is verified", accounts.UNVERIFIED_KEYS, "", "key_limit_reached"),
    Row("Forms that one account sends, a day", visits.CHANGES_PER_DAY, "", "rate_limited"),
    Row("Bytes of a form of a page", forms.MAX_BYTES, "", "file_too_large"),
    Row("Fields of a form of a page", forms.MAX_FIELDS, "", "validation_error"),
)
CACHES = (
    Row(
        "Bytes of responses in memory, a process",
        None,
        "memory_cache_bytes",
        answer="the least recently used go",
    ),
    Row("Bytes of one response in memory", None, "memory_cache_item_bytes", answer="it is sent from disk"),
    Row("Bytes of variants on local disk", None, "disk_cache_bytes", answer="the least recently used go"),
    Row(
        "Bytes of variants in a remote store, an image",
        None,
        "remote_variant_bytes",
        answer="further ones stay local",
    ),
    Row("Renders until a worker is replaced", None, "render_recycle", answer="a fresh one takes over"),
)
_WRONG = "422 `validation-error`"
PROCESSING = (
    Row("Bytes of an image that is sent or fetched", None, "img_processing_max_upload_bytes", answer=_WRONG),
    Row("Characters of a name", processing.NAME_CHARS, answer=_WRONG),
    Row("Images of one page of a list", listing.TAKE_MAX, answer=_WRONG),
    Row(
        "Requests with one live key, a minute; 0: any",
        None,
        "img_processing_live_requests_per_minute",
        answer="429 `too-many-requests`",
    ),
    Row(
        "Requests with one test key, a minute; 0: any",
        None,
        "img_processing_test_requests_per_minute",
        answer="429 `too-many-requests`",
    ),
)
MODELS = (
    Row(
        "Seconds of one call to the models' server",
        None,
        "vision_timeout_s",
        code="vision_failed",
    ),
    Row("Calls of models at once, one process", None, "vision_at_once", "busy"),
    Row(
        "Bytes of what the models' server answers",
        None,
        "vision_max_bytes",
        code="vision_failed",
    ),
)
SECTIONS = {
    "Uploads": UPLOADS,
    "Fetching from elsewhere": FETCHES,
    "Delivery": DELIVERY,
    "HTTP": HTTP,
    "Calls of the API": ASKING,
    "Calls of IMG Processing's API": PROCESSING,
    "Library and commands": LIBRARY,
    "Accounts and their pages": ACCOUNTS,
    "Models": MODELS,
    "Caches and workers": CACHES,
}

_NOTES = f"""
A workspace's `variant_budget` [policy](../commands.md#policies) beats the setting. A variant that ran out of time or
memory is set aside for {quarantine.KEY_QUARANTINE.seconds // 60} minutes, an image whose decoding crashed \
{quarantine.FAILURES} times for good. A vector that cannot be drawn larger than its own size in that time or memory, \
twice, is drawn at its own size and below for a day.
What the cost counts is told in [delivery](../delivery.md).
"""


def limits_page(note: str) -> str:
    """List every limit by where one meets it."""
    lines = [f"{note}{_INTRODUCTION}"]
    for title, rows in SECTIONS.items():
        imagekit = rows is DELIVERY
        lines += [f"## {title}\n", *table("limit", "number", "setting", "beyond it")]
        lines += [_line(each, imagekit=imagekit) for each in rows]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n" + _NOTES


def _line(limit: Row, *, imagekit: bool) -> str:
    number = limit.number if limit.number is not None else Settings.model_fields[limit.setting].default
    setting = f"`CALOTYPE_{limit.setting.upper()}`" if limit.setting else ""
    return row(
        limit.what,
        f"{number:,}".removesuffix(".0"),
        setting,
        limit.answer or _answer(limit.code, imagekit=imagekit),
    )


def _answer(code: str, *, imagekit: bool) -> str:
    statuses = dict.fromkeys((IMGPRO[code], *((IMAGEKIT[code],) if imagekit else ())))
    return f"{', '.join(map(str, statuses))} `{code}`"
