"""What is measured: which picture becomes which format at which width."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench import pictures

WIDTHS = 40
"""Distinct widths below and above the middle one: each is a variant of its own for every server."""


@dataclass(frozen=True)
class Case:
    """One line of the table: *source* is a file's name, *format* what comes out, *width* in pixels."""

    label: str
    source: str
    format: str
    width: int

    def widths(self, around: int = WIDTHS) -> list[int]:
        """Widths around the middle one, nearest first, so that a few of them are already fair."""
        steps = sorted(range(-around, around + 1), key=abs)
        return [self.width + step for step in steps]


SIZES = {"2.7 MP": "photo-2.7mp.jpg", "6 MP": "photo-6mp.jpg", "29 MP": "photo-29mp.jpg"}
FORMATS = ("jpeg", "webp", "avif", "png")


def cases(*, quick: bool, formats: list[str] | None = None) -> list[Case]:
    """Every case, or with *quick* one picture; narrowed to *formats* when there are any."""
    found = [
        Case(f"{size} JPEG", SIZES[size], format_, 640)
        for size in (["6 MP"] if quick else SIZES)
        for format_ in FORMATS
    ]
    if not quick:
        found += [Case(f"{size} JPEG", SIZES[size], "jpeg", width) for size in SIZES for width in (320, 1080)]
        found += [
            Case(f"6 MP {kind.upper()}", f"photo-6mp.{kind}", "webp", 640) for kind in ("png", "webp", "avif")
        ]
    return [case for case in found if not formats or case.format in formats]


def lay_out(folder: Path) -> None:
    """Write every source picture into *folder*. libvips runs in a child of its own."""
    import multiprocessing

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "photo-6mp.jpg").write_bytes(pictures.six_megapixels())
    (folder / "photo-29mp.jpg").write_bytes(pictures.twenty_nine_megapixels())
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply(_derive, (folder,))
    for path in folder.iterdir():
        path.chmod(0o644)


def _derive(folder: Path) -> None:
    """Make what we have no photograph of from the 6 MP one."""
    import pyvips

    whole = pyvips.Image.new_from_file(str(folder / "photo-6mp.jpg")).copy_memory()
    share = (2_700_000 / (whole.width * whole.height)) ** 0.5
    whole.resize(share, kernel="lanczos3").jpegsave(str(folder / "photo-2.7mp.jpg"), Q=90, keep="none")
    whole.pngsave(str(folder / "photo-6mp.png"), keep="none")
    whole.webpsave(str(folder / "photo-6mp.webp"), Q=90, keep="none")
    whole.heifsave(str(folder / "photo-6mp.avif"), Q=75, compression="av1", effort=1, keep="none")
