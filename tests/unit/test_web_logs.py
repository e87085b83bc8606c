"""The log: one event per line, with the request's id, and without what opens doors."""

from __future__ import annotations

import json
import logging
import sys

import pytest
import structlog

from calotype.settings import Settings
from calotype.web.logs import REDACTED, configure_logging, redact

KEY = "img_live_8fJ2kLm9Qp4rT6vX1zB3nC5d"


@pytest.fixture(autouse=True)
def put_logging_back():
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    root.handlers[:], root.level = before[0], before[1]
    for name in ("uvicorn", "python_multipart", "calotype"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


def lines(capsys) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("authorization", "Bearer abc", REDACTED),
        ("Set-Cookie", "session=1", REDACTED),
        ("secret_key", b"abc", REDACTED),
        ("sig", "abc", REDACTED),
        ("signal", "SIGTERM", "SIGTERM"),
        ("tokens_left", 3, 3),
        ("note", f"key {KEY} was used", f"key img_live_{REDACTED} was used"),
        ("note", "in test_a_long_function_name", "in test_a_long_function_name"),
        ("note", "Authorization: Bearer 9|abcdef.ghi", f"Authorization: Bearer {REDACTED}"),
        ("url", "/a.jpg?w=10&sig=c2ln&exp=17", f"/a.jpg?w=10&sig={REDACTED}&exp={REDACTED}"),
        ("url", "/ik/a.jpg?tr=w-9&ik-t=17&ik-s=5ec0", f"/ik/a.jpg?tr=w-9&ik-t={REDACTED}&ik-s={REDACTED}"),
        ("url", "postgresql://joe:pa55@db/calotype", f"postgresql://joe:{REDACTED}@db/calotype"),
        ("headers", {"Authorization": "Bearer x", "Accept": "*/*"}, {"Authorization": REDACTED, "Accept": "*/*"}),
        ("keys", [KEY, 1], [f"img_live_{REDACTED}", 1]),
        ("path", "/a\r\n\x1b[2Jb\u2028", "/a\\r\\n\\x1b[2Jb\\u2028"),
        ("unsent_mail", "Open\n/verify?t=a&exp=1&sig=b", "Open\n/verify?t=a&exp=1&sig=b"),
        ("exception", f"Traceback:\n  {KEY}", f"Traceback:\n  img_live_{REDACTED}"),
    ],
)  # fmt: skip
def test_what_opens_doors_is_taken_out(name, value, shown):
    assert redact(None, "info", {name: value}) == {name: shown}


def test_an_event_is_one_line_of_json(capsys):
    configure_logging(Settings(log_format="json"))
    structlog.get_logger("calotype.test").info("happened", count=3, what="two\nlines")
    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["count"], line["what"]) == (
        "happened",
        "info",
        3,
        "two\\nlines",
    )


def test_a_library_logs_through_the_same_door(capsys):
    configure_logging(Settings(log_format="json"))
    logging.getLogger("library").warning("using %s", KEY, extra={"password": "hunter2"})
    (line,) = lines(capsys)
    assert (line["event"], line["password"]) == (f"using img_live_{REDACTED}", REDACTED)


def test_a_traceback_shows_no_credential(capsys):
    configure_logging(Settings(log_format="json"))
    try:
        int(KEY)
    except ValueError:
        structlog.get_logger("calotype.test").exception("failed")
    (line,) = lines(capsys)
    assert f"base 10: 'img_live_{REDACTED}'" in line["exception"]
    assert KEY not in str(line)


def test_text_is_for_people(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    configure_logging(Settings(log_format="auto"))
    structlog.get_logger("calotype.test").info("happened", path="/x")
    shown = capsys.readouterr().err
    assert "happened" in shown
    assert not shown.startswith("{")


def test_what_is_below_the_level_is_left_out(capsys):
    configure_logging(Settings(log_format="json", log_level="warning"))
    structlog.get_logger("calotype.test").info("happened")
    assert lines(capsys) == []
