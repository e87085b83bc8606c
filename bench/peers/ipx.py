"""ipx, from npm: the image server of Nuxt and Netlify, built on sharp."""

from __future__ import annotations

import json

from bench.peers.peer import CACHE, Launch, Shot, Site, command, jemalloc, require

HOME = CACHE / "ipx"
VERSION = "3.1.1"


class Ipx:
    """Node and sharp (libvips); libuv's threads use every core."""

    name = "ipx"
    settings = (
        "`ipx serve --dir`, `NODE_ENV=production`, jemalloc preloaded, as sharp advises on glibc "
        "(which also lets one render use every core); it has no result cache"
    )

    def version(self) -> str:
        """Install with npm."""
        if not (HOME / "node_modules" / "ipx").exists():
            HOME.mkdir(parents=True, exist_ok=True)
            command(require("npm"), "install", "--no-audit", "--no-fund", f"ipx@{VERSION}", folder=HOME)
        sharp = json.loads((HOME / "node_modules/sharp/package.json").read_text())["version"]
        libraries = next((HOME / "node_modules/@img").glob("sharp-libvips-*/versions.json"))
        vips = json.loads(libraries.read_text())["vips"]
        node = command(require("node"), "--version").strip()
        return f"{VERSION} (sharp {sharp}, libvips {vips}, Node {node})"

    def launch(self, site: Site, port: int) -> Launch:
        """Its own command."""
        script = str(HOME / "node_modules/ipx/bin/ipx.mjs")
        words = [
            require("node"),
            script,
            "serve",
            "--dir",
            str(site.pictures),
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        return Launch(words, {"NODE_ENV": "production", **jemalloc()})

    def target(self, shot: Shot) -> str:
        """`/w_640,f_webp,q_80/photo.jpg`."""
        quality = "" if shot.quality is None else f",q_{shot.quality}"
        return f"/w_{shot.width},f_{shot.format}{quality}/{shot.picture}"
