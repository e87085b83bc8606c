"""`calotype upload`, `ls`, `get` and `rm` against a real server, and an upload that is killed in the middle."""

import json
import os
import subprocess
import time

import pytest
from served import CALOTYPE, Served

import pictures

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Served(tmp_path_factory.mktemp("remote"), workers=2) as server:
        yield server


def environment(server):
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CALOTYPE_")}
    told = {"CALOTYPE_API_URL": server.url, "CALOTYPE_API_KEY": server.key}
    return ours | told | {"COLUMNS": "200"}


def run(server, *arguments, cwd=None, typed=None):
    return subprocess.run(
        [CALOTYPE, *arguments], env=environment(server), cwd=cwd, input=typed, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def folder_of(folder, count, size=(64, 48)):
    """Fill a folder and one inside of it with different pictures, and a file that is none."""
    (folder / "inside").mkdir(parents=True)
    for number in range(count):
        place = folder / "inside" if number % 2 else folder
        (place / f"{number:02}.jpg").write_bytes(pictures.jpeg(*size, text=f"{folder.name} {number}"))
    (folder / "notes.txt").write_text("no image")
    return folder


def test_a_folder_is_uploaded_listed_downloaded_and_deleted(server, tmp_path):
    folder = folder_of(tmp_path / "sea", 3)
    sent = run(server, "upload", str(folder), "--namespace", "sea-trip", "--tag", "Sea", "--json")
    assert sent.returncode == 0, sent.stderr
    assert [(each["status"], each["tags"], each["namespace"]) for each in json.loads(sent.stdout)] == [
        ("uploaded", ["sea"], "sea-trip")
    ] * 3

    listed = json.loads(run(server, "ls", "--namespace", "sea-trip", "--all", "--json").stdout)
    assert sorted(each["name"] for each in listed) == ["00.jpg", "01.jpg", "02.jpg"]
    table = run(server, "ls", "--tag", "sea", "--limit", "2").stdout
    assert len(table.splitlines()) == 3
    assert listed[0]["url"] in table

    first = next(each for each in listed if each["name"] == "00.jpg")
    got = run(server, "get", first["id"], cwd=tmp_path)
    assert got.stdout == "00.jpg\n", got.stderr
    assert (tmp_path / "00.jpg").read_bytes() == (folder / "00.jpg").read_bytes()
    small = run(
        server, "get", first["url"], "--size", "s", "--format", "webp", "-o", "small.webp", cwd=tmp_path
    )
    assert small.returncode == 0, small.stderr
    assert (tmp_path / "small.webp").read_bytes()[8:12] == b"WEBP"

    assert run(server, "rm", first["id"], typed="n\n").returncode == 1
    assert "00.jpg" in run(server, "ls", "--namespace", "sea-trip").stdout
    gone = run(server, "rm", "--yes", first["id"], "f" * 24)
    assert (gone.returncode, gone.stdout) == (1, f"{first['id']} is deleted.\n")
    assert "f" * 24 in gone.stderr
    assert "00.jpg" not in run(server, "ls", "--namespace", "sea-trip").stdout


def test_what_is_there_already_is_said_and_what_fails_is_named_at_the_end(server, tmp_path):
    folder = folder_of(tmp_path / "again", 2)
    run(server, "upload", str(folder))
    (folder / "broken.png").write_bytes(b"no picture at all")
    again = run(server, "upload", str(folder))
    assert again.returncode == 1
    assert again.stdout.count("(already there)") == 2
    assert "broken.png" in again.stderr
    assert "1 of 3 files" in again.stderr


def test_an_upload_that_is_killed_in_the_middle_is_resumed_without_duplicates(server, tmp_path):
    folder = folder_of(tmp_path / "killed", 24, (1600, 1200))
    names = sorted(path.name for path in folder.rglob("*.jpg"))
    command = [CALOTYPE, "upload", str(folder), "--namespace", "killed", "--parallel", "2"]
    running = subprocess.Popen(command, env=environment(server), stdout=subprocess.PIPE, text=True)
    for _ in range(5):
        assert running.stdout.readline()
    running.kill()
    running.wait()
    running.stdout.close()
    before = stored(server, "killed")
    assert 5 <= len(before) < 24

    resumed = json.loads(run(server, "upload", str(folder), "--namespace", "killed", "--json").stdout)
    statuses = [each["status"] for each in resumed]
    assert statuses.count("already there") >= len(before)
    assert sorted(each["name"] for each in stored(server, "killed")) == names
    assert {each["id"] for each in before} <= {each["id"] for each in resumed}


def stored(server, namespace):
    """List what is there once nothing that was on its way is being stored any more."""
    listed = []
    for _ in range(50):
        found = json.loads(run(server, "ls", "--namespace", namespace, "--all", "--json").stdout)
        if len(found) == len(listed) > 0:
            return found
        listed = found
        time.sleep(0.1)
    raise AssertionError("it does not come to rest")


def test_a_server_that_is_not_there_is_told_in_one_line(tmp_path):
    told = subprocess.run(
        [CALOTYPE, "get", "https://127.0.0.1:1/a.jpg"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert "https://127.0.0.1:1/a.jpg cannot be reached" in told.stderr
    assert "Traceback" not in told.stderr
