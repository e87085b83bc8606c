"""What an operator can choose for a workspace, in words: `auto_avif=on quality=70`. Pure.

Law: one table from a policy's name to how it is read; whatever it lets through is valid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from calotype.domain.workspaces import OriginalPolicy, Workspace
from calotype.errors import Invalid

YEAR_S = 31_536_000
DEFAULT = "default"
"""Gives a number back to the setting, or to each format."""

_SWITCH = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


class Spelling(NamedTuple):
    """How one policy is read, which words it takes, and what it is for."""

    read: Callable[[str], object]
    words: str
    meaning: str


def _switch(word: str) -> bool:
    if word.lower() not in _SWITCH:
        raise ValueError
    return _SWITCH[word.lower()]


def _whole(least: int, most: int) -> Callable[[str], int | None]:
    def read(word: str) -> int | None:
        if word.lower() == DEFAULT:
            return None
        if not re.fullmatch(r"[0-9]{1,9}", word) or not least <= int(word) <= most:
            raise ValueError
        return int(word)

    return read


def _plan_name(word: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,64}", word):
        raise ValueError
    return word


POLICIES: Mapping[str, Spelling] = {
    "plan": Spelling(_plan_name, "a name of `calotype plans list`", "What it may upload and store."),
    "originals": Spelling(
        OriginalPolicy, "blank-gps or keep", "How originals leave: with their GPS blanked, or as they came."
    ),
    "auto_avif": Spelling(_switch, "on or off", "Whether negotiation may choose AVIF."),
    "quality": Spelling(_whole(1, 100), "1 to 100, or default", "Quality where a URL asks for none."),
    "restrict_unsigned": Spelling(
        _switch,
        "on or off",
        "Whether every ImageKit URL needs a signature; img.pro's take named sizes only.",
    ),
    "restrict_unnamed": Spelling(
        _switch,
        "on or off",
        "Whether only named transformations are made; img.pro's are its named sizes.",
    ),
    "variant_budget": Spelling(
        _whole(0, 1_000_000), "0 to 1000000, or default", "New variants of one image in a day; 0: any number."
    ),
    "max_age_s": Spelling(
        _whole(0, YEAR_S), f"0 to {YEAR_S}, or default", "Seconds that browsers and CDNs may keep an image."
    ),
}


def read_policies(words: Mapping[str, str]) -> dict[str, object]:
    """Read policies by name as the values that a workspace keeps.

    Raises:
        Invalid: naming every policy that is unknown, or whose value is none of its words.
    """
    wrong: dict[str, list[str]] = {}
    values: dict[str, object] = {}
    for name, word in words.items():
        policy = POLICIES.get(name)
        if policy is None:
            wrong[name] = [f"is no policy; there are {', '.join(POLICIES)}"]
            continue
        try:
            values[name] = policy.read(word)
        except ValueError:
            wrong[name] = [policy.words]
    if wrong:
        reasons = "; ".join(f"{name}: {reasons[0]}" for name, reasons in wrong.items())
        raise Invalid(reasons, fields=wrong)
    return values


def show_policies(workspace: Workspace) -> dict[str, str]:
    """Spell every policy of *workspace* as `read_policies` reads it."""
    return {name: _spelled(getattr(workspace, name)) for name in POLICIES}


def _spelled(value: object) -> str:
    if value is None:
        return DEFAULT
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
