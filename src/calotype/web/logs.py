"""How the log looks: one event per line, as JSON or as text, from our own code and from libraries alike.

Law: no credential, cookie or signature reaches a line, wherever it was written; no value breaks its line. The one
exception is mail that no server takes, which is logged for its link or code to be read.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from calotype.settings import Settings
from calotype.web.requests import current_request_id

REDACTED = "[redacted]"

_SECRET_NAME = re.compile(
    r"authorization|cookie|secret|password|passwd|api[-_]?key|access[-_]?key|credential|signature|(^|[-_])(sig|token)$",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"(?P<scheme>\b(?:bearer|basic)\s+)[^\s\"',]+"  # an Authorization header
    r"|(?P<key>\b(?:img_(?:sk_)?(?:live|test)|test|live|private|public)_)(?=[A-Za-z+/=_-]*\d)[\w+/=-]{12,}"  # our keys
    r"|(?P<url>://[^\s/:@]+:)[^\s/@]+(?=@)"  # the password in a URL
    r"|(?P<query>[?&](?:(?:ik-)?[st]|sig|signature|token|exp|expires|key|x-amz-[a-z-]+)=)[^&\s\"']+",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MULTILINE = {"exception", "stack"}
_FOR_THE_OPERATOR = "unsent_mail"
"""The field that `adapters/mail/log.py` alone writes. Its text is all ours."""
_NOISE = re.compile(
    "Invalid HTTP request received|Unsupported upgrade request|No supported WebSocket library detected"
)
"""What uvicorn says beside our own line about the same refusal, and about every `Upgrade:` that a client sends."""


def configure_logging(settings: Settings) -> None:
    """Send every log line of this process to standard error, in the format and from the level of *settings*."""
    as_text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_request_id,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer = _text_renderer() if as_text else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    handler.addFilter(lambda record: not _NOISE.match(str(record.msg)))
    level = getattr(logging, settings.log_level.upper())
    # Libraries tell of their daily work at INFO, and the multipart parser quotes what a client sent at WARNING.
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    logging.getLogger("calotype").setLevel(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _text_renderer() -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def add_request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Name the request that a line belongs to."""
    if "request_id" not in event and (request_id := current_request_id()):
        event["request_id"] = request_id
    return event


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Take out what opens doors: values under telling names, and credentials inside any text."""
    # Names with an underscore are structlog's own: the record that a line came from.
    kept = (name for name in event if name.startswith("_") or name == _FOR_THE_OPERATOR)
    return {name: _clean(name, value) for name, value in event.items()} | {name: event[name] for name in kept}


def _clean(name: str, value: object) -> object:
    if _SECRET_NAME.search(name):
        return REDACTED
    match value:
        case bytes():
            return _clean(name, value.decode("latin-1"))
        case str():
            text = _SECRET_TEXT.sub(_keep_opening, value)
            return text if name in _MULTILINE else _CONTROL.sub(_escape, text)
        case Mapping():
            return {inner: _clean(str(inner), item) for inner, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(name, item) for item in value]
    return value


def _keep_opening(match: re.Match[str]) -> str:
    return (match["scheme"] or match["key"] or match["url"] or match["query"]) + REDACTED


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
