"""Signing in: a code proves an address, guesses are counted, and nothing tells whether an account exists."""

import asyncio
import re
from collections import Counter

import pytest

from calotype.errors import CodeInvalid, Invalid, RateLimited, RegistrationClosed
from calotype.services import accounts, signing_in
from calotype.services.signing_in import PAGES, check_code, send_code
from platforms import memory_platform

ANN = "ann@example.com"
HERE = "203.0.113.7"


@pytest.fixture
async def platform(tmp_path, request):
    return await memory_platform(tmp_path, **getattr(request, "param", {}))


def newest_code(platform) -> str:
    return re.search(r"^ {4}(\d{6})$", platform.mailer.sent[-1].text, re.MULTILINE)[1]


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def sent(platform, email: str = ANN, purpose: str = PAGES) -> str:
    await send_code(platform, email, purpose, HERE)
    return newest_code(platform)


async def test_a_code_opens_a_verified_account_with_a_workspace_of_its_own(platform):
    account = await check_code(platform, ANN, PAGES, await sent(platform))
    assert (account.email, account.verified) == (ANN, True)
    workspace = await platform.catalog.workspace(account.workspace_id)
    assert (workspace.plan, workspace.verified) == ("free", True)


async def test_the_next_code_opens_the_same_account(platform):
    first = await check_code(platform, ANN, PAGES, await sent(platform))
    assert await check_code(platform, "ANN@example.com", PAGES, await sent(platform)) == first


async def test_signing_in_shares_nothing_with_a_key_that_a_stranger_made(platform):
    strangers = await accounts.register(platform, ANN, "x", HERE)
    account = await check_code(platform, ANN, PAGES, await sent(platform))
    assert account.workspace_id != strangers.workspace.id
    assert await platform.catalog.keys(account.workspace_id) == []


async def test_a_code_may_be_typed_with_spaces(platform):
    code = await sent(platform)
    assert (await check_code(platform, ANN, PAGES, f" {code[:3]} {code[3:]}\n")).email == ANN


async def test_a_code_works_once(platform):
    code = await sent(platform)
    await check_code(platform, ANN, PAGES, code)
    with pytest.raises(CodeInvalid):
        await check_code(platform, ANN, PAGES, code)


async def test_of_many_who_enter_a_code_at_once_one_gets_in(platform):
    code = await sent(platform)
    outcomes = await asyncio.gather(
        *(check_code(platform, ANN, PAGES, code) for _ in range(5)), return_exceptions=True
    )
    assert Counter(type(each).__name__ for each in outcomes) == {"Account": 1, "CodeInvalid": 4}


async def test_after_five_wrong_guesses_the_right_code_opens_nothing(platform):
    code = await sent(platform)
    for _ in range(5):
        with pytest.raises(CodeInvalid):
            await check_code(platform, ANN, PAGES, other_than(code))
    with pytest.raises(CodeInvalid):
        await check_code(platform, ANN, PAGES, code)


async def test_four_wrong_guesses_are_forgiven(platform):
    code = await sent(platform)
    for _ in range(4):
        with pytest.raises(CodeInvalid):
            await check_code(platform, ANN, PAGES, other_than(code))
    assert (await check_code(platform, ANN, PAGES, code)).email == ANN


@pytest.mark.parametrize("guess", ["", "0", "abcdef", "\u0661" * 6, "\0", "1" * 10_000, "\ud800", "' OR 1=1"])
async def test_whatever_is_guessed_is_a_wrong_code(platform, guess):
    await sent(platform)
    with pytest.raises(CodeInvalid):
        await check_code(platform, ANN, PAGES, guess)


async def test_a_code_holds_for_ten_minutes(platform):
    code = await sent(platform)
    platform.clock.move(minutes=10)
    with pytest.raises(CodeInvalid):
        await check_code(platform, ANN, PAGES, code)


async def test_the_newest_code_replaces_the_one_before(platform):
    first, second = await sent(platform), await sent(platform)
    with pytest.raises(CodeInvalid):
        await check_code(platform, ANN, PAGES, first)
    assert (await check_code(platform, ANN, PAGES, second)).email == ANN


async def test_a_code_for_an_app_opens_no_account_page(platform):
    code = await sent(platform, purpose="app a8o46yrk")
    with pytest.raises(CodeInvalid):
        await check_code(platform, ANN, PAGES, code)


async def test_a_code_for_one_address_opens_no_other(platform):
    code = await sent(platform)
    await sent(platform, "bob@example.com")
    with pytest.raises(CodeInvalid):
        await check_code(platform, "bob@example.com", PAGES, code)


async def test_no_code_is_stored_as_it_is(platform):
    code = await sent(platform)
    stored = await platform.sign_ins.try_code(ANN, PAGES, platform.clock(), 5)
    assert re.fullmatch("[0-9a-f]{64}", stored)
    assert code not in stored


async def test_wrong_missing_and_expired_codes_are_told_alike(platform):
    code = await sent(platform)
    messages = set()
    for email, guess in ((ANN, other_than(code)), ("nobody@example.com", code)):
        with pytest.raises(CodeInvalid) as refused:
            await check_code(platform, email, PAGES, guess)
        messages.add(refused.value.message)
    assert messages == {"The code is wrong, used, or no longer valid."}


async def test_asking_for_a_code_answers_alike_with_an_account_and_without(platform):
    await check_code(platform, ANN, PAGES, await sent(platform))
    assert await send_code(platform, ANN, PAGES, HERE) == ANN
    assert await send_code(platform, "bob@example.com", PAGES, HERE) == "bob@example.com"
    assert [mail.to for mail in platform.mailer.sent] == [ANN, ANN, "bob@example.com"]


@pytest.mark.parametrize("platform", [{"registration": "closed"}], indirect=True)
async def test_a_closed_server_answers_a_stranger_alike_and_mails_nothing(platform):
    assert await send_code(platform, ANN, PAGES, HERE) == ANN
    assert platform.mailer.sent == []


@pytest.mark.parametrize("platform", [{"registration": "closed"}], indirect=True)
async def test_a_closed_server_does_the_same_work_for_a_stranger_and_for_a_member(platform):
    account, workspace = accounts.new_account(platform, ANN, verified=True)
    await platform.accounts.sign_in(account, workspace, platform.clock())
    jobs = []
    for email in (ANN, "bob@example.com"):
        await send_code(platform, email, PAGES, HERE)
        jobs.append(platform.jobs.waiting[-1])
    assert [job.name for job in jobs] == ["mail", "mail"]
    assert [mail.to for mail in platform.mailer.sent] == [ANN]


@pytest.mark.parametrize("platform", [{"registration": "closed"}], indirect=True)
async def test_a_closed_server_lets_in_whoever_has_an_account(platform):
    account, workspace = accounts.new_account(platform, ANN, verified=True)
    opened = await platform.accounts.sign_in(account, workspace, platform.clock())
    assert await check_code(platform, ANN, PAGES, await sent(platform)) == opened


@pytest.mark.parametrize("platform", [{"registration": "closed"}], indirect=True)
async def test_a_closed_server_makes_no_account_even_for_the_right_code(platform, monkeypatch):
    monkeypatch.setattr(signing_in, "new_code", lambda _platform: "123456")
    await send_code(platform, ANN, PAGES, HERE)
    with pytest.raises(RegistrationClosed):
        await check_code(platform, ANN, PAGES, "123456")
    assert await platform.accounts.of_email(ANN) == []


async def test_an_address_gets_five_codes_an_hour_from_one_network(platform):
    for _ in range(5):
        await sent(platform)
    with pytest.raises(RateLimited) as refused:
        await sent(platform)
    assert 0 < refused.value.retry_after <= 3600


async def test_a_stranger_who_uses_up_his_codes_keeps_the_owner_of_the_address_in(platform):
    for _ in range(5):
        await sent(platform)
    await send_code(platform, ANN, PAGES, "198.51.100.1")
    assert (await check_code(platform, ANN, PAGES, newest_code(platform))).email == ANN


async def test_an_address_gets_twenty_codes_a_day_from_everywhere(platform):
    for number in range(20):
        await send_code(platform, ANN, PAGES, f"198.51.100.{number}")
    with pytest.raises(RateLimited) as refused:
        await sent(platform)
    assert refused.value.retry_after > 3600


async def test_a_network_asks_for_twenty_codes_an_hour(platform):
    for number in range(20):
        await send_code(platform, f"user{number}@example.com", PAGES, f"2001:db8::{number:x}")
    with pytest.raises(RateLimited):
        await send_code(platform, "user20@example.com", PAGES, "2001:db8::ffff")


async def test_what_is_no_address_gets_no_code(platform):
    with pytest.raises(Invalid):
        await send_code(platform, "ann@example.com\nbcc: bob@example.com", PAGES, HERE)
    assert platform.mailer.sent == []


async def test_every_digit_of_a_code_is_as_likely_as_any(platform):
    codes = [signing_in.new_code(platform) for _ in range(2000)]
    assert {len(code) for code in codes} == {6}
    counts = Counter("".join(codes))
    assert set(counts) == set("0123456789")
    assert all(1000 < count < 1400 for count in counts.values())  # 1,200 expected, five standard deviations


# Sessions


@pytest.fixture
async def account(platform):
    return await check_code(platform, ANN, PAGES, await sent(platform))


async def test_a_session_leads_to_its_account_for_thirty_days(platform, account):
    token = await signing_in.open_session(platform, account)
    platform.clock.move(days=30, seconds=-1)
    assert await signing_in.session_account(platform, token) == account
    platform.clock.move(seconds=1)
    assert await signing_in.session_account(platform, token) is None


async def test_a_closed_session_leads_nowhere_and_leaves_the_others(platform, account):
    one, other = [await signing_in.open_session(platform, account) for _ in range(2)]
    await signing_in.close_session(platform, one)
    assert await signing_in.session_account(platform, one) is None
    assert await signing_in.session_account(platform, other) == account


async def test_a_token_is_unguessable_and_stored_nowhere(platform, account):
    token = await signing_in.open_session(platform, account)
    assert re.fullmatch("[a-z0-9]{40}", token)
    assert token not in repr(platform.sign_ins.__dict__)


@pytest.mark.parametrize("token", ["", "x", "x" * 40, "x" * 41, "\ud800" * 40, "\0" * 40])
async def test_no_other_token_leads_anywhere(platform, account, token):
    await signing_in.open_session(platform, account)
    assert await signing_in.session_account(platform, token) is None
