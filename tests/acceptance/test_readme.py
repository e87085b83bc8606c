"""The README and the guides show what really happens: their lines, typed in order at a server of one's own."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from served import CALOTYPE, Served

import pictures

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "docs/quickstart.md",
    "docs/delivery.md",
    "docs/imagekit.md",
    "docs/authentication.md",
    "docs/img-processing.md",
)
ADDRESS = "http://127.0.0.1:8000"
SERVE = ".venv/bin/calotype serve"

_BLOCK = re.compile(
    r"^```sh\n(?P<lines>.*?)^```$(?:\n\n```(?:json|text)\n(?P<shown>.*?)^```$)?", re.MULTILINE | re.DOTALL
)
_VARIES = {
    r"img_live_\w+": "KEY", r"\d+ bytes": "N bytes",
    r'"[0-9a-f]{40}"': "ETAG", r"ik-t=\d+&ik-s=[0-9a-f]{40}": "SIGNATURE",
}  # fmt: skip
"""What differs from run to run in answers that are not JSON."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed"),
]


@dataclass
class Example:
    """Lines for the shell, and what the page shows that they answer; nothing for those that answer nothing."""

    lines: str
    shown: str


def examples(page: str) -> list[Example]:
    found = _BLOCK.finditer((ROOT / page).read_text())
    return [Example(each["lines"].strip(), (each["shown"] or "").strip()) for each in found]


class Reader:
    """Types what a page says, with the reader's own address, key and ids in place of those that it shows."""

    def __init__(self, served: Served):
        self._served = served
        self._own = {ADDRESS: served.url}
        self._exports: list[str] = []

    def types(self, lines: str) -> str:
        """Run *lines* in the server's folder, and answer what they print; a line that fails is an error."""
        mine = self.translated(lines).replace("img_live_…", self._served.key)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join([*self._exports, mine])], cwd=self._served.folder,
            env=self._served.environment(), capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"{mine}\n{done.stderr}"
        self._exports += [line for line in mine.splitlines() if line.startswith("export ")]
        return done.stdout.strip()

    def knows(self, own: dict[str, str]) -> None:
        """Have what a page shows replaced by the reader's own."""
        self._own |= own

    def translated(self, text: str) -> str:
        for shown, own in self._own.items():
            text = text.replace(shown, own)
        return text

    def compares(self, shown: str, answered: str) -> None:
        """Hold an answer against the one that the page shows: JSON by its shape, all else to the letter."""
        if shown.startswith(("{", "[")):
            theirs, mine = json.loads(shown), json.loads(answered)
            assert shape(mine) == shape(theirs), answered
            self._own |= dict(zip(names(theirs), names(mine), strict=True))
        else:
            assert masked(answered) == masked(self.translated(shown))


def shape(value: object) -> object:
    """Say which keys and types *value*, read from JSON, has."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return type(value).__name__


def names(value: object, key: str = "") -> list[str]:
    """List what later lines may call by name: ids, and the storage in an image's address."""
    if isinstance(value, dict):
        return [name for key, each in value.items() for name in names(each, key)]
    if isinstance(value, list):
        return [name for each in value for name in names(each)]
    if key == "id":
        return [value]
    return [value.split("/")[-2]] if key == "src" else []


def masked(text: str) -> str:
    for pattern, mask in _VARIES.items():
        text = re.sub(pattern, mask, text)
    return text.strip()


@pytest.fixture
def folder(tmp_path):
    """A folder as the README supposes it: with a picture, and the command where `make` puts it."""
    (tmp_path / "photo.jpg").write_bytes(pictures.jpeg(3000, 2000))
    (tmp_path / ".venv").symlink_to(CALOTYPE.parents[1])
    return tmp_path


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@pytest.mark.parametrize("target", ["setup", "serve", "test", "check", "bench"])
def test_what_the_pages_have_made_is_a_target(target):
    done = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_make_serve_runs_the_command_that_these_tests_start():
    # Not as a child of the make that runs these tests: that one would speak of the directory it enters.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    dry = ["make", "--dry-run", "--old-file", ".venv/installed", "serve"]
    done = subprocess.run(dry, cwd=ROOT, env=alone, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == SERVE


@pytest.mark.parametrize("page", PAGES)
def test_every_curl_line_shows_its_answer(page):
    silent = [each.lines for each in examples(page) if "curl" in each.lines and not each.shown]
    assert silent == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_its_lines_answer(page, folder):
    start, *others = examples(page)
    assert start.lines == "make serve"
    assert (folder / SERVE.split(maxsplit=1)[0]).samefile(CALOTYPE)
    with Served(folder) as served:
        reader = Reader(served)
        reader.compares(start.shown, served.printed)
        for example in others:
            reader.compares(example.shown, reader.types(example.lines))
