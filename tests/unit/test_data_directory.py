from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from calotype.adapters.data_directory import DataDirectory
from calotype.errors import Busy, NotConfigured
from calotype.settings import Settings

HOLD = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from calotype.adapters.data_directory import DataDirectory

    with DataDirectory(Path(sys.argv[1])).lock():
        print("held", flush=True)
        sys.stdin.read()
    """
)

ASK_FOR_THE_SECRET = textwrap.dedent(
    """
    import os, sys
    from pathlib import Path
    from calotype.adapters.data_directory import DataDirectory
    from calotype.settings import Settings

    sys.stdin.readline()  # all start at once
    print(DataDirectory(Path(sys.argv[1])).secret_key(Settings(secret_key=""), os.urandom))
    """
)


def child(program: str, path: Path) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", program, path], stdin=pipe, stdout=pipe, text=True)


@pytest.fixture
def directory(tmp_path: Path) -> DataDirectory:
    made = DataDirectory(tmp_path / "some" / "data")
    made.create()
    return made


@pytest.fixture
def holder(directory: DataDirectory) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the directory."""
    with child(HOLD, directory.path) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_made_with_its_folders_for_this_user_alone(directory: DataDirectory):
    assert sorted(path.name for path in directory.path.iterdir()) == ["blobs", "cache", "run", "scratch"]
    assert {mode(path) for path in (directory.path, *directory.path.iterdir())} == {0o700}


def test_making_it_again_changes_nothing(directory: DataDirectory):
    (directory.path / "blobs" / "kept").write_bytes(b"x")
    directory.create()
    assert (directory.path / "blobs" / "kept").read_bytes() == b"x"


def test_a_file_in_its_place_is_named_in_the_refusal(tmp_path: Path):
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(NotConfigured, match=r"data_dir: .*data cannot be used: Not a directory"):
        DataDirectory(tmp_path / "data").create()


def test_a_second_server_is_refused_with_the_process_that_holds_it(
    directory: DataDirectory, holder: subprocess.Popen[str]
):
    with pytest.raises(Busy, match=f"in use by process {holder.pid}: "), directory.lock():
        pytest.fail("two hold one directory")


def test_try_lock_says_that_a_server_runs(directory: DataDirectory, holder: subprocess.Popen[str]):
    with directory.try_lock() as held:
        assert held is False


def test_a_killed_server_lets_go(directory: DataDirectory, holder: subprocess.Popen[str]):
    holder.kill()
    holder.wait()
    with directory.try_lock() as held:
        assert held is True


def test_a_lock_is_free_again_after_its_block(directory: DataDirectory):
    with directory.lock():
        pass
    with directory.try_lock() as held:
        assert held is True


def test_the_lock_names_this_process_alone(directory: DataDirectory):
    (directory.path / "lock").write_text("123456789")
    with directory.lock():
        assert (directory.path / "lock").read_text() == str(os.getpid())


def test_a_refused_lock_leaves_the_holders_name(directory: DataDirectory, holder: subprocess.Popen[str]):
    with directory.try_lock():
        pass
    assert (directory.path / "lock").read_text() == str(holder.pid)


def test_the_secret_is_made_once_for_this_user_alone(directory: DataDirectory):
    secret = directory.secret_key(Settings(secret_key=""), lambda size: b"\xab" * size)
    assert secret == "ab" * 32
    assert directory.secret_key(Settings(secret_key=""), os.urandom) == secret
    assert mode(directory.path / "secret.key") == 0o600


def test_the_setting_wins_and_makes_no_file(directory: DataDirectory):
    assert directory.secret_key(Settings(secret_key="chosen"), os.urandom) == "chosen"
    assert not (directory.path / "secret.key").exists()


def test_processes_that_ask_at_once_get_one_secret(directory: DataDirectory):
    children = [child(ASK_FOR_THE_SECRET, directory.path) for _ in range(4)]
    for each in children:
        each.stdin.write("\n")
        each.stdin.flush()
    secrets = {each.communicate()[0] for each in children}
    assert secrets == {f"{(directory.path / 'secret.key').read_text()}\n"}
    assert list(directory.path.glob("secret.*")) == [directory.path / "secret.key"]


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff" * 64])
def test_a_damaged_secret_is_refused_and_never_replaced(directory: DataDirectory, content: bytes):
    (directory.path / "secret.key").write_bytes(content)
    with pytest.raises(NotConfigured, match=r"secret\.key is damaged"):
        directory.secret_key(Settings(secret_key=""), os.urandom)
    assert (directory.path / "secret.key").read_bytes() == content


def test_emptying_scratch_follows_no_link_out_of_it(directory: DataDirectory, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_bytes(b"x")
    (directory.scratch / "folder").mkdir()
    (directory.scratch / "folder" / "file").write_bytes(b"x")
    (directory.scratch / "file").write_bytes(b"x")
    (directory.scratch / "link").symlink_to(outside)
    directory.empty_scratch()
    assert list(directory.scratch.iterdir()) == []
    assert (outside / "precious").read_bytes() == b"x"
