"""What a reader must know before the first call, in Markdown: links, keys, anonymous limits, delivery, errors."""

from __future__ import annotations

from calotype.dialects.imgpro.cdn import PARAMETERS
from calotype.domain.plans import Plan, plans_of
from calotype.settings import Settings
from calotype.web.wording import human_bytes


def markdown(settings: Settings) -> str:
    """Write the introduction for the server with these *settings*."""
    return "\n\n".join(f"## {title}\n\n{text}" for title, text in sections(settings).items())


def sections(settings: Settings) -> dict[str, str]:
    """Write each part, by its title."""
    return {
        "Two generations": _GENERATIONS,
        "Keys": _keys(settings),
        "Without a key": _anonymous(settings),
        "Plans and limits": _limits(settings),
        "Sending again": _REPEATING,
        "Delivery": _delivery(settings),
        "Apps": _APPS,
        "Errors": _errors(settings),
        "Agents": _agents(settings),
    }


_GENERATIONS = """\
Both speak about one library: what one uploads, the other shows, under the same id.

- `/v1/images` is the newer one. Its `url` is the image itself, `page_url` its page. Errors are nested.
- `/v1/upload`, `/v1/import`, `/v1/media` and `/v1/namespaces` are the first one. Its `src` is the image itself, `url` \
its page. Errors are flat."""


_REPEATING = """\
With an `Idempotency-Key`, chosen anew for each image, an upload or import makes one image however often it is sent: \
within 24 hours the same request answers the same image, marked `Idempotency-Replayed: true`. Another request with the \
same key is 409. In the first generation an `external_id` does the same for good: what has it already is answered with \
200 and `X-Deduplicated: true`."""

_APPS = """\
An app's backend sends its secret, `img_sk_live_…`, and names the user that it acts for in `X-Img-User`. It reaches \
that user's images in this app and nothing else; without the header, the app's own storage."""


def _limits(settings: Settings) -> str:
    rows = "\n".join(_plan(plan) for plan in plans_of(settings.plans).values() if plan.offered)
    return (
        f"{rows}\n\nEvery answer to a key tells what is used in `X-Monthly-Uploads-*` and `X-Storage-*`, and what may "
        f"be asked in `RateLimit`: {_a_minute(settings.requests_per_minute)} for a key, "
        f"{_a_minute(settings.workspace_requests_per_minute)} for all keys of a workspace. Beyond, `Retry-After` says "
        "how long to wait."
    )


def _plan(plan: Plan) -> str:
    uploads = "any number of uploads" if plan.uploads is None else f"{plan.uploads:,} uploads a month"
    storage = (
        "any storage" if plan.storage_bytes is None else f"{human_bytes(plan.storage_bytes)} of originals"
    )
    return f"- {plan.label}: {uploads}, {storage}."


def _a_minute(requests: int) -> str:
    return f"{requests:,} requests a minute" if requests else "any number of requests"


def _keys(settings: Settings) -> str:
    made = (
        "`POST /v1/keys` with an e-mail address makes one at once. "
        if settings.registration == "open"
        else ""
    )
    return (
        f"{made}"
        "Send a key as `Authorization: Bearer img_live_…`. It may read, write, or both; what it may do is judged "
        f"before anything else of a request is read. A key may upload files of up to "
        f"{settings.max_upload_bytes:,} bytes. "
        "A credential that is there and wrong is 401, never nobody."
    )


def _anonymous(settings: Settings) -> str:
    if not settings.anonymous_uploads:
        return "This server takes no uploads without a key. Public images can be shown to everybody."
    return (
        f"Uploads without a key are public, go after {settings.anonymous_ttl_days} days, and are limited to "
        f"{settings.max_upload_bytes_anonymous:,} bytes a file, {settings.anonymous_uploads_per_hour:,} an hour and "
        f"{settings.anonymous_uploads_per_day:,} a day for each address. They cannot be listed, changed or deleted."
    )


def _delivery(settings: Settings) -> str:
    rows = "\n".join(f"- `{name}`: {each.values}. {each.meaning}" for name, each in PARAMETERS.items())
    return (
        f"Images are at `{settings.cdn_url}/{{storage}}/{{id}}.{{extension}}`, as every answer says. Another extension "
        "(jpg, png, webp, avif, gif) converts; parameters change the picture. What is unknown or out of range is "
        f"ignored.\n\n{rows}"
    )


def _errors(settings: Settings) -> str:
    return (
        "Every error has a stable code, a message and a request id. All of them, with cause and fix: "
        f"{settings.base_url}/api/errors"
    )


def _agents(settings: Settings) -> str:
    return (
        f"An MCP server (streamable HTTP, the same keys) is at `{settings.base_url}/mcp`: upload, import, list, show, "
        "change, transform, explain, and delete in two steps. `calotype mcp` speaks it over standard input and output."
    )
