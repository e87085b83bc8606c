"""imagor, built from its Go module against the libvips that sharp ships: the same build that ipx runs on."""

from __future__ import annotations

import json
import os
from pathlib import Path

from bench.peers.peer import CACHE, Launch, Missing, Shot, Site, command, jemalloc, require
from bench.peers.thumbor import thumbor_target

HOME = CACHE / "imagor"
BINARY = HOME / "bin" / "imagor"
MODULE, VERSION = "github.com/cshum/imagor/cmd/imagor", "v1.5.16"
LIBVIPS = CACHE / "libvips"
LIBVIPS_PACKAGE = "1.2.4"
"""libvips 8.17.3: the minor version that this imagor's bindings were generated for."""


class Imagor:
    """Go and libvips."""

    name = "imagor"
    settings = (
        "its container's environment (jemalloc preloaded, `MALLOC_ARENA_MAX=2`), file loader, no storage and no "
        "result storage, unsafe URLs allowed, everything else as it comes: libvips with one thread for each "
        "image and without its vector code, which the bindings of this release switch off and no option of imagor "
        "switches on"
    )

    def version(self) -> str:
        """Build with go and a C compiler."""
        library = libvips()
        if not BINARY.exists():
            build(MODULE, VERSION, BINARY, library)
        vips = json.loads((library.parent / "versions.json").read_text())["vips"]
        go = command(require("go"), "env", "GOVERSION").strip()
        return f"{VERSION.removeprefix('v')} (libvips {vips}, {go})"

    def launch(self, site: Site, port: int) -> Launch:
        """As its container starts it."""
        words = [str(BINARY), "-bind", f"127.0.0.1:{port}", "-imagor-unsafe"]
        environment = {"VIPS_WARNING": "0", "MALLOC_ARENA_MAX": "2", **jemalloc()}
        return Launch([*words, "-file-loader-base-dir", str(site.pictures)], environment, HOME)

    def target(self, shot: Shot) -> str:
        """Thumbor's grammar."""
        return thumbor_target(shot)


def libvips() -> Path:
    """Install sharp's libvips and its headers with npm; answer the folder of the library."""
    if os.uname().machine != "x86_64":
        raise Missing("no recipe for this processor: sharp names its libvips by it")
    packages = [f"@img/sharp-libvips-{part}@{LIBVIPS_PACKAGE}" for part in ("dev", "linux-x64")]
    library = LIBVIPS / "node_modules/@img/sharp-libvips-linux-x64/lib"
    if not library.exists():
        LIBVIPS.mkdir(parents=True, exist_ok=True)
        command(require("npm"), "install", "--no-audit", "--no-fund", *packages, folder=LIBVIPS)
    return library


def build(module: str, version: str, binary: Path, library: Path) -> None:
    """Compile *module* at *version*. sharp's libvips lacks loaders that bindings name (PPM): they stay unresolved."""
    folder = binary.parents[1]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "go.mod").write_text("module peers\n\ngo 1.24\n")
    command(require("go"), "get", f"{module}@{version}", folder=folder)
    command(
        *(require("go"), "build", "-o", binary, module),
        folder=folder,
        PKG_CONFIG_PATH=str(_package_config(library)),
        CGO_CFLAGS_ALLOW="-Xpreprocessor",
        CGO_LDFLAGS="-O2 -g -Wl,--unresolved-symbols=ignore-all",
    )


def _package_config(library: Path) -> Path:
    """Describe the library to pkg-config, under the name that linkers look for."""
    shared = next(library.glob("libvips-cpp.so.*"))
    link, include = library / "libvips.so", library.parents[1] / "sharp-libvips-dev/include"
    if not link.is_symlink():
        link.symlink_to(shared.name)
    folder = LIBVIPS / "pkgconfig"
    folder.mkdir(exist_ok=True)
    (folder / "vips.pc").write_text(
        f"Name: vips\nDescription: libvips\nVersion: {shared.name.split('.so.')[1]}\n"
        f"Libs: -L{library} -lvips -Wl,-rpath,{library}\n"
        f"Cflags: -I{include} -I{include}/glib-2.0 -I{library}/glib-2.0/include\n"
    )
    return folder
