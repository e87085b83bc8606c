"""A disk that takes no more (V4): what is stored is served all the same, uncached, and afterwards all is as before.

A small tmpfs is such a disk, and only root may mount one.
"""

import io
import os
import subprocess
from contextlib import ExitStack, suppress

import pytest
from crowds import stem
from served import Served

import pictures

PHOTO = pictures.jpeg(900, 700)


def _mounted(folder, options) -> bool:
    return os.getuid() == 0 and not _mount("-t", "tmpfs", "-o", options, "tmpfs", str(folder))


def _mount(*arguments) -> int:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode


@pytest.fixture
def small_disk(tmp_path):
    """Give a function that mounts a disk with these options at a folder of the data directory."""
    with ExitStack() as mounts:

        def mount(options, name=""):
            folder = tmp_path / "data" / name
            folder.mkdir(parents=True)
            if not _mounted(folder, options):
                pytest.skip("only root can mount a disk that is full soon")
            mounts.callback(subprocess.run, ["umount", "-l", folder], check=True)
            return folder

        yield mount


def fill(folder):
    """Leave neither a block nor a file name free."""
    with suppress(OSError), io.FileIO(folder / "filler", "w") as file:
        while True:
            file.write(bytes(4096))
    with suppress(OSError):
        for number in range(10_000):
            (folder / f"filler-{number}").touch()


def clear(folder):
    for filler in folder.glob("filler*"):
        filler.unlink()


@pytest.mark.parametrize("options", ["size=30m", "size=30m,nr_inodes=200"], ids=["blocks", "file names"])
def test_on_a_full_disk_variants_are_made_and_answered_and_nothing_empty_is_left(
    small_disk, tmp_path, options
):
    data = small_disk(options)
    with Served(tmp_path, memory_cache_bytes=0, render_slots=1) as server:
        image = stem(server.upload(PHOTO).json())
        before = server.fetch(f"{image}.webp?w=300")
        fill(data)
        answers = [server.fetch(f"{image}.webp?w={width}") for width in (300, 301, 301)]
        refused = server.upload(PHOTO)
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert (answers[0].content, answers[1].content) == (before.content, answers[2].content)
        assert (refused.status_code, refused.json()["error"]) == (500, "upload_failed")
        clear(data)
        kept = [path for path in (data / "cache").rglob("*") if path.is_file() and path.name != ".sweep"]
        assert [path for path in kept if path.stat().st_size == 0 or path.name.startswith(".")] == []
        assert server.upload(PHOTO).status_code == 201
        assert "cache not written" in server.log()


def test_a_cache_that_can_only_be_read_serves_what_it_has_and_the_rest_uncached(small_disk, tmp_path):
    cache = small_disk("size=30m", "cache")
    with Served(tmp_path, memory_cache_bytes=0, render_slots=1) as server:
        image = stem(server.upload(PHOTO).json())
        server.fetch(f"{image}.webp?w=300")
        assert _mount("-o", "remount,ro", str(cache)) == 0
        held = sorted(cache.rglob("*"))
        assert {server.fetch(f"{image}.webp?w={width}").status_code for width in (300, 301, 302)} == {200}
        assert sorted(cache.rglob("*")) == held
        assert _mount("-o", "remount,rw", str(cache)) == 0
        server.fetch(f"{image}.webp?w=301")
        assert len(sorted(cache.rglob("*"))) == len(held) + 1
