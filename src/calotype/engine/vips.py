"""libvips, loaded once, hardened before its first instruction runs.

Law: every use of libvips goes through this module, so that no import order can load it unprotected.
"""

from __future__ import annotations

import os
import re

from calotype.engine.fonts import CONFIGURATION

# One thread for each worker: the pool has one worker for each core already.
os.environ["VIPS_CONCURRENCY"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # NumPy's, which reserves memory for each of its threads
# Refuses the loaders that libvips itself does not trust (ImageMagick, PDF, raw, jxl, svg…).
os.environ["VIPS_BLOCK_UNTRUSTED"] = "1"
# Hostile files would otherwise write to the server's log.
os.environ["VIPS_WARNING"] = "0"
os.environ["FONTCONFIG_FILE"] = str(CONFIGURATION)

import pyvips

# The operation cache keeps pixels of other people's images alive, and files open.
pyvips.cache_set_max(0)

Image = pyvips.Image
Error = pyvips.Error


def complaints() -> str:
    """Take what libvips has noted since the last call, failures and forgiven damage alike.

    A pyvips error without a detail of its own takes over libvips' error buffer, and empties it. The buffer is the
    process's: what it says is about one file only where files are decoded one after another, as in workers.
    """
    return str(Error("").detail)


_MEMORY = re.compile(
    r"out of memory|insufficient memory|memory allocation|failed to allocate|security limit", re.IGNORECASE
)


def is_out_of_memory(error: Exception) -> bool:
    """Say whether *error* came of the worker's memory limit (libvips, libjpeg, libheif) or of libheif's own."""
    return isinstance(error, MemoryError) or bool(_MEMORY.search(str(error)))


__all__ = ["Error", "Image", "complaints", "is_out_of_memory", "pyvips"]
