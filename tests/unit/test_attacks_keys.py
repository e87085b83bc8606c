"""What the time that an answer takes may not tell: whether a key exists, or how much of it was right."""

from __future__ import annotations

import hmac

import pytest

from calotype.domain import workspaces as domain
from calotype.errors import Unauthorized
from calotype.services.access import authenticate
from platforms import key_for, memory_platform

REAL = hmac.compare_digest


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


@pytest.fixture
def compared(monkeypatch):
    """The lengths of what was compared in constant time, one pair for each comparison."""
    lengths = []

    def compare_digest(one: str, other: str) -> bool:
        lengths.append((len(one), len(other)))
        return REAL(one, other)

    monkeypatch.setattr(domain.hmac, "compare_digest", compare_digest)
    return lengths


async def test_known_and_unknown_keys_are_compared_alike(platform, compared):
    right = await key_for(platform)
    wrong_end = right[:-1] + ("a" if right[-1] != "a" else "b")
    unknown = "img_live_" + "z" * 40
    for secret in (right, wrong_end, unknown):
        compared.clear()
        try:
            await authenticate(platform, f"Bearer {secret}")
        except Unauthorized:
            assert secret != right
        assert compared == [(64, 64)], secret


async def test_every_refusal_has_the_same_words(platform):
    right = await key_for(platform)
    told = set()
    for secret in (right[:-1] + "~", right + "x", "img_live_" + "z" * 40, "short", "img_sk_live_" + "z" * 40):
        with pytest.raises(Unauthorized) as refused:
            await authenticate(platform, f"Bearer {secret}")
        told.add((refused.value.code, refused.value.message, str(refused.value.fields)))
    assert told == {("unauthorized", "Invalid or missing API key.", "{}")}


async def test_what_is_stored_of_a_key_opens_nothing(platform):
    await key_for(platform)
    [key] = await platform.catalog.keys()
    for word in (key.digest, key.lookup, f"{key.lookup}{key.digest}", key.id):
        with pytest.raises(Unauthorized):
            await authenticate(platform, f"Bearer {word}")


async def test_secrets_are_not_shown_where_they_are_printed_by_accident(tmp_path):
    settings = {"rate_limit_url": "redis://:hush@127.0.0.1/0", "secret_key": "hush" * 8}
    platform = await memory_platform(tmp_path, **settings)
    secret = await key_for(platform)
    shown = repr(platform) + repr(platform.settings) + repr(await platform.catalog.keys())
    assert not [each for each in (secret, "hush", platform.secret_key) if each in shown]
