"""Numbers as people write them. Pure."""

from __future__ import annotations

_UNITS = ("KB", "MB", "GB", "TB")


def human_bytes(count: int) -> str:
    """Write a number of bytes for people: `812 bytes`, `240 KB`, `2.4 MB` (1 KB is 1,024 bytes)."""
    if count < 1024:
        return f"{count} bytes" if count != 1 else "1 byte"
    amount, unit = count / 1024, 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return (
        f"{amount:.0f} {_UNITS[unit]}"
        if amount >= 10
        else f"{amount:.1f}".removesuffix(".0") + f" {_UNITS[unit]}"
    )


def human_number(number: int) -> str:
    """Write a number with its thousands apart: `12,500`."""
    return f"{number:,}"
