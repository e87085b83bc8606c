"""Servers that several tests of a module share, where nothing they do may disturb each other; and commands typed."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from browsing import CHROMIUM, QUIET, OpenPage, watched_pages
from served import Served

from calotype import cli


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    # On a machine that is busy with other tests a render may take its time.
    with Served(folder, anonymous_uploads_per_hour=10_000, render_timeout_s=120) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (looked for chromium, chromium-browser, google-chrome)")
    with sync_playwright() as playwright:
        # Not the fonts that the engine has set for itself, when a test of it ran before in this process.
        fonts = {name: value for name, value in os.environ.items() if not name.startswith("FONTCONFIG")}
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET, env=fonts)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[OpenPage]:
    """Open pages of the module's own *server*, and afterwards prove that none did what no page may."""
    with watched_pages(browser, server) as open_page:
        yield open_page


class Typed(NamedTuple):
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


@pytest.fixture
def typed(tmp_path, monkeypatch, capsys):
    """Type commands in an empty folder. They run in this process: starting one for each would take a minute."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def type_(*arguments, **settings):
        for name, value in settings.items():
            monkeypatch.setenv(f"CALOTYPE_{name.upper()}", str(value))
        monkeypatch.setattr(sys, "argv", ["calotype", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Typed(ended.value.code or 0, *capsys.readouterr())

    return type_
