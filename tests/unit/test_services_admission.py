"""Admission: who may begin an upload, counted by network before a byte is read."""

import pytest

from calotype.domain.workspaces import Ability
from calotype.errors import Forbidden, RateLimited, Unauthorized
from calotype.services.access import authenticate
from calotype.services.admission import Admission, admit, network_of
from platforms import key_for, memory_platform


async def nobody_at(tmp_path, **settings):
    platform = await memory_platform(tmp_path, **settings)
    return platform, await authenticate(platform, None)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "local"),
        ("not an address", "local"),
    ],
)
def test_an_address_stands_for_its_network(address, network):
    assert network_of(address) == network


async def test_the_limits_are_those_of_the_caller(tmp_path):
    platform, nobody = await nobody_at(tmp_path)
    owner = await authenticate(platform, f"Bearer {await key_for(platform)}")
    assert await admit(platform, nobody, "192.0.2.7") == Admission(
        20 * 1024 * 1024, "CALOTYPE_MAX_UPLOAD_BYTES_ANONYMOUS"
    )
    assert await admit(platform, owner, "192.0.2.7") == Admission(
        70 * 1024 * 1024, "CALOTYPE_MAX_UPLOAD_BYTES"
    )


async def test_the_hour_is_counted_for_each_network(tmp_path):
    platform, nobody = await nobody_at(tmp_path, anonymous_uploads_per_hour=2)
    await admit(platform, nobody, "2001:db8::1")
    await admit(platform, nobody, "2001:db8::2")
    with pytest.raises(RateLimited, match="2 uploads without an API key per hour") as refused:
        await admit(platform, nobody, "2001:db8::3")
    assert 0 < refused.value.retry_after <= 3600
    await admit(platform, nobody, "2001:db8:0:1::1")


async def test_the_day_is_counted_too(tmp_path):
    platform, nobody = await nobody_at(tmp_path, anonymous_uploads_per_day=2)
    await admit(platform, nobody, "192.0.2.7")
    await admit(platform, nobody, "192.0.2.7")
    with pytest.raises(RateLimited, match="per day") as refused:
        await admit(platform, nobody, "192.0.2.7")
    assert 3600 < refused.value.retry_after <= 86_400


async def test_a_key_is_not_counted(tmp_path):
    platform, _ = await nobody_at(tmp_path, anonymous_uploads_per_hour=1)
    owner = await authenticate(platform, f"Bearer {await key_for(platform)}")
    admissions = [await admit(platform, owner, "192.0.2.7") for _ in range(3)]
    assert len(admissions) == 3


async def test_a_key_that_may_only_read_is_refused(tmp_path):
    platform, _ = await nobody_at(tmp_path)
    secret = await key_for(platform, abilities=frozenset({Ability.READ}))
    with pytest.raises(Forbidden):
        await admit(platform, await authenticate(platform, f"Bearer {secret}"), "192.0.2.7")


async def test_a_server_may_refuse_whoever_has_no_key(tmp_path):
    platform, nobody = await nobody_at(tmp_path, anonymous_uploads=False)
    with pytest.raises(Unauthorized):
        await admit(platform, nobody, "192.0.2.7")
