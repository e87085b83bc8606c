"""Sealing: secrets that must be read again, encrypted with a key drawn from the installation's own secret.

Law: what is sealed opens only with the same secret, and only at the place that it was sealed for.

AES-256-GCM under a key from HKDF-SHA256 (RFC 5869), with 96 random bits as the nonce: good for four thousand
million sealings (NIST SP 800-38D, 8.3).
"""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from calotype.errors import NotConfigured
from calotype.ports import Random

NONCE_BYTES = 12
_PURPOSE = b"calotype sealing 1"


def seal(secret_key: str, random: Random, place: str, plain: str) -> str:
    """Encrypt *plain* for *place* (such as the id of its row); answer it as base64."""
    nonce = random(NONCE_BYTES)
    sealed = nonce + _cipher(secret_key).encrypt(nonce, plain.encode(), place.encode())
    return base64.b64encode(sealed).decode()


def unseal(secret_key: str, place: str, sealed: str) -> str:
    """Decrypt what was sealed for *place*.

    Raises:
        NotConfigured: it was sealed with another secret or for another place, or it was changed.
    """
    try:
        whole = base64.b64decode(sealed, validate=True)
        nonce, rest = whole[:NONCE_BYTES], whole[NONCE_BYTES:]
        return _cipher(secret_key).decrypt(nonce, rest, place.encode()).decode()
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise NotConfigured(f"secret_key: {place} was sealed with another one.") from error


def _cipher(secret_key: str) -> AESGCM:
    derived = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret_key.encode())
    return AESGCM(derived)
