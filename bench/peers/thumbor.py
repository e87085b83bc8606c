"""thumbor, from PyPI, in a virtual environment of its own."""

from __future__ import annotations

import sys

from bench.peers.peer import CACHE, CORES, Launch, Shot, Site, command

HOME = CACHE / "thumbor"


class Thumbor:
    """Tornado and Pillow; one process for each core."""

    name = "thumbor"
    settings = (
        f"`--processes {CORES}`; file loader, no storage and no result storage (its own switches for an uncached "
        "server), unsafe URLs allowed, everything else as it comes"
    )

    def version(self) -> str:
        """Install with pip."""
        binary = HOME / "bin" / "pip"
        if not (HOME / "bin" / "thumbor").exists():
            command(sys.executable, "-m", "venv", HOME)
            command(binary, "install", "--quiet", "thumbor")
        packages = dict(line.split("==", 1) for line in command(binary, "freeze").split() if "==" in line)
        return f"{packages['thumbor']} (Pillow {packages['pillow']})"

    def launch(self, site: Site, port: int) -> Launch:
        """One process per core, as its documentation says since version 7."""
        config = CACHE / "thumbor.conf"
        config.write_text(
            "LOADER = 'thumbor.loaders.file_loader'\n"
            f"FILE_LOADER_ROOT_PATH = {str(site.pictures)!r}\n"
            "STORAGE = 'thumbor.storages.no_storage'\n"
            "RESULT_STORAGE = None\n"
            "ALLOW_UNSAFE_URL = True\n"
        )
        binary = str(HOME / "bin" / "thumbor")
        address = ["--ip", "127.0.0.1", "--port", str(port)]
        return Launch([binary, *address, "--conf", str(config), "--processes", str(CORES)])

    def target(self, shot: Shot) -> str:
        """`/unsafe/640x0/filters:quality(80):format(webp)/photo.jpg`."""
        return thumbor_target(shot)


def thumbor_target(shot: Shot) -> str:
    """Spell thumbor's grammar, which imagor speaks too."""
    quality = "" if shot.quality is None else f"quality({shot.quality}):"
    return f"/unsafe/{shot.width}x0/filters:{quality}format({shot.format})/{shot.picture}"
