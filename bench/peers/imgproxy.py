"""imgproxy, built from its Go module against the libvips that sharp ships."""

from __future__ import annotations

import base64
import json

from bench.peers import imagor
from bench.peers.peer import CACHE, CORES, Launch, Shot, Site, command, jemalloc, require

HOME = CACHE / "imgproxy"
BINARY = HOME / "bin" / "imgproxy"
MODULE, VERSION = "github.com/imgproxy/imgproxy/v3", "v3.30.1"


class Imgproxy:
    """Go and libvips."""

    name = "imgproxy"
    settings = f"`IMGPROXY_WORKERS={CORES}`, local files, no signature, everything else as it comes"

    def version(self) -> str:
        """Build with go and a C compiler."""
        library = imagor.libvips()
        if not BINARY.exists():
            imagor.build(MODULE, VERSION, BINARY, library)
        vips = json.loads((library.parent / "versions.json").read_text())["vips"]
        return f"{VERSION.removeprefix('v')} (libvips {vips}, {command(require('go'), 'env', 'GOVERSION').strip()})"

    def launch(self, site: Site, port: int) -> Launch:
        """By its environment variables."""
        chosen = {
            "IMGPROXY_BIND": f"127.0.0.1:{port}",
            "IMGPROXY_LOCAL_FILESYSTEM_ROOT": str(site.pictures),
            "IMGPROXY_WORKERS": str(CORES),
            **jemalloc(),
        }
        return Launch([str(BINARY)], chosen)

    def target(self, shot: Shot) -> str:
        """`/unsafe/rs:fit:640:0/q:80/f:webp/<source, base64>`."""
        source = base64.urlsafe_b64encode(f"local:///{shot.picture}".encode()).decode().rstrip("=")
        quality = "" if shot.quality is None else f"q:{shot.quality}/"
        return f"/unsafe/rs:fit:{shot.width}:0/{quality}f:{shot.format}/{source}"
