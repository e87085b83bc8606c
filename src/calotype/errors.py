"""The error tree: everything Calotype refuses or fails at, each with a stable code.

Knows nothing of HTTP: a dialect owns one table from these codes to its statuses and shapes.

    CalotypeError
    ├── Refused                 what was asked cannot be done, and asking again will not help
    │   ├── Unauthorized        Forbidden            NotFound
    │   ├── Invalid             ExternalIdTaken      PathTaken
    │   ├── IdempotencyConflict IdempotencyInProgress                     IdempotencyRecoveryConflict
    │   ├── HttpsRequired
    │   ├── RateLimited         VariantLimit         QuotaExceeded
    │   ├── UnsupportedType     FileTooLarge         RequestTooSlow       FetchFailed
    │   ├── PreconditionFailed  RangeNotSatisfiable
    │   ├── SignatureInvalid    SignatureExpired     UnnamedRefused
    │   ├── AppSuspended        AppBlocked           WorkspaceUnavailable
    │   ├── RegistrationClosed  KeyLimitReached      CodeInvalid
    │   ├── LinkInvalid         LinkExpired          LinkUsed
    │   ├── MediaLocked         MediaBlocked         VisionRefused
    │   └── ImageRefused        the bytes are no image that we accept (one leaf for each reason)
    └── Failed                  our fault; asking again may help
        ├── Busy                RenderFailed         Quarantined
        ├── StorageFailed       ImportFailed         NotConfigured
        └── MailFailed          VisionFailed

Why so: docs/adr/0005.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from calotype.domain.plans import Standing


@dataclass(frozen=True, slots=True)
class Action:
    """What the caller can do next, as a link: *type* is `upgrade`, `verify`, `redirect` or `signup`."""

    type: str
    url: str
    label: str


class CalotypeError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    fix: ClassVar[str] = ""
    """What the caller can do about it; shown in the error reference."""

    action: Action | None = None
    """What would help, where a link can say it."""

    def __init__(
        self,
        message: str = "",
        *,
        fields: Mapping[str, Sequence[str]] | None = None,
        action: Action | None = None,
    ) -> None:
        """Carry *message* (default: the class's own sentence) and, for bad input, *fields* -> reasons."""
        super().__init__(message)
        if action is not None:
            self.action = action
        self.message = message or (type(self).__doc__ or "").splitlines()[0]
        self.fields: dict[str, list[str]] = {name: list(reasons) for name, reasons in (fields or {}).items()}

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders (worker -> server); the default would lose the keyword.
        return (_rebuild, (type(self), self.message, self.fields, self.__dict__))


def _rebuild(
    kind: type[CalotypeError], message: str, fields: dict[str, list[str]], state: dict[str, object]
) -> CalotypeError:
    error = kind.__new__(kind)
    CalotypeError.__init__(error, message, fields=fields)
    error.__dict__.update(state)
    return error


class Refused(CalotypeError):
    """The request cannot be fulfilled as it is."""

    code = "bad_request"
    fix = "Correct what the message names."


class Unauthorized(Refused):
    """Invalid or missing API key."""

    code = "unauthorized"
    fix = "Send a valid key as `Authorization: Bearer …`; make one with `calotype keys create`."


class SignatureInvalid(Refused):
    """The URL's signature is missing or wrong."""

    code = "signature_invalid"
    fix = "Sign the URL again, exactly as it is sent, with an active private key of this workspace."


class SignatureExpired(Refused):
    """The signed URL has expired."""

    code = "signature_expired"
    fix = (
        "Sign the URL again, with an expiry to come, and within CALOTYPE_SIGNATURE_HORIZON_S if that is set."
    )


class UnnamedRefused(Refused):
    """Only named transformations are made here."""

    code = "transformation_unnamed"
    fix = "Ask for a named transformation; the workspace's owner names them."


class Forbidden(Refused):
    """Insufficient permissions."""

    code = "forbidden"
    fix = "Use a key that has the ability which the message names."


class AppSuspended(Refused):
    """The app is suspended by its owner."""

    code = "app_suspended"
    fix = "The app's owner can resume it, on the account pages or with `calotype apps resume`."


class AppBlocked(Refused):
    """The app is blocked by the operator of this server."""

    code = "app_blocked"
    fix = "Ask the operator; nobody else can lift it."


class WorkspaceUnavailable(Refused):
    """The user's workspace is not available to this app."""

    code = "workspace_unavailable"
    fix = "The person has disconnected the app; send them through `/connect` again."


class MediaLocked(Refused):
    """This image is locked: it can be neither changed nor deleted."""

    code = "media_locked"
    fix = "Ask the operator of this server; nobody else can lift it."


class MediaBlocked(Refused):
    """This image is blocked: it is served to nobody."""

    code = "media_blocked"
    fix = "Ask the operator of this server; nobody else can lift it."


class NotFound(Refused):
    """Not found."""

    code = "not_found"
    fix = "Check the id; expired and deleted images answer the same."


class Invalid(Refused):
    """Validation failed."""

    code = "validation_error"
    fix = "Correct the fields that `errors` names."

    @classmethod
    def field(cls, name: str, reason: str) -> Invalid:
        """Refuse one field for one reason."""
        return cls(f"{name}: {reason}", fields={name: [reason]})


class ExternalIdTaken(Refused):
    """Another image of this workspace already has this external_id."""

    code = "external_id_duplicate"
    fix = "Use another external_id, or change the image that holds it."


class PathTaken(Refused):
    """Another image of this workspace is at this path."""

    code = "path_taken"
    fix = "Use another path, or move the image that is there."


class IdempotencyConflict(Refused):
    """This Idempotency-Key was used for a different request."""

    code = "idempotency_key_conflict"
    fix = (
        "Use a new Idempotency-Key for each new image, and the same one only to repeat the very same request."
    )


class IdempotencyInProgress(Refused):
    """The first request with this Idempotency-Key is still running."""

    code = "idempotency_key_in_progress"
    fix = "Send the same request again after the seconds that `Retry-After` names; it answers the same image then."

    def __init__(self, message: str = "", *, retry_after: int = 1) -> None:
        """Say in how many whole seconds (at least 1) the caller may try again."""
        super().__init__(message)
        self.retry_after = max(1, retry_after)


class IdempotencyRecoveryConflict(Refused):
    """The image that was made with this Idempotency-Key is gone: deleted, or expired."""

    code = "idempotency_recovery_conflict"
    fix = "Nothing was made anew. If the image is wanted again, send it with a new Idempotency-Key."


class HttpsRequired(Refused):
    """This server is to be called by HTTPS alone."""

    code = "https_required"
    fix = "Use https in the URL. A key that was sent without it may have been read on the way: revoke it."


class RateLimited(Refused):
    """Too many requests."""

    code = "rate_limited"
    fix = "Wait the seconds that `Retry-After` names, or send an API key."

    def __init__(self, message: str = "", *, retry_after: int = 1) -> None:
        """Say in how many whole seconds (at least 1) the caller may try again."""
        super().__init__(message)
        self.retry_after = max(1, retry_after)


class VariantLimit(RateLimited):
    """No more new variants of this image are made today."""

    code = "variant_limit"
    fix = "Use variants that exist, or wait until midnight UTC; the operator can raise the workspace's variant_budget."


class QuotaExceeded(Refused):
    """The plan has no room for another image."""

    code = "quota_exceeded"
    fix = (
        "Follow `action`, delete images to free storage, or wait for the next month; `GET /v1/usage` tells how much is "
        "left."
    )

    standing: Standing | None = None
    """What was used, against which plan; the services know it, the catalog does not."""

    def __init__(
        self, message: str = "", *, standing: Standing | None = None, action: Action | None = None
    ) -> None:
        """Say what is used up, and what would help."""
        super().__init__(message, action=action)
        self.standing = standing


class RegistrationClosed(Refused):
    """No new key is made here for this e-mail address."""

    code = "registration_closed"
    fix = "Sign in on the account pages, which `action` names, and make the key there."


class KeyLimitReached(Refused):
    """This e-mail address has as many keys as it may before it is verified."""

    code = "key_limit_reached"
    fix = "Follow the link in the mail that came with a key, or have it sent again at `action`."


class CodeInvalid(Refused):
    """The code is wrong, used, or no longer valid."""

    code = "code_invalid"
    fix = "Enter the newest code that was sent, within ten minutes; after five wrong ones ask for another."


class LinkInvalid(Refused):
    """The link is not complete, or was not made here."""

    code = "link_invalid"
    fix = "Open the link exactly as the mail has it, or have a new one sent."


class LinkExpired(LinkInvalid):
    """The link has expired."""

    code = "link_expired"
    fix = "Have a new one sent."


class LinkUsed(LinkInvalid):
    """The link was used already."""

    code = "link_used"
    fix = "Nothing more needs to be done; sign in on the account pages to see."


class UnsupportedType(Refused):
    """This kind of file is not accepted."""

    code = "unsupported_media_type"
    fix = "Send JPEG, PNG, GIF, WebP, AVIF, HEIC, TIFF, BMP, ICO or SVG; the bytes decide, not the name."


class FileTooLarge(Refused):
    """The file is larger than the limit."""

    code = "file_too_large"
    fix = "Send a smaller file; the message names the limit and the setting that holds it."


class RequestTooSlow(Refused):
    """The request body arrived too slowly."""

    code = "request_timeout"
    fix = "Send the body faster than the minimum rate that the message names."


class MethodNotAllowed(Refused):
    """This path has no such method."""

    code = "method_not_allowed"
    fix = "Use one that `Allow` names."


class PreconditionFailed(Refused):
    """The image is not the one that `If-Match` or `If-Unmodified-Since` names."""

    code = "precondition_failed"
    fix = "Fetch the image again without the condition."


class RangeNotSatisfiable(Refused):
    """The requested range has no byte of this image."""

    code = "range_not_satisfiable"
    fix = "Ask for bytes below the size that `Content-Range` names."

    def __init__(self, message: str = "", *, size: int = 0) -> None:
        """Say how many bytes there are."""
        super().__init__(message)
        self.size = size


class FetchFailed(Refused):
    """The URL could not be fetched."""

    code = "fetch_failed"
    fix = "Use an http or https URL that everybody can open, and that answers with the image itself."


class VisionRefused(Refused):
    """The model does not do this."""

    code = "vision_refused"
    fix = "Change the prompt, or use another picture: the model's own rules forbid this one."


class ImageRefused(Refused):
    """The image cannot be accepted."""

    code = "image_refused"
    fix = "Open the file in an image program, and save it again as JPEG or PNG."


class EmptyFile(ImageRefused):
    """The file is empty."""

    code = "image_empty"
    fix = "Send the image's bytes in the part named `file`."


class ImageTruncated(ImageRefused):
    """The image ends too early: part of the file is missing."""

    code = "image_truncated"
    fix = "Upload the complete file again."


class ImageCorrupt(ImageRefused):
    """The image cannot be decoded."""

    code = "image_corrupt"
    fix = "Open the file in an image program and save it again."


class TooManyPixels(ImageRefused):
    """The image has too many pixels."""

    code = "image_too_many_pixels"
    fix = "Make the picture smaller; the operator can raise the limit."


class TooManyFrames(ImageRefused):
    """The animation has too many frames."""

    code = "image_too_many_frames"
    fix = "Shorten the animation; the operator can raise the limit."


class UnsafeMarkup(ImageRefused):
    """The SVG uses a construct that is not accepted."""

    code = "svg_unsafe"
    fix = "Remove the DOCTYPE, the entities or the recursion that the message names."


class TooComplex(ImageRefused):
    """Decoding the image takes more time or memory than allowed."""

    code = "image_too_complex"
    fix = "Simplify or re-encode the picture; the operator can raise the limits."


class Failed(CalotypeError):
    """Something failed on this server."""

    code = "server_error"
    fix = "Try again; if it stays, give the operator the request id."


class Busy(Failed):
    """The server is busy."""

    code = "busy"
    fix = "Try again after the seconds that `Retry-After` names."

    def __init__(self, message: str = "", *, retry_after: int = 1) -> None:
        """Say in how many whole seconds (at least 1) the caller may try again."""
        super().__init__(message)
        self.retry_after = max(1, retry_after)


class RenderFailed(Failed):
    """The image could not be rendered."""

    code = "render_failed"

    def __init__(self, message: str = "", *, cause: str = "error") -> None:
        """Say why: `crash` (by a signal), `timeout`, `memory`, or `error`."""
        super().__init__(message)
        self.cause = cause


class Quarantined(Failed):
    """This image, or this variant of it, is set aside: making it failed before."""

    code = "image_quarantined"
    fix = "Ask for another size, or upload a re-encoded copy; the operator sees the failures in the log."


class StorageFailed(Failed):
    """The image could not be stored."""

    code = "upload_failed"


class ImportFailed(Failed):
    """The fetched image could not be stored."""

    code = "import_failed"


class NotConfigured(Failed):
    """This server is not set up for that."""

    code = "not_configured"
    fix = "The operator can enable it; the message names the setting."


class MailFailed(Failed):
    """The mail could not be sent."""

    code = "mail_failed"

    def __init__(self, message: str = "", *, final: bool = False) -> None:
        """Say whether it is *final*: refused for good, so that trying again would only annoy."""
        super().__init__(message)
        self.final = final


class VisionFailed(Failed):
    """The model that this needs did not answer, or not with what was asked for."""

    code = "vision_failed"
    fix = "Try again; if it stays, give the operator the request id."
