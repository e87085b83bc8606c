"""Owns the data directory: its folders, its lock, and the secret that is made in it.

Law: one server at a time holds a data directory, by a lock that dies with its process.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from calotype.adapters.durability import make_directory, sync
from calotype.errors import Busy, NotConfigured
from calotype.ports import Random
from calotype.settings import Settings

FOLDERS = ("blobs", "scratch", "cache", "run")
SECRET_BYTES = 32


class DataDirectory:
    """The folder *path* and what is always in it. Creating, locking and reading work from any process."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def scratch(self) -> Path:
        """Spooled uploads and intermediates."""
        return self.path / "scratch"

    def create(self) -> None:
        """Make the directory and its folders, for this user alone; what is there stays.

        Raises:
            NotConfigured: it cannot be made, or not be written in.
        """
        try:
            for folder in FOLDERS:
                make_directory(self.path / folder)
        except OSError as error:
            raise NotConfigured(f"data_dir: {self.path} cannot be used: {error.strerror}") from error
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise NotConfigured(f"data_dir: {self.path} cannot be written in")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the directory for the block, which is the server's life.

        Raises:
            Busy: another process holds it; the message names it.
        """
        with self.try_lock() as held:
            if not held:
                raise Busy(f"{self.path} is in use by {self._holder()}: stop it, or set another data_dir.")
            yield

    @contextmanager
    def try_lock(self) -> Iterator[bool]:
        """Hold the directory for the block if nobody else does, and say whether it is held.

        The file is never deleted: a lock on a file that has lost its name would guard nothing.
        """
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            held = _try_flock(descriptor)
            if held:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            yield held
        finally:
            os.close(descriptor)

    def secret_key(self, settings: Settings, random: Random) -> str:
        """Read the setting, or else the directory's own secret, which the first process to ask makes.

        Raises:
            NotConfigured: the file is there but holds no secret.
        """
        if settings.secret_key:
            return settings.secret_key
        if not self._secret_file.exists():
            self._make_secret(random(SECRET_BYTES).hex())
        secret = self._secret_file.read_text("ascii", "replace").strip()
        if not re.fullmatch(rf"[0-9a-f]{{{2 * SECRET_BYTES}}}", secret):
            raise NotConfigured(f"{self._secret_file} is damaged: restore it, or set secret_key.")
        return secret

    def empty_scratch(self) -> None:
        """Delete what an earlier run left in the scratch folder; only for who holds the lock."""
        for path in [*self.scratch.iterdir()]:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    @property
    def _lock_file(self) -> Path:
        return self.path / "lock"

    @property
    def _secret_file(self) -> Path:
        return self.path / "secret.key"

    def _holder(self) -> str:
        pid = self._lock_file.read_text("ascii", "replace").strip()
        return f"process {pid}" if pid else "another process"

    def _make_secret(self, secret: str) -> None:
        """Write it whole beside its place, then link: of several processes, exactly one link succeeds.

        The loser syncs too, since it will sign with the winner's secret.
        """
        draft = self.path / f"secret.{secrets.token_hex(8)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secret)
            sync(draft)
            with suppress(FileExistsError):
                self._secret_file.hardlink_to(draft)
        finally:
            draft.unlink()
        sync(self.path)


def _try_flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
