"""Servers that several tests of a module share; nothing they do may disturb each other."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from served import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with Served(tmp_path_factory.mktemp("served"), anonymous_uploads_per_hour=10_000) as server:
        yield server
