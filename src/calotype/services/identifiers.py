"""Unguessable words: ids, keys and storage segments, made of randomness that comes in as an argument.

Law: every character is equally likely, and no word tells when it was made.
"""

from __future__ import annotations

import string

from calotype.ports import Random

ALPHABET = string.ascii_lowercase + string.digits
_FAIR = 256 - 256 % len(ALPHABET)
"""Bytes from here on are thrown away: with them the first letters would come up more often."""


def new_id(random: Random) -> str:
    """Make an id for an asset, a version or a workspace: 24 lower-case hex characters, 96 bits."""
    return random(12).hex()


def new_word(random: Random, length: int) -> str:
    """Make *length* characters of `[a-z0-9]`, 5.17 bits each."""
    word = ""
    while len(word) < length:
        word += "".join(ALPHABET[byte % len(ALPHABET)] for byte in random(length) if byte < _FAIR)
    return word[:length]
