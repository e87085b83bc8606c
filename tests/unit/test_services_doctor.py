"""The doctor looks at everything, and one thing that fails never hides the others."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calotype.adapters.blobs.memory import MemoryBlobs
from calotype.domain.formats import FORMATS, Format
from calotype.errors import Busy, RenderFailed, StorageFailed
from calotype.services import keys, workspaces
from calotype.services.doctor import examine
from certificates import self_signed
from platforms import READ_WRITE, Wrapped, memory_platform


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


async def findings(platform):
    return {check.what: check for check in await examine(platform)}


async def failures(platform):
    return {check.what: check.finding for check in await examine(platform) if not check.ok}


async def test_every_format_is_decoded_and_every_output_format_encoded(platform):
    found = await findings(platform)
    assert {what for what in found if what.startswith("decode ")} == {f"decode {each}" for each in Format}
    assert {what for what in found if what.startswith("encode ")} == {
        f"encode {each}" for each in Format if FORMATS[each].output
    }
    assert await failures(platform) == {}


async def test_a_finding_says_what_was_seen(platform):
    found = await findings(platform)
    assert found["decode jpeg"].finding == "24x16"
    assert found["store of images"].finding == "file: stores, reads and deletes"
    assert found["data directory"].finding.startswith(f"{platform.settings.data_dir} can be written; ")
    assert found["installed"].finding.startswith("calotype ")


async def test_nothing_is_left_behind(platform):
    await examine(platform)
    assert [blob async for blob in platform.blobs.list()] == []
    assert [*platform.scratch.iterdir()] == []


async def test_a_format_that_does_not_decode_fails_alone(platform):
    async def ingest(source, format_, limits, scratch):
        if format_ is Format.HEIC:
            raise RenderFailed("no decoder")
        return await platform.renderer.ingest(source, format_, limits, scratch)

    broken = replace(platform, renderer=Wrapped(platform.renderer, ingest=ingest))
    assert await failures(broken) == {"decode heic": "no decoder"}


async def test_a_database_that_is_away_fails_alone(platform):
    async def ping():
        raise StorageFailed("The database did not answer.")

    broken = replace(platform, catalog=Wrapped(platform.catalog, ping=ping))
    assert await failures(broken) == {"database": "The database did not answer."}


async def test_a_store_that_forgets_is_found_out(platform):
    class Forgetful(MemoryBlobs):
        async def read(self, key, start=0, end=None):
            yield b"something else"

    found = await failures(replace(platform, blobs=Forgetful()))
    assert found == {"store of images": "what was stored came back different"}


async def test_a_data_directory_that_is_gone_is_found_out(platform):
    gone = platform.settings.data_dir / "gone"
    settings = platform.settings.model_copy(update={"data_dir": gone})
    found = await findings(replace(platform, settings=settings))
    assert (found["data directory"].ok, str(gone) in found["data directory"].finding) == (False, True)
    assert (found["database"].ok, found["installed"].ok) == (True, True)


async def test_a_plan_that_workspaces_are_on_and_the_settings_name_no_more_is_found_out(platform):
    assert (await findings(platform))["plans"].finding == (
        "free, pro, team, business, unlimited; accounts begin on 'free'"
    )
    home = await workspaces.create(platform, "acme")
    await platform.catalog.update_workspace(home.id, lambda old: replace(old, plan="gold"))
    assert await failures(platform) == {
        "plans": "plans: there is no more plan for acme; they are held to 'free'"
    }


async def test_a_starting_plan_that_is_not_there_is_found_out(platform):
    settings = platform.settings.model_copy(update={"starting_plan": "gold"})
    assert await failures(replace(platform, settings=settings)) == {
        "plans": "starting_plan: there is no plan 'gold'."
    }


async def test_key_pairs_that_the_secret_does_not_open_are_named_until_they_are_revoked(platform):
    home = await workspaces.find(platform, "default")
    lost, _ = await keys.create_pair(replace(platform, secret_key="lost"), home, "old", READ_WRITE)
    assert await failures(platform) == {"key pairs": f"secret_key: {lost.id} was sealed with another one."}
    await keys.revoke_key(platform, lost.id)
    await keys.create_pair(platform, home, "new", READ_WRITE)
    assert (await findings(platform))["key pairs"].finding == "1 active, and can be opened"


async def test_a_redis_that_is_away_is_found_out(platform):
    async def count(*_):
        raise Busy("The rate limits cannot be counted right now.")

    broken = replace(platform, limiter=Wrapped(platform.limiter, count=count))
    assert await failures(broken) == {"rate limits": "The rate limits cannot be counted right now."}


@pytest.mark.parametrize(
    ("days", "told"),
    [(-1, "holds for 1 more days"), (1, "tls_cert: it ended on"), (None, "tls_cert: it is no PEM")],
)
async def test_a_certificate_is_looked_at(tmp_path, days, told):
    cert, _ = self_signed(tmp_path)
    platform = await memory_platform(tmp_path / "data", tls_cert=cert)
    if days is None:
        cert.write_text("no certificate")
    else:
        platform.clock.now = datetime.now(UTC) + timedelta(days=days, hours=0)
    assert (await findings(platform))["certificate"].finding.startswith(told)
